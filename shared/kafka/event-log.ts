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

/** An event log that a source, as change capture is, writes to and goes on in after a restart. */
export interface SourceEventLog extends EventLog {
  /** Names the data of this log for its whole life; another after the log was deleted. */
  readonly incarnation: string;
  /** Appends as `append` does and stores what the source has reached in the same atomic step. */
  appendWithPosition(
    source: string,
    records: readonly NewRecord[],
    position: string,
  ): Promise<readonly RecordPosition[]>;
  /** What was last stored for the source, or null. */
  positionOf(source: string): Promise<string | null>;
}

export interface Subscription {
  readonly groupId: string;
  readonly topic: string;
  /** Used only for a partition without a committed offset. `AT_TIMESTAMP`: first record at or after `timestamp`. */
  readonly startingPosition: StartingPosition;
  /** Upper bound of the bytes (keys and values) handed over at once; one record may exceed it. */
  readonly maxBytes: number;
  /**
   * Called with records of one partition, in offset order, none left out from the committed position on; never
   * concurrently for one partition. The next call for that partition waits until the promise resolves, also when the
   * partition was lost and given again meanwhile: resolve soon after `assignment.lost` fired. Committing is the caller's.
   */
  readonly deliver: (records: readonly KafkaRecord[], assignment: Assignment) => Promise<void>;
  /** Told of what keeps records from being delivered; the partition is null where all of them are concerned. */
  readonly onError: (error: unknown, at: TopicPartition | null) => void;
}

/**
 * One partition, for as long as the consumer holds it without interruption. A partition that is taken away and given
 * again begins another assignment at the committed position.
 */
export interface Assignment extends TopicPartition {
  /**
   * Fires when the partition was taken away: other members joined, the session was lost or the consumer stopped. What was
   * delivered and not committed will be delivered again, to whoever holds the partition then.
   */
  readonly lost: AbortSignal;
  /**
   * `nextOffset`: the first offset that is not done. Durable when `committed`; `lost`: the partition is no longer held and
   * nothing was changed.
   * @throws PlatformError retryable, when the log cannot be reached
   */
  commit(nextOffset: number): Promise<CommitOutcome>;
}

export type CommitOutcome = 'committed' | 'lost';

export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: EpochMillis };

export interface Consumer {
  /**
   * Stops deliveries; resolves when no `deliver` is running and the group was left. Commits remain allowed until then;
   * after it every assignment is lost.
   */
  stop(): Promise<void>;
}

export interface PartitionPosition extends TopicPartition {
  readonly earliest: number;
  /** The offset that the next record will get. */
  readonly latest: number;
  /** Next offset of the group, or null where it has committed nothing. */
  readonly committed: number | null;
}
