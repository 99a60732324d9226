import { randomUUID } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';
import { type KafkaClientOptions, kafkaClient, kafkaError } from './kafka-event-log-client.ts';
import type { KafkaTopics } from './kafka-event-log-topics.ts';

/**
 * Reads a topic of one partition from its first record to the last one that is committed at the time of the call, by a
 * group of its own that commits nothing and so leaves nothing behind.
 */
export async function readWholeTopic(
  options: KafkaClientOptions,
  topics: KafkaTopics,
  topic: string,
  take: (message: KafkaMessage) => void,
): Promise<void> {
  const [position] = await topics.positions(topic);
  if (position === undefined || position.latest === position.earliest) return;
  const { latest } = position;
  const consumer = kafkaClient(options).consumer({
    groupId: `event-log-reader-${randomUUID()}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    retry: { restartOnFailure: async () => false },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        if (Number(payload.lastOffset) + 1 >= latest) resolve();
      });
      const run = async () => {
        await consumer.connect();
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatch: async ({ batch }) => batch.messages.forEach(take),
        });
      };
      run().catch(reject);
    });
  } catch (error) {
    throw kafkaError(`cannot read ${topic}`, error);
  } finally {
    await consumer.disconnect();
  }
}
