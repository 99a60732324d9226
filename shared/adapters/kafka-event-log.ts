import { randomUUID } from 'node:crypto';
import type { Consumer, SourceEventLog } from '../kafka/index.ts';
import { KafkaAppender } from './kafka-event-log-appender.ts';
import { type KafkaClientOptions, kafkaClient, kafkaError } from './kafka-event-log-client.ts';
import { startKafkaConsumer } from './kafka-event-log-consumer.ts';
import { KafkaSource } from './kafka-event-log-sources.ts';
import { KafkaTopics } from './kafka-event-log-topics.ts';
import { KafkaWriter } from './kafka-event-log-writer.ts';

export type KafkaEventLogOptions = KafkaClientOptions;

/**
 * The event log on Kafka. Members of one consumer group, in any processes, share the partitions of a topic.
 * `appendWithPosition` is one transaction. It throws PlatformError `event_log_writer_fenced` when a newer writer of the source has
 * begun, `source_position_moved` when another has stored a position since this handle asked for it, `append_outcome_unknown` when it
 * may have been appended: after each, start again from `positionOf`.
 * @throws PlatformError `event_log_unreachable` when no broker answers
 */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<SourceEventLog> {
  const admin = kafkaClient(options).admin();
  const topics = new KafkaTopics(admin);
  const incarnation = await connect(admin.connect, topics, options.brokers);
  const appender = new KafkaAppender(topics, {
    plain: new KafkaWriter(options, null),
    // An id of this handle alone, so that no process fences another.
    transactional: new KafkaWriter(options, `append-${randomUUID()}`),
  });
  const sources = new Map<string, KafkaSource>();
  const sourceOf = (name: string): KafkaSource => {
    const source = sources.get(name) ?? new KafkaSource(name, options, topics, appender);
    sources.set(name, source);
    return source;
  };
  const running = new Set<Consumer>();
  return {
    incarnation,
    createTopics: (wanted) => topics.create(wanted),
    append: (records) => appender.append(records),
    appendWithPosition: (source, records, position) => sourceOf(source).appendWithPosition(records, position),
    positionOf: (source) => sourceOf(source).position(),
    positions: (topic, groupId) => topics.positions(topic, groupId),
    subscribe: async (subscription) => {
      const consumer = await startKafkaConsumer(options, topics, subscription);
      running.add(consumer);
      return {
        stop: async () => {
          await consumer.stop();
          running.delete(consumer);
        },
      };
    },
    close: async () => {
      await Promise.all([...running].map((consumer) => consumer.stop()));
      await Promise.all([...sources.values()].map((source) => source.close()));
      await appender.close();
      await admin.disconnect();
    },
  };
}

async function connect(
  connectAdmin: () => Promise<void>,
  topics: KafkaTopics,
  brokers: readonly string[],
): Promise<string> {
  try {
    await connectAdmin();
    return await topics.incarnation();
  } catch (error) {
    throw kafkaError(`cannot open the event log at ${brokers.join(',')}`, error);
  }
}
