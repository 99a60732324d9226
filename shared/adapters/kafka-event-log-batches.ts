// How an append becomes produce requests: which partition each record goes to, and what one request may hold.
import type { Message, RecordMetadata, TopicMessages } from 'kafkajs';
import { PlatformError } from '../errors.ts';
import { type NewRecord, partitionForKey, type RecordPosition } from '../kafka/index.ts';
import { cutByBytes, encodedBytes, messageOfRecord } from './kafka-event-log-record.ts';

/** One record on its way, with its place in the caller's list. */
export interface PlacedRecord {
  readonly record: NewRecord;
  readonly partition: number;
  readonly index: number;
}

/** What one request writes: at most one record batch per partition, each written as a whole. */
export type RequestPlan = readonly PlacedRecord[];

/**
 * A record without key and partition goes with the others of its append into one partition, `sticky` modulo the number of
 * partitions (KIP-480).
 * @throws PlatformError `unknown_partition`
 */
export function placeRecords(
  records: readonly NewRecord[],
  partitionsOf: ReadonlyMap<string, number>,
  sticky: number,
): readonly PlacedRecord[] {
  return records.map((record, index) => {
    const { topic, key, partition } = record;
    const partitions = partitionsOf.get(topic)!;
    if (partition === undefined) {
      const chosen = key === null ? sticky % partitions : partitionForKey(key, partitions);
      return { record, partition: chosen, index };
    }
    if (!(partition >= 0 && partition < partitions)) {
      throw new PlatformError(
        'unknown_partition',
        `topic ${topic} has partitions 0 to ${partitions - 1}, got ${partition}`,
      );
    }
    return { record, partition, index };
  });
}

/** Cuts an append into requests that no broker with default settings refuses, in the order of each partition. */
export function planRequests(placed: readonly PlacedRecord[]): readonly RequestPlan[] {
  const requests: PlacedRecord[][] = [];
  for (const ofPartition of groupBy(placed, ({ record, partition }) => `${record.topic}-${partition}`)) {
    const bySize = cutByBytes(ofPartition, ({ record }) => encodedBytes(record), MAX_BATCH_BYTES);
    const batches = bySize.flatMap((batch) => cutByBytes(batch, () => 1, MAX_BATCH_RECORDS));
    for (const [round, batch] of batches.entries()) {
      const request = requests[round] ?? [];
      request.push(...batch);
      requests[round] = request;
    }
  }
  return requests;
}

/** Whether one record batch holds all: then it is written as a whole without a transaction. */
export function isOneBatch(requests: readonly RequestPlan[]): boolean {
  const [only, ...others] = requests;
  if (only === undefined || others.length > 0) return false;
  const [first] = only;
  return only.every(
    ({ record, partition }) => record.topic === first!.record.topic && partition === first!.partition,
  );
}

export function topicMessages(request: RequestPlan): TopicMessages[] {
  return [...groupBy(request, ({ record }) => record.topic)].map((ofTopic) => ({
    topic: ofTopic[0]!.record.topic,
    messages: ofTopic.map(({ record, partition }): Message => messageOfRecord(record, partition)),
  }));
}

/** The places that the answers to the requests tell, in the order of the caller's list. */
export function positionsOf(
  requests: readonly RequestPlan[],
  answers: readonly (readonly RecordMetadata[])[],
): readonly RecordPosition[] {
  const positions: RecordPosition[] = [];
  for (const [round, request] of requests.entries()) {
    const next = new Map(
      answers[round]!.map(({ topicName, partition, baseOffset }) => [
        `${topicName}-${partition}`,
        Number(baseOffset),
      ]),
    );
    for (const { record, partition, index } of request) {
      const name = `${record.topic}-${partition}`;
      const offset = next.get(name);
      if (offset === undefined) {
        throw new PlatformError('event_log_refused', `kafka did not say where it put records of ${name}`);
      }
      positions[index] = { topic: record.topic, partition, offset };
      next.set(name, offset + 1);
    }
  }
  return positions;
}

/** Below the 1,048,588 bytes that `message.max.bytes` allows a batch by default, which a batch of random bytes nearly reaches. */
const MAX_BATCH_BYTES = 1_000_000;
/** kafkajs copies the list of a partition for every record that it adds to it (`groupMessagesPerPartition.js`). */
const MAX_BATCH_RECORDS = 1000;

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): Iterable<T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups.values();
}
