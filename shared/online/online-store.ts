import type { RowVersion } from '../domain/index.ts';

/** Field to text. A missing key reads as an empty map. */
export type OnlineHash = ReadonlyMap<string, string>;

/**
 * The online store port: hashes of text under string keys, read at request time. Redis, or LMDB in one folder.
 * Every write is idempotent: replays, duplicates and reordering across calls leave the same state.
 * A write is durable, and visible to every other handle, when its promise resolves; callers commit offsets after it.
 * A hash is written by one of the three kinds of write only. Keys, fields and values are well-formed Unicode; key and field
 * together take at most 1,900 bytes of UTF-8.
 * Every adapter passes `online-store.contract.ts`.
 */
export interface OnlineStore {
  /** One hash per key, in the order asked. Fields that were removed do not show. */
  read(keys: readonly string[]): Promise<readonly OnlineHash[]>;
  /** The text of each field, in the order asked; null where there is none. Cheaper than the hashes, also of hashes with one field. */
  readFields(fields: readonly FieldName[]): Promise<readonly (string | null)[]>;
  /** Last version wins, field by field; a write with a version not above the stored one does nothing. */
  putFields(writes: readonly FieldWrite[]): Promise<void>;
  /**
   * Replaces what each fact contributes to its windows, atomically per shard: every window field changes by
   * new minus old contribution. A fact at or below its stored version does nothing. Sums read as decimal text;
   * a sum of zero has no field. A window is never seen half changed; of two windows, one may be seen changed before the other.
   */
  contribute(shard: string, facts: readonly Contribution[]): Promise<void>;
  /** Replaces whole hashes, for tables loaded in bulk. Atomic per key. */
  replace(hashes: Iterable<readonly [key: string, hash: OnlineHash]>): Promise<void>;
  close(): Promise<void>;
}

export interface FieldName {
  readonly key: string;
  readonly field: string;
}

export interface FieldWrite extends FieldName {
  readonly version: RowVersion;
  /** null removes the field; its version is remembered, so an older write cannot bring it back. */
  readonly value: string | null;
}

export interface Contribution {
  /** Source identity of the fact, unique within its shard, e.g. an order id. */
  readonly fact: string;
  readonly version: RowVersion;
  /** What the fact now adds: window key, field, whole units (cents, counts). Empty: nothing. */
  readonly adds: readonly { readonly key: string; readonly field: string; readonly amount: bigint }[];
}
