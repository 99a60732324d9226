import path from 'node:path';
import { PlatformError } from '../../../../shared/errors.ts';
import type { PlanContext, ServerPlan, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { getJson } from './http.ts';
import { classArchive, properties } from './java.ts';
import { installKafka, KAFKA_JVM } from './kafka.ts';

const CLASSES = 'connect.jsa';
const INTERNAL_TOPICS = {
  config: '_connect_configs',
  offset: '_connect_offsets',
  status: '_connect_status',
} as const;
const CONNECTOR = 'io.debezium.connector.postgresql.PostgresConnector';

/** Kafka Connect with Debezium's Postgres connector; connectors are registered by its REST API. */
export const connect: ServiceDefinition = {
  name: 'connect',
  ports: { main: 18083 },
  requires: ['kafka'],
  keeps: CLASSES,
  readyWithinMs: 120_000,
  stopSignal: 'SIGTERM',
  async install(installer) {
    return {
      ...(await installKafka(installer)),
      version: `${VERSIONS.kafka.version} with Debezium ${VERSIONS.debezium.version}`,
    };
  },
  plan: planConnect,
  async ready({ url }) {
    await getJson(`${url}/connectors`);
    const plugins = (await getJson(`${url}/connector-plugins`)) as readonly { readonly class: string }[];
    if (!plugins.some((plugin) => plugin.class === CONNECTOR)) {
      throw new PlatformError('connect_not_ready', `kafka connect at ${url} does not offer ${CONNECTOR}`);
    }
  },
};

function planConnect({ installed, folder, ports, services, kept }: PlanContext): ServerPlan {
  const brokers = new URL(services.kafka?.url ?? '').host;
  return {
    command: installed.program,
    args: [
      ...KAFKA_JVM,
      classArchive(kept, installed.folder, folder, CLASSES),
      '-cp',
      path.join(installed.folder, 'lib', '*'),
      'org.apache.kafka.connect.cli.ConnectDistributed',
      path.join(folder, 'connect.properties'),
    ],
    files: { 'connect.properties': properties(workerSettings(ports.main, brokers)) },
    keeps: { file: CLASSES, as: CLASSES },
    running: { url: `http://127.0.0.1:${ports.main}`, version: installed.version },
  };
}

/** https://kafka.apache.org/documentation/#connectconfigs */
function workerSettings(port: number, brokers: string): Record<string, string | number | boolean> {
  const internalTopics = Object.entries(INTERNAL_TOPICS).flatMap(([kind, topic]) => [
    [`${kind}.storage.topic`, topic] as const,
    [`${kind}.storage.replication.factor`, 1] as const,
  ]);
  const converters = ['key', 'value'].flatMap((part) => [
    [`${part}.converter`, 'org.apache.kafka.connect.json.JsonConverter'] as const,
    [`${part}.converter.schemas.enable`, false] as const,
    // Else an explicit NULL is written as the default of its column.
    [`${part}.converter.replace.null.with.default`, false] as const,
  ]);
  return {
    'bootstrap.servers': brokers,
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'rest.advertised.port': port,
    'group.id': 'connect',
    ...Object.fromEntries(internalTopics),
    'offset.storage.partitions': 1,
    'status.storage.partitions': 1,
    ...Object.fromEntries(converters),
    'offset.flush.interval.ms': 1_000,
    'exactly.once.source.support': 'enabled',
    'scheduled.rebalance.max.delay.ms': 0,
    'plugin.discovery': 'service_load',
  };
}
