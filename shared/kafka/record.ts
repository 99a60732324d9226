import type { EpochMillis } from '../domain/index.ts';

/** Names one partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
}

/** Repeats are allowed. The values of one name keep their order; Kafka's client gives back names that alternate together. */
export type Headers = readonly (readonly [key: string, value: Uint8Array])[];

/** One record as it lies in the log. `value: null` is a tombstone; `key: null` is a record without a key. */
export interface KafkaRecord extends TopicPartition {
  /** From 0 and rising within its partition; Kafka leaves gaps where a transaction ended. */
  readonly offset: number;
  readonly timestamp: EpochMillis;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** A record to be appended. Without `partition` the key decides (murmur2, as Kafka's default partitioner). */
export interface NewRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly timestamp: EpochMillis;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Headers;
}

export interface RecordPosition extends TopicPartition {
  readonly offset: number;
}
