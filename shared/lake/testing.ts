/** Builders for the tests of this room. */

import { commitPath } from './log/log-path.ts';
import type { Snapshot } from './log/snapshot.ts';
import { readSnapshot } from './read/scan.ts';
import { type BatchRow, batchOfRows, rowsOfBatch, type Value } from './schema/batch.ts';
import { field, type Schema, schemaOf } from './schema/schema.ts';
import type { ObjectStore } from './store/object-store.ts';
import type { LakeEnvironment } from './write/environment.ts';
import type { AppendWrite } from './write/write-requests.ts';

export const ORDERS: Schema = schemaOf(
  field('id', 'integer'),
  field('amount', 'decimal(10,2)'),
  field('note', 'string'),
);

let ids = 0;

/** Time counts up from 1; ids are never given twice, in no environment; retries do not wait. */
export function countingEnvironment(overrides: Partial<LakeEnvironment> = {}): LakeEnvironment {
  let time = 0;
  return {
    now: () => ++time,
    newId: () => `00000000-0000-4000-8000-${(++ids).toString().padStart(12, '0')}`,
    random: () => 0.5,
    sleep: async () => {},
    ...overrides,
  };
}

export function orders(...ids: readonly number[]): AppendWrite {
  const rows = ids.map((id) => ({ id, amount: `${id}.50`, note: id % 2 === 0 ? null : `order ${id} 😀` }));
  return { schema: ORDERS, batches: [batchOfRows(ORDERS, rows)] };
}

export async function rowsOf(store: ObjectStore, snapshot: Snapshot): Promise<Record<string, Value>[]> {
  const rows: Record<string, Value>[] = [];
  for await (const batch of readSnapshot(store, snapshot)) rows.push(...rowsOfBatch(batch));
  return rows;
}

/** Values of the `id` column in ascending order. */
export async function idsOf(store: ObjectStore, snapshot: Snapshot): Promise<Value[]> {
  const rows = await rowsOf(store, snapshot);
  return rows.map((row) => row.id ?? null).sort((left, right) => Number(left) - Number(right));
}

/** Lets `rival` act once, right before the store is asked for `version` of table `t`. */
export function beforeCommit(store: ObjectStore, version: number, rival: () => Promise<void>): ObjectStore {
  let pending = true;
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      if (pending && path === commitPath('t', version)) {
        pending = false;
        await rival();
      }
      return store.putIfAbsent(path, bytes);
    },
  };
}

/** The row as `localstack/e2e/deltalake/read_table.py` prints it. */
export function asJson(schema: Schema, row: BatchRow): Record<string, unknown> {
  return Object.fromEntries(schema.fields.map(({ name }) => [name, plain(row[name] ?? null)]));
}

function plain(value: Value): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** In one order, whatever order the files came in. */
export function sorted(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
