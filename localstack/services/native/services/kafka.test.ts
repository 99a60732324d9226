import { describe, expect, it } from 'vitest';
import { KAFKA_INSTALLATION, kafka } from './kafka.ts';
import { planContext } from './plan-context.fixture.ts';

const JVM = [
  '-Xms32m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xlog:disable',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

describe('kafka', () => {
  it('is one broker and its own controller on loopback, its log in its folder', async () => {
    const { files, ...plan } = await kafka.plan(planContext('kafka'));
    expect(plan).toEqual({
      command: '/bin/kafka',
      args: [
        ...JVM,
        '-XX:ArchiveClassesAtExit=/data/kafka/kafka.jsa',
        '-cp',
        '/cache/kafka/lib/*',
        'kafka.Kafka',
        '/data/kafka/server.properties',
      ],
      first: {
        unless: 'data/meta.properties',
        command: '/bin/kafka',
        args: [
          '-Xmx128m',
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
          '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
          '-cp',
          '/cache/kafka/lib/*',
          'kafka.tools.StorageTool',
          'format',
          '--cluster-id',
          'AAAAAAAAAAAAAAAAAAAAAA',
          '--config',
          '/data/kafka/server.properties',
        ],
      },
      keeps: { file: 'kafka.jsa', as: 'kafka.jsa' },
      running: { url: 'kafka://127.0.0.1:1000', version: '1.2.3' },
    });
    expect(files?.['server.properties']?.trimEnd().split('\n')).toEqual([
      'process.roles=broker,controller',
      'node.id=1',
      'controller.quorum.voters=1@127.0.0.1:1001',
      'controller.listener.names=CONTROLLER',
      'listeners=PLAINTEXT://127.0.0.1:1000,CONTROLLER://127.0.0.1:1001',
      'advertised.listeners=PLAINTEXT://127.0.0.1:1000',
      'log.dirs=/data/kafka/data',
      'auto.create.topics.enable=false',
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=4',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'transaction.state.log.num.partitions=4',
      'share.coordinator.state.topic.replication.factor=1',
      'share.coordinator.state.topic.min.isr=1',
      'share.coordinator.state.topic.num.partitions=1',
      'group.initial.rebalance.delay.ms=0',
      'group.coordinator.threads=1',
      'broker.session.timeout.ms=3000',
      'broker.heartbeat.interval.ms=500',
      'num.network.threads=2',
      'num.io.threads=2',
      'num.recovery.threads.per.data.dir=1',
      'background.threads=2',
      'log.cleaner.dedupe.buffer.size=2097152',
      'log.index.size.max.bytes=1048576',
    ]);
  });

  it('maps the archive of classes that an earlier run has left', async () => {
    const { args } = await kafka.plan(planContext('kafka', { kept: true }));
    expect(args).toContain('-XX:SharedArchiveFile=/cache/kafka/kafka.jsa');
  });

  it('is fetched with Connect and Debezium as one set', () => {
    expect(`${KAFKA_INSTALLATION.name} ${KAFKA_INSTALLATION.version}`).toBe(
      'kafka 4.3.1-debezium-3.7.0.Final',
    );
    const pom = KAFKA_INSTALLATION.files?.['pom.xml'] ?? '';
    const dependencies = pom.matchAll(
      /<dependency><groupId>(.+)<\/groupId><artifactId>(.+)<\/artifactId><version>(.+)<\/version>/g,
    );
    expect(
      [...dependencies].map(([, group, artifact, version]) => `${group}:${artifact}:${version}`),
    ).toEqual([
      'org.apache.kafka:kafka_2.13:4.3.1',
      'org.apache.kafka:connect-runtime:4.3.1',
      'org.apache.kafka:connect-json:4.3.1',
      'org.apache.kafka:connect-transforms:4.3.1',
      'io.debezium:debezium-connector-postgres:3.7.0.Final',
      'org.slf4j:slf4j-simple:1.7.36',
    ]);
    expect(KAFKA_INSTALLATION.commands('/cache/kafka')).toEqual([
      {
        command: 'mvn',
        args: [
          '--batch-mode',
          '--quiet',
          'dependency:copy-dependencies',
          '-DincludeScope=runtime',
          '-DoutputDirectory=lib',
        ],
      },
    ]);
  });
});
