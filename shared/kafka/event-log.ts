import type { EpochMillis } from '../domain/index.ts';
import type { KafkaRecord, NewRecord, RecordPosition, TopicPartition } from './record.ts';

/**
 * The event log port: an append-only, partitioned, durable log with consumer groups. Kafka, or LMDB in one folder.
 * Every adapter passes `event-log.contract.ts`.
 */
export interface EventLog {
  /** Creates what is missing; an existing topic keeps its partitions. */
  createTopics(topics: readonly { readonly topic: string; readonly partitions: number }[]): Promise<void>;
  /** Resolves when every record is durable; all of one call become readable together. */
  append(records: readonly NewRecord[]): Promise<readonly RecordPosition[]>;
  subscribe(subscription: Subscription): Promise<Consumer>;
  /** First and next offset of every partition of a topic, and what `groupId` (where given) has committed. */
  positions(topic: string, groupId?: string): Promise<readonly PartitionPosition[]>;
  close(): Promise<void>;
}

export interface Subscription {
  readonly groupId: string;
  readonly topic: string;
  /** Used only for a partition without a committed offset. `AT_TIMESTAMP`: first record at or after `timestamp`. */
  readonly startingPosition: StartingPosition;
  /** Upper bound of the bytes (keys and values) handed over at once; one record may exceed it. */
  readonly maxBytes: number;
  /**
   * Called with records of one partition, in offset order, without gaps from the position; never concurrently
   * for one partition. The next call for that partition waits until the promise resolves. Committing is the caller's.
   */
  readonly deliver: (records: readonly KafkaRecord[]) => Promise<void>;
  /** Called when a partition can no longer be read and the consumer has given up on it. */
  readonly onError: (error: unknown, at: TopicPartition | null) => void;
}

export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: EpochMillis };

export interface Consumer {
  /** `nextOffset`: the first offset that is not done. Durable when resolved. */
  commit(partition: number, nextOffset: number): Promise<void>;
  /** Stops deliveries; resolves when no `deliver` is running. Commits remain allowed until it resolves. */
  stop(): Promise<void>;
}

export interface PartitionPosition extends TopicPartition {
  readonly earliest: number;
  /** The offset that the next record will get. */
  readonly latest: number;
  /** Next offset of the group, or null where it has committed nothing. */
  readonly committed: number | null;
}
