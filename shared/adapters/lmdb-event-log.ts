import { randomUUID } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import {
  type NewRecord,
  type PartitionPosition,
  partitionForKey,
  type RecordPosition,
  type SourceEventLog,
} from '../kafka/index.ts';
import { encodeChunks, stampChunk, type UnplacedChunk } from './lmdb-event-log-chunk.ts';
import { startConsumer } from './lmdb-event-log-consumer.ts';
import {
  type Head,
  type PartitionHead,
  type TopicHead,
  topicHead,
  withTopics,
} from './lmdb-event-log-head.ts';
import { chunkKey, endOfPartition, groupKey, type LogStore, openLogStore } from './lmdb-event-log-store.ts';
import { type HeadWatcher, watchHead } from './lmdb-event-log-watcher.ts';

export interface LmdbEventLogOptions {
  /** Folder of the LMDB environment; created where it is missing. */
  readonly path: string;
  /** How often a waiting consumer looks for records of other threads and processes, milliseconds. */
  readonly pollIntervalMs?: number;
  /** Id given to a log that is created by this call. */
  readonly newIncarnation?: () => string;
}

/**
 * The event log in one folder. Any number of threads and processes may open the same folder at once; a consumer group is
 * meant to have one consumer per topic, since nothing shares partitions out between consumers. A thread that may be
 * terminated from outside (a function's) may append and ask for positions; it should not subscribe, because lmdb 3.5.6
 * ends the whole process when its thread is terminated in the middle of reading a large compressed value.
 * @throws PlatformError `event_log_version_unknown` when the folder was written by another layout
 */
export async function openLmdbEventLog({
  path,
  pollIntervalMs = 10,
  newIncarnation = randomUUID,
}: LmdbEventLogOptions): Promise<SourceEventLog> {
  const store = await openLogStore(path, newIncarnation());
  const watcher = watchHead(store, pollIntervalMs);
  const running = new Set<{ stop(): Promise<void> }>();
  return {
    incarnation: store.head().incarnation,
    createTopics: async (topics) => {
      for (const { topic, partitions } of topics) checkTopic(topic, partitions);
      await store.root.transaction(() => {
        const head = store.head();
        const extended = withTopics(head, topics);
        if (extended !== head) store.putHead(extended);
      });
    },
    append: (records) => append(store, watcher, records, null),
    appendWithPosition: (source, records, position) => append(store, watcher, records, { source, position }),
    positionOf: async (source) => freshHead(store).sourcePositions.get(source) ?? null,
    positions: async (topic, groupId) => partitionPositions(store, topic, groupId),
    subscribe: async (subscription) => {
      const consumer = startConsumer(store, watcher, freshHead(store), subscription);
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
      watcher.close();
      await store.root.close();
    },
  };
}

const LEGAL_TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

interface PlannedAppend {
  readonly topic: string;
  readonly partition: number;
  readonly chunks: readonly UnplacedChunk[];
  /** Index in the caller's list of each record, in the order of the chunks. */
  readonly indexes: readonly number[];
}

/** Encodes before the transaction, since the write lock is shared by every thread and process. */
async function append(
  store: LogStore,
  watcher: HeadWatcher,
  records: readonly NewRecord[],
  reached: { readonly source: string; readonly position: string } | null,
): Promise<readonly RecordPosition[]> {
  if (records.length === 0 && reached === null) return [];
  const plan = planAppend(freshHead(store), records);
  const positions = new Array<RecordPosition>(records.length);
  await store.root.transaction(() => {
    const head = store.head();
    const topics = new Map(head.topics);
    for (const part of plan) {
      const { topic, partition } = part;
      const at = topicHead({ ...head, topics }, topic);
      const before = at.partitions[partition]!;
      const after = putChunks(store, at.id, part, before);
      topics.set(topic, { ...at, partitions: at.partitions.with(partition, after) });
      for (const [index, inList] of part.indexes.entries()) {
        positions[inList] = { topic, partition, offset: before.next + index };
      }
    }
    const sourcePositions =
      reached === null
        ? head.sourcePositions
        : new Map(head.sourcePositions).set(reached.source, reached.position);
    store.putHead({ ...head, sequence: head.sequence + 1, topics, sourcePositions });
  });
  watcher.check();
  return positions;
}

/**
 * A record without key and partition follows the others of its append into one partition, which changes from append to
 * append (the sticky partitioner of KIP-480).
 */
function planAppend(head: Head, records: readonly NewRecord[]): PlannedAppend[] {
  const topics = new Map<
    string,
    { readonly head: TopicHead; readonly parts: (AppendedPart | undefined)[] }
  >();
  for (const [index, record] of records.entries()) {
    let topic = topics.get(record.topic);
    if (topic === undefined) {
      topic = { head: topicHead(head, record.topic), parts: [] };
      topics.set(record.topic, topic);
    }
    const partition = choosePartition(record, topic.head, head.sequence);
    let part = topic.parts[partition];
    if (part === undefined) {
      part = { topic: record.topic, partition, records: [], indexes: [] };
      topic.parts[partition] = part;
    }
    part.records.push(record);
    part.indexes.push(index);
  }
  return [...topics.values()].flatMap(({ parts }) =>
    parts.flatMap((part) => {
      if (part === undefined) return [];
      const { records: ofPartition, ...place } = part;
      return [{ ...place, chunks: encodeChunks(ofPartition) }];
    }),
  );
}

interface AppendedPart {
  readonly topic: string;
  readonly partition: number;
  readonly records: NewRecord[];
  readonly indexes: number[];
}

function choosePartition(
  { topic, key, partition }: NewRecord,
  { partitions }: TopicHead,
  sequence: number,
): number {
  if (partition === undefined) {
    return key === null ? sequence % partitions.length : partitionForKey(key, partitions.length);
  }
  if (!(partition in partitions)) {
    throw new PlatformError(
      'unknown_partition',
      `topic ${topic} has partitions 0 to ${partitions.length - 1}, got ${partition}`,
    );
  }
  return partition;
}

/** Writes the chunks after the partition's end and returns its new end. */
function putChunks(
  store: LogStore,
  topicId: number,
  { partition, chunks }: PlannedAppend,
  before: PartitionHead,
): PartitionHead {
  removeTornTail(store, topicId, partition, before.next);
  let { next, maxTimestamp } = before;
  for (const chunk of chunks) {
    maxTimestamp = Math.max(maxTimestamp, chunk.maxTimestamp);
    const bytes = stampChunk(chunk, next, maxTimestamp);
    next += chunk.count;
    store.chunks.put(chunkKey(topicId, partition, next - 1), bytes);
  }
  return { ...before, next, maxTimestamp };
}

/** Removes what a terminated thread has left beyond the head; see `lmdb-event-log-head.ts`. */
function removeTornTail(store: LogStore, topicId: number, partition: number, next: number): void {
  const torn = store.chunks.getKeys({
    start: chunkKey(topicId, partition, next),
    end: endOfPartition(topicId, partition),
  });
  for (const key of [...torn]) store.chunks.remove(key);
}

function partitionPositions(
  store: LogStore,
  topic: string,
  groupId: string | undefined,
): PartitionPosition[] {
  return topicHead(freshHead(store), topic).partitions.map(({ earliest, next }, partition) => ({
    topic,
    partition,
    earliest,
    latest: next,
    committed:
      groupId === undefined ? null : (store.groups.get(groupKey(groupId, { topic, partition })) ?? null),
  }));
}

/** The head of this moment, other threads and processes included: lmdb keeps a read snapshot for a turn of the loop. */
function freshHead(store: LogStore): Head {
  store.root.resetReadTxn();
  return store.head();
}

function checkTopic(topic: string, partitions: number): void {
  if (!LEGAL_TOPIC.test(topic)) {
    throw new PlatformError(
      'invalid_topic',
      `a topic name has 1 to 249 of the characters a-z A-Z 0-9 . _ -, got ${JSON.stringify(topic)}`,
    );
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 0xffff) {
    throw new PlatformError(
      'invalid_topic',
      `topic ${topic} must have 1 to 65535 partitions, got ${partitions}`,
    );
  }
}
