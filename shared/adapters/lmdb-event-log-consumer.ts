import { setImmediate } from 'node:timers/promises';
import type { EpochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type {
  Assignment,
  Consumer,
  KafkaRecord,
  StartingPosition,
  Subscription,
  TopicPartition,
} from '../kafka/index.ts';
import { chunkHeader, decodeChunk, firstAtOrAfter, type KnownHeaders } from './lmdb-event-log-chunk.ts';
import { type Head, type PartitionHead, topicHead } from './lmdb-event-log-head.ts';
import { chunkKey, endOfPartition, groupKey, type LogStore } from './lmdb-event-log-store.ts';
import type { HeadWatcher } from './lmdb-event-log-watcher.ts';

/**
 * Starts one reader per partition of the topic. Starting positions are fixed before this returns, so `LATEST` means the
 * end at the time of the call.
 */
export function startConsumer(
  store: LogStore,
  watcher: HeadWatcher,
  head: Head,
  subscription: Subscription,
): Consumer {
  const { groupId, topic, startingPosition } = subscription;
  const { id, partitions } = topicHead(head, topic);
  const stopping = new AbortController();
  const lost = new AbortController();
  const readers = partitions.map((partitionHead, partition) => {
    const at = { topic, partition };
    const committed = store.groups.get(groupKey(groupId, at));
    const from = committed ?? firstOffset(store, id, at, partitionHead, startingPosition);
    const assignment = assignmentOf(store, groupId, at, lost.signal);
    return readPartition(store, watcher, id, assignment, from, subscription, stopping.signal);
  });
  const stopped = Promise.all(readers);
  return {
    stop: async () => {
      stopping.abort();
      await stopped;
      lost.abort();
    },
  };
}

/** Nothing takes a partition away here but the end of the consumer. */
function assignmentOf(store: LogStore, groupId: string, at: TopicPartition, lost: AbortSignal): Assignment {
  return {
    ...at,
    lost,
    commit: async (nextOffset) => {
      if (lost.aborted) return 'lost';
      if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) {
        throw new PlatformError(
          'invalid_commit',
          `cannot commit offset ${nextOffset} of ${at.topic}-${at.partition}: an offset is a whole number from 0`,
        );
      }
      await store.groups.put(groupKey(groupId, at), nextOffset);
      return 'committed';
    },
  };
}

/** Never rejects: what ends a reader goes to `onError`. */
async function readPartition(
  store: LogStore,
  watcher: HeadWatcher,
  topicId: number,
  assignment: Assignment,
  from: number,
  { maxBytes, deliver, onError }: Subscription,
  abort: AbortSignal,
): Promise<void> {
  const at: TopicPartition = { topic: assignment.topic, partition: assignment.partition };
  const known: KnownHeaders = new Map();
  let position = from;
  try {
    // Deliveries begin after `subscribe` has resolved, and a long backlog must leave room for timers and sockets.
    while (await setImmediate(true)) {
      if (abort.aborted) return;
      const head = store.head();
      const { earliest, next } = topicHead(head, at.topic).partitions[at.partition]!;
      if (position < earliest || position > next) {
        throw new PlatformError(
          'offset_out_of_range',
          `${at.topic}-${at.partition} holds offsets ${earliest} to ${next - 1}, but the group stands at ${position}`,
        );
      }
      if (position === next) {
        await watcher.changed(head.sequence, abort);
        continue;
      }
      const records = readRecords(store, topicId, at, position, next, maxBytes, known);
      await deliver(records, assignment);
      position += records.length;
    }
  } catch (error) {
    onError(error, at);
  }
}

/** Records of `[from, next)` up to `maxBytes` of keys and values, at least one. */
function readRecords(
  store: LogStore,
  topicId: number,
  at: TopicPartition,
  from: number,
  next: number,
  maxBytes: number,
  known: KnownHeaders,
): KafkaRecord[] {
  const records: KafkaRecord[] = [];
  let bytes = 0;
  for (const chunk of chunksFrom(store, topicId, at.partition, from)) {
    for (const record of decodeChunk(chunk, at, known)) {
      if (record.offset < from) continue;
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
      if (records.length > 0 && bytes > maxBytes) return records;
      records.push(record);
    }
    if (from + records.length >= next) return records;
  }
  if (records.length > 0) return records;
  throw new PlatformError(
    'event_log_corrupt',
    `${at.topic}-${at.partition} has no chunk with offset ${from}`,
  );
}

function firstOffset(
  store: LogStore,
  topicId: number,
  at: TopicPartition,
  { earliest, next, maxTimestamp }: PartitionHead,
  start: StartingPosition,
): number {
  if (start.type === 'TRIM_HORIZON') return earliest;
  if (start.type === 'LATEST' || maxTimestamp < start.timestamp) return next;
  return offsetAt(store, topicId, at, earliest, next, start.timestamp);
}

/** Bisects by the running maximum of the chunks: the first chunk whose maximum reaches `timestamp` holds the record. */
function offsetAt(
  store: LogStore,
  topicId: number,
  at: TopicPartition,
  earliest: number,
  next: number,
  timestamp: EpochMillis,
): number {
  let low = earliest;
  let high = next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [chunk] = chunksFrom(store, topicId, at.partition, middle);
    if (chunk === undefined) return next;
    const { baseOffset, count, runningMaxTimestamp } = chunkHeader(chunk);
    if (runningMaxTimestamp < timestamp) {
      low = baseOffset + count;
    } else if (baseOffset <= low) {
      return firstAtOrAfter(chunk, at, timestamp) ?? next;
    } else {
      high = baseOffset;
    }
  }
  const [chunk] = chunksFrom(store, topicId, at.partition, low);
  return (chunk && firstAtOrAfter(chunk, at, timestamp)) ?? next;
}

function* chunksFrom(store: LogStore, topicId: number, partition: number, offset: number): Generator<Buffer> {
  const range = store.chunks.getRange({
    start: chunkKey(topicId, partition, offset),
    end: endOfPartition(topicId, partition),
  });
  for (const { value } of range) yield value;
}
