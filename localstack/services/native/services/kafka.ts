import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { PlatformError } from '../../../../shared/errors.ts';
import type {
  Installation,
  Installed,
  Installer,
  PlanContext,
  ServerPlan,
  ServiceDefinition,
} from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { COPY_DEPENDENCIES, classArchive, pomOf, properties, SMALL_JVM } from './java.ts';

/**
 * Broker and Connect run from one folder of jars: with `plugin.discovery=service_load` the connector is found on the
 * class path.
 */
export const KAFKA_INSTALLATION: Installation = {
  name: 'kafka',
  version: `${VERSIONS.kafka.version}-debezium-${VERSIONS.debezium.version}`,
  needs: ['mvn'],
  files: {
    'pom.xml': pomOf([
      `org.apache.kafka:kafka_2.13:${VERSIONS.kafka.version}`,
      `org.apache.kafka:connect-runtime:${VERSIONS.kafka.version}`,
      `org.apache.kafka:connect-json:${VERSIONS.kafka.version}`,
      `org.apache.kafka:connect-transforms:${VERSIONS.kafka.version}`,
      `io.debezium:debezium-connector-postgres:${VERSIONS.debezium.version}`,
      'org.slf4j:slf4j-simple:1.7.36',
    ]),
  },
  commands: () => [{ command: 'mvn', args: COPY_DEPENDENCIES }],
};

export const KAFKA_JVM: readonly string[] = [
  '-Xms32m',
  '-Xmx256m',
  ...SMALL_JVM,
  '-Xlog:disable',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

const CLASSES = 'kafka.jsa';

/** One broker that is its own controller (KRaft). https://kafka.apache.org/documentation/#kraft */
export const kafka: ServiceDefinition = {
  name: 'kafka',
  ports: { main: 19092, controller: 19093 },
  requires: [],
  keeps: CLASSES,
  readyWithinMs: 90_000,
  stopSignal: 'SIGTERM',
  install: installKafka,
  plan: planKafka,
  async ready({ url }) {
    const admin = new Kafka({
      brokers: [new URL(url).host],
      clientId: 'readiness',
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 5_000,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      const { brokers, controller } = await admin.describeCluster();
      if (brokers.length === 0 || controller === null) {
        throw new PlatformError('kafka_not_ready', 'kafka has no broker or no controller');
      }
      // A broker that is still fenced answers metadata; it lists topics only with the cluster's metadata loaded.
      await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  },
};

export async function installKafka(installer: Installer): Promise<Installed> {
  const home = await installer.needJava(17);
  return {
    version: VERSIONS.kafka.version,
    folder: await installer.install(KAFKA_INSTALLATION),
    program: path.join(home, 'bin', 'java'),
  };
}

function planKafka({ installed, folder, ports, freshId, kept }: PlanContext): ServerPlan {
  const configuration = path.join(folder, 'server.properties');
  const classPath = path.join(installed.folder, 'lib', '*');
  return {
    command: installed.program,
    args: [
      ...KAFKA_JVM,
      classArchive(kept, installed.folder, folder, CLASSES),
      '-cp',
      classPath,
      'kafka.Kafka',
      configuration,
    ],
    files: { 'server.properties': properties(brokerSettings(ports.main, ports.controller ?? 0, folder)) },
    first: {
      unless: 'data/meta.properties',
      command: installed.program,
      args: [
        '-Xmx128m',
        ...SMALL_JVM,
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
        '-cp',
        classPath,
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        freshId,
        '--config',
        configuration,
      ],
    },
    keeps: { file: CLASSES, as: CLASSES },
    running: { url: `kafka://127.0.0.1:${ports.main}`, version: installed.version },
  };
}

function brokerSettings(
  port: number,
  controllerPort: number,
  folder: string,
): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': path.join(folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.coordinator.threads': 1,
    // A killed broker that comes back waits for its old session to end.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'num.recovery.threads.per.data.dir': 1,
    'background.threads': 2,
    // Bytes. The default of 128 MiB does not fit into this heap.
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'log.index.size.max.bytes': 1_048_576,
  };
}
