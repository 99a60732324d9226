import { type Admin, type Consumer, Kafka, logLevel } from 'kafkajs';
import { epochMillis } from '../../../shared/domain/index.ts';
import type { Headers, KafkaRecord } from '../../../shared/kafka/index.ts';
import { runningService } from '../native/running-services.ts';

/** Everything that is committed to some topics of the running Kafka, as it comes; for tests. */
export interface KafkaReader {
  /** In the order of arrival, which is the offsets' order within a partition. */
  readonly records: KafkaRecord[];
  /** Ends the reading and deletes the topics and those that begin with the prefix. */
  close(): Promise<void>;
}

/** Creates the topics with three partitions each and reads them from their beginning. */
export async function readTopics(prefix: string, topics: readonly string[]): Promise<KafkaReader> {
  const kafka = new Kafka({
    clientId: prefix,
    brokers: [new URL(runningService('kafka').url).host],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({ topic, numPartitions: 3, replicationFactor: 1 })),
  });
  const groupId = `${prefix}-reader`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  const records: KafkaRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      records.push({
        topic,
        partition,
        offset: Number(message.offset),
        timestamp: epochMillis(Number(message.timestamp)),
        key: message.key,
        value: message.value,
        headers: Object.entries(message.headers ?? {}).flatMap(headerEntries),
      });
    },
  });
  return { records, close: () => close(admin, consumer, groupId, prefix) };
}

async function close(admin: Admin, consumer: Consumer, groupId: string, prefix: string): Promise<void> {
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
  const left = (await admin.listTopics()).filter(
    (topic) => topic.startsWith(`${prefix}.`) || topic === `__debezium-heartbeat.${prefix}`,
  );
  await admin.deleteTopics({ topics: left });
  await admin.disconnect();
}

function headerEntries([name, value]: [string, unknown]): Headers[number][] {
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((one) =>
    typeof one === 'string' || Buffer.isBuffer(one) ? [[name, Buffer.from(one)] as const] : [],
  );
}
