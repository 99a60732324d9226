// The head of the log: one small value that says where every partition begins and ends and what named sources have reached.
// It is the last thing an append writes and the only thing that makes records visible. A worker thread that is terminated
// in the middle of an LMDB transaction leaves the keys it had put already (measured with lmdb 3.5.6), so a multi-key
// transaction alone would not be atomic; what lies beyond the head is garbage that the next append removes.
import { PlatformError } from '../errors.ts';

export interface Head {
  /** Grows by one with every change; watchers compare it. */
  readonly sequence: number;
  /** Names this log for its whole life: a log that was deleted and created again has another. */
  readonly incarnation: string;
  readonly topics: ReadonlyMap<string, TopicHead>;
  /** What a named source (change capture) has reached, stored with its records. */
  readonly sourcePositions: ReadonlyMap<string, string>;
}

export interface TopicHead {
  /** First part of the key of its chunks. */
  readonly id: number;
  readonly partitions: readonly PartitionHead[];
}

export interface PartitionHead {
  readonly earliest: number;
  /** The offset that the next record gets. */
  readonly next: number;
  /** Highest timestamp so far, milliseconds; 0 in an empty partition. */
  readonly maxTimestamp: number;
}

export function emptyHead(incarnation: string): Head {
  return { sequence: 0, incarnation, topics: new Map(), sourcePositions: new Map() };
}

/** The head with the missing topics added, or the same head when none is missing. */
export function withTopics(
  head: Head,
  wanted: readonly { readonly topic: string; readonly partitions: number }[],
): Head {
  const topics = new Map(head.topics);
  for (const { topic, partitions } of wanted) {
    if (topics.has(topic)) continue;
    topics.set(topic, {
      id: topics.size,
      partitions: Array.from({ length: partitions }, () => EMPTY_PARTITION),
    });
  }
  return topics.size === head.topics.size ? head : { ...head, sequence: head.sequence + 1, topics };
}

/** @throws PlatformError `unknown_topic` */
export function topicHead(head: Head, topic: string): TopicHead {
  const found = head.topics.get(topic);
  if (found === undefined) {
    const names = [...head.topics.keys()].join(', ') || 'none';
    throw new PlatformError(
      'unknown_topic',
      `the event log has no topic ${topic}; create it first (it has: ${names})`,
    );
  }
  return found;
}

export function encodeHead(head: Head): Buffer {
  const { sequence, incarnation } = head;
  const topics = [...head.topics].map(([topic, { id, partitions }]) => [
    topic,
    id,
    partitions.map(({ earliest, next, maxTimestamp }) => [earliest, next, maxTimestamp]),
  ]);
  return Buffer.from(
    JSON.stringify({ version: VERSION, sequence, incarnation, topics, sources: [...head.sourcePositions] }),
  );
}

export function decodeHead(bytes: Buffer): Head {
  const stored = JSON.parse(bytes.toString()) as StoredHead;
  if (stored.version !== VERSION) {
    throw new PlatformError(
      'event_log_version_unknown',
      `event log has layout version ${stored.version}, this program reads ${VERSION}`,
    );
  }
  return {
    sequence: stored.sequence,
    incarnation: stored.incarnation,
    topics: new Map(
      stored.topics.map(([topic, id, partitions]) => [
        topic,
        { id, partitions: partitions.map(partitionHead) },
      ]),
    ),
    sourcePositions: new Map(stored.sources),
  };
}

interface StoredHead {
  readonly version: number;
  readonly sequence: number;
  readonly incarnation: string;
  readonly topics: readonly [topic: string, id: number, partitions: [number, number, number][]][];
  readonly sources: readonly [string, string][];
}

const VERSION = 1;
const EMPTY_PARTITION: PartitionHead = { earliest: 0, next: 0, maxTimestamp: 0 };

function partitionHead([earliest, next, maxTimestamp]: readonly [number, number, number]): PartitionHead {
  return { earliest, next, maxTimestamp };
}
