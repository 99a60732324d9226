import { type EventLog, offsetLag } from '../../shared/kafka/index.ts';

export interface ConsumedTopic {
  readonly topic: string;
  readonly groupId: string;
}

export interface ConsumerLag extends ConsumedTopic {
  /** Records that the group has yet to commit. */
  readonly waiting: number;
}

export function consumerLag(
  eventLog: EventLog,
  consumers: readonly ConsumedTopic[],
): Promise<readonly ConsumerLag[]> {
  return Promise.all(
    consumers.map(async ({ topic, groupId }) => ({
      topic,
      groupId,
      waiting: offsetLag(await eventLog.positions(topic, groupId)),
    })),
  );
}
