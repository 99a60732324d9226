// How the log lies in LMDB. One environment, three databases:
//   chunks  [u16 topic id, u16 partition, u64 last offset of the chunk] -> chunk; the first key at or after an offset holds it
//   head    'head' -> the log's head
//   groups  [group, topic, partition] -> next offset of the group
// `overlappingSync` is off: a commit is on disk before it becomes visible, so that a reader never sees (and never hands
// to a sink) an offset which a power cut could take back and give to another record. Every opener must use this module.
import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { TopicPartition } from '../kafka/index.ts';
import { decodeHead, emptyHead, encodeHead, type Head } from './lmdb-event-log-head.ts';

export interface LogStore {
  readonly root: RootDatabase;
  readonly chunks: Database<Buffer, Buffer>;
  readonly groups: Database<number, string[]>;
  /** The head as last committed; inside a transaction, as left by it. */
  head(): Head;
  /** The bytes of the head, for cheap comparison. */
  headBytes(): Buffer;
  /** Only inside a transaction. */
  putHead(head: Head): void;
}

/** Opens the environment, creating it where it is missing. */
export async function openLogStore(path: string, newIncarnation: string): Promise<LogStore> {
  mkdirSync(path, { recursive: true });
  const root = open({ path, noSubdir: false, overlappingSync: false, maxDbs: 4, encoding: 'binary' });
  const chunks = root.openDB<Buffer, Buffer>({
    name: 'chunks',
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: true,
  });
  const groups = root.openDB<number, string[]>({ name: 'groups', encoding: 'json' });
  const heads = root.openDB<Buffer, string>({ name: 'head', encoding: 'binary' });
  const headBytes = (): Buffer => heads.get('head')!;
  // Every partition's reader looks at it after every append, and most find it as the one before left it.
  let decoded: { readonly bytes: Buffer; readonly head: Head } | null = null;
  const head = (): Head => {
    const bytes = headBytes();
    if (decoded === null || !bytes.equals(decoded.bytes)) decoded = { bytes, head: decodeHead(bytes) };
    return decoded.head;
  };
  const putHead = (head: Head): void => {
    heads.put('head', encodeHead(head));
  };
  await root.transaction(() => {
    if (heads.get('head') === undefined) putHead(emptyHead(newIncarnation));
  });
  return { root, chunks, groups, headBytes, head, putHead };
}

/** Key of the chunk that ends with `lastOffset`. */
export function chunkKey(topicId: number, partition: number, lastOffset: number): Buffer {
  const key = Buffer.alloc(12);
  key.writeUInt16BE(topicId, 0);
  key.writeUInt16BE(partition, 2);
  key.writeBigUInt64BE(BigInt(lastOffset), 4);
  return key;
}

/** The first key after all chunks of a partition. */
export function endOfPartition(topicId: number, partition: number): Buffer {
  return chunkKey(topicId, partition, Number.MAX_SAFE_INTEGER);
}

export function groupKey(groupId: string, { topic, partition }: TopicPartition): string[] {
  return [groupId, topic, String(partition)];
}
