/**
 * Our tables read by delta-rs and its tables read by us, row for row. Needs Python with
 * `localstack/e2e/deltalake/requirements.txt`; its interpreter is named by the environment variable DELTALAKE_PYTHON.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { checkpointPath, lastCheckpointPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { rowCount } from '../log/snapshot.ts';
import { type BatchRow, batchOfRows, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { field, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { asJson, countingEnvironment, ORDERS, orders, rowsOf, sorted } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { EVERY_TYPE } from './sample-columns.fixture.ts';

const python = process.env.DELTALAKE_PYTHON ?? 'python3';
const script = fileURLToPath(new URL('../../../localstack/e2e/deltalake/read_table.py', import.meta.url));

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const decimal = (precision: number, scale: number) =>
  fc
    .bigInt(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n)
    .map((value) => decimalText(value, scale));
const optional = <T extends Value>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
/** Python's datetime holds the years 1 to 9999. */
const micros = fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n);
const days = fc.integer({ min: -719_162, max: 2_932_896 });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });

const anyRow: fc.Arbitrary<BatchRow> = fc.record({
  i: int(32),
  l: optional(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  s: optional(int(16)),
  b: optional(int(8)),
  f: optional(float),
  d: optional(fc.double({ noNaN: true, noDefaultInfinity: true })),
  t: optional(fc.string({ unit: 'binary', maxLength: 80 })),
  bin: optional(fc.uint8Array()),
  day: optional(days),
  at: optional(micros),
  ok: optional(fc.boolean()),
  m9: optional(decimal(9, 4)),
  m18: optional(decimal(18, 2)),
  m38: optional(decimal(38, 10)),
  v: optional(fc.array(float)),
});

let root = '';
let store: ObjectStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deltalake native-'));
  store = await openFolderStore(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('delta-rs reads what we write', () => {
  it('of every type, with nulls, over several files and a checkpoint', async () => {
    const table = openTable(store, 'everything', countingEnvironment());
    const written: BatchRow[] = [];
    for (const rows of fc.sample(fc.array(anyRow, { minLength: 1, maxLength: 60 }), {
      numRuns: 13,
      seed: 5,
    })) {
      written.push(...rows);
      const outcome = await table.append({ schema: EVERY_TYPE, batches: [batchOfRows(EVERY_TYPE, rows)] });
      expect(outcome).not.toHaveProperty('checkpointFailure');
    }
    expect(await store.get(checkpointPath('everything', 10))).not.toBeNull();
    expect(sorted(readByDeltaRs('everything'))).toEqual(
      sorted(written.map((row) => asJson(EVERY_TYPE, row))),
    );
  });

  it('where the commits before the checkpoint are gone', async () => {
    const table = openTable(store, 'checkpoint-only', countingEnvironment());
    for (let id = 0; id <= 10; id++) await table.append(orders(id));
    for (const object of await store.list('checkpoint-only/_delta_log/')) {
      if (object.path.endsWith('.json') && !object.path.includes('0010.json'))
        await store.delete(object.path);
    }
    expect(sorted(readByDeltaRs('checkpoint-only'))).toEqual(sorted(await readByUs('checkpoint-only')));
  });

  it('after an overwrite, and every version before it', async () => {
    const table = openTable(store, 'overwritten', countingEnvironment());
    await table.append(orders(1, 2, 3));
    await table.append(orders(4));
    await table.overwrite({ ...orders(7, 8), txns: [{ appId: 'feature/x', version: 3 }] });
    for (const version of [0, 1, 2]) {
      const ours = await readByUs('overwritten', version);
      expect(sorted(readByDeltaRs('overwritten', version))).toEqual(sorted(ours));
    }
  });

  it('after a column was added', async () => {
    const table = openTable(store, 'evolved', countingEnvironment());
    await table.append(orders(1));
    const wider = schemaOf(...ORDERS.fields, field('email', 'string'));
    await table.append({ schema: wider, batches: [batchOfRows(wider, [{ id: 2, email: 'a@b' }])] });
    const rows = readByDeltaRs('evolved');
    expect(sorted(rows)).toEqual(sorted(await readByUs('evolved')));
    expect(rows.map((row) => row.email).sort()).toEqual(['a@b', null]);
  });

  it('and counts its rows by its own means', async () => {
    await openTable(store, 'counted', countingEnvironment()).append(orders(1, 2, 3));
    const line = JSON.parse(run('count', join(root, 'counted'))) as Record<string, unknown>;
    expect(line).toMatchObject({
      version: 0,
      rows: rowCount(await loadSnapshot(store, 'counted')),
      files: 1,
    });
  });
});

describe('we read what delta-rs writes', () => {
  it('by append, overwrite and checkpoint, and append to it so that it reads on', async () => {
    const path = join(root, 'theirs');
    for (let turn = 0; turn < 3; turn++) run('write', path, 'append');
    expect(sorted(await readByUs('theirs'))).toEqual(sorted(readByDeltaRs('theirs')));
    run('write', path, 'overwrite');
    run('checkpoint', path);
    run('write', path, 'append');
    expect(await store.get(lastCheckpointPath('theirs'))).not.toBeNull();
    const rows = await readByUs('theirs');
    expect(rows).toHaveLength(6);
    expect(sorted(rows)).toEqual(sorted(readByDeltaRs('theirs')));

    const snapshot = await loadSnapshot(store, 'theirs');
    const table = openTable(store, 'theirs', countingEnvironment());
    const schema = schemaOf(
      ...snapshot.schema.fields.filter((column) => ['id', 'price'].includes(column.name)),
    );
    await table.append({ schema, batches: [batchOfRows(schema, [{ id: 77, price: '0.05' }])] });
    expect(sorted(readByDeltaRs('theirs'))).toEqual(sorted(await readByUs('theirs')));
    run('write', path, 'append');
    expect(sorted(readByDeltaRs('theirs'))).toEqual(sorted(await readByUs('theirs')));
  });
});

type JsonRow = Record<string, unknown>;

function run(...args: readonly string[]): string {
  return execFileSync(python, [script, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

function readByDeltaRs(table: string, version?: number): JsonRow[] {
  const lines = run('rows', join(root, table), ...(version === undefined ? [] : [`${version}`])).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonRow);
}

async function readByUs(table: string, version?: number): Promise<JsonRow[]> {
  const snapshot = await loadSnapshot(store, table, version === undefined ? {} : { version });
  return (await rowsOf(store, snapshot)).map((row) => asJson(snapshot.schema, row));
}
