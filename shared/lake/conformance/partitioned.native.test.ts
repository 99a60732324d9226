/**
 * Partitioned tables, and tables after delete, merge and partition overwrite, read by delta-rs as by us, and appended to
 * by delta-rs. Needs Python with `localstack/e2e/deltalake/requirements.txt`, named by the variable DELTALAKE_PYTHON.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDeltaRs } from '../../../localstack/e2e/deltalake/run-delta-rs.ts';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { arrayOf, field, type Schema, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { asJson, countingEnvironment, rowsOf, sorted } from '../testing.ts';
import { openTable } from '../write/table.ts';

const python = process.env.DELTALAKE_PYTHON ?? 'python3';
const script = fileURLToPath(new URL('../../../localstack/e2e/deltalake/read_table.py', import.meta.url));

/** Writes rows of `sales` as delta-rs would; the last argument is JSON rows. */
const APPEND = `
import datetime, json, sys, pyarrow
from deltalake import write_deltalake
rows = [{**row, "day": datetime.date(1970, 1, 1) + datetime.timedelta(days=row["day"])} for row in json.loads(sys.argv[2])]
schema = pyarrow.schema([("day", pyarrow.date32()), ("shop", pyarrow.string()), ("id", pyarrow.int32()), ("note", pyarrow.string())])
write_deltalake(sys.argv[1], pyarrow.Table.from_pylist(rows, schema=schema), mode="append")
`;

/** How many rows delta-rs finds by `column = value`, pruning by partitions and statistics. */
const FIND = `
import datetime, json, sys
from deltalake import DeltaTable
column, value = json.loads(sys.argv[2])
if column == "day": value = datetime.date(1970, 1, 1) + datetime.timedelta(days=value)
print(DeltaTable(sys.argv[1]).to_pyarrow_table(filters=[(column, "=", value)]).num_rows)
`;

const SALES = schemaOf(
  field('day', 'date'),
  field('shop', 'string'),
  field('id', 'integer'),
  field('note', 'string'),
);

const EVERY_PARTITION: Schema = schemaOf(
  field('t', 'string'),
  field('ok', 'boolean'),
  field('b', 'byte'),
  field('s', 'short'),
  field('i', 'integer'),
  field('l', 'long'),
  field('d', 'double'),
  field('m', 'decimal(20,4)'),
  field('day', 'date'),
  field('at', 'timestamp'),
  field('v', arrayOf('float')),
);

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
/** Decimals are not negative: delta-rs 1.6 does not read such partitions, of -0.0010 it makes `0.0-10` and fails. */
const anyRow: fc.Arbitrary<BatchRow> = fc.record({
  t: fc.option(
    fc.oneof(
      fc.constantFrom('a/b', '%2F', 'x=y', '+', ' ', '.', '"', 'é😀', '#?', ':'),
      fc.string({ minLength: 1, maxLength: 20 }),
    ),
  ),
  ok: fc.option(fc.boolean()),
  b: fc.option(int(8)),
  s: fc.option(int(16)),
  i: fc.option(int(32)),
  l: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  d: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  m: fc.option(fc.bigInt(0n, 10n ** 20n - 1n).map((unscaled) => decimalText(unscaled, 4))),
  day: fc.option(fc.integer({ min: -719_162, max: 2_932_896 })),
  at: fc.option(fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n)),
  v: fc.option(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }))),
});

let root = '';
let store: ObjectStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deltalake partitions-'));
  store = await openFolderStore(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

function sales(...rows: readonly (readonly [number, string | null, number, string | null])[]) {
  const batch = batchOfRows(
    SALES,
    rows.map(([day, shop, id, note]) => ({ day, shop, id, note })),
  );
  return { schema: SALES, batches: [batch] };
}

describe('delta-rs reads', () => {
  it('partitions of every type, with nulls and any characters', async () => {
    const rows = fc.sample(anyRow, { numRuns: 150, seed: 11 });
    const partitionBy = EVERY_PARTITION.fields.map(({ name }) => name).filter((name) => name !== 'v');
    const table = openTable(store, 'every', countingEnvironment());
    await table.append({
      schema: EVERY_PARTITION,
      batches: [batchOfRows(EVERY_PARTITION, rows)],
      partitionBy,
    });
    expect(sorted(readByDeltaRs('every'))).toEqual(sorted(rows.map((row) => asJson(EVERY_PARTITION, row))));
    expect(sorted(await readByUs('every'))).toEqual(sorted(readByDeltaRs('every')));
  });

  it('each version of a table that was appended to, overwritten in part, deleted from, merged into and widened', async () => {
    const table = openTable(store, 'sales', countingEnvironment());
    await table.append({
      ...sales([1, 'a', 1, 'x'], [1, 'a/b', 2, null], [2, null, 3, 'y']),
      partitionBy: ['day', 'shop'],
    });
    await table.append(sales([1, 'a', 4, 'z'], [3, 'é', 5, 'w'.repeat(40)]));
    await table.overwrite({ ...sales([2, 'c', 6, 'new']), where: { op: '=', column: 'day', value: 2 } });
    await table.delete({ where: { op: '=', column: 'id', value: 4 } });
    await table.delete({ where: { op: '=', column: 'shop', value: 'a/b' } });
    const { schema, batches } = sales([3, 'a', 1, 'moved'], [9, 'n', 9, 'inserted']);
    const deletes = [batchOfRows(schemaOf(field('id', 'integer')), [{ id: 6 }])];
    await table.merge({ schema, key: ['id'], upserts: batches, deletes });
    const wider = schemaOf(...SALES.fields, field('rank', 'long'));
    await table.append({ schema: wider, batches: [batchOfRows(wider, [{ day: 4, id: 10, rank: 7n }])] });
    for (let turn = 0; turn < 5; turn++) await table.append(sales([turn, 'late', 100 + turn, null]));
    for (let version = 0; version <= 11; version++) {
      expect(sorted(readByDeltaRs('sales', version))).toEqual(sorted(await readByUs('sales', version)));
    }
    expect(await readByUs('sales')).toHaveLength(9);
  });

  it('structs, arrays and maps of rows that a delete and a merge copied', async () => {
    const schema = schemaOf(
      field('id', 'integer'),
      field('who', schemaOf(field('name', 'string'), field('tags', arrayOf('string', true)))),
      field('rates', { type: 'map', keyType: 'string', valueType: 'integer', valueContainsNull: true }),
    );
    const table = openTable(store, 'nested', countingEnvironment());
    const kept = { id: 1, who: { name: 'a', tags: ['x', null] }, rates: { one: 1, none: null } };
    const rows = [
      kept,
      { id: 2, who: null, rates: null },
      { id: 3, who: { name: null, tags: [] }, rates: {} },
      { id: 4 },
    ];
    await table.append({ schema, batches: [batchOfRows(schema, rows)] });
    await table.delete({ where: { op: '=', column: 'id', value: 4 } });
    const upserts = [batchOfRows(schema, [{ id: 2, who: { name: 'new', tags: null } }])];
    await table.merge({ schema, key: ['id'], upserts });
    // Arrow shows a map as pairs.
    expect(sorted(readByDeltaRs('nested'))).toEqual(
      sorted([
        {
          ...kept,
          rates: [
            ['one', 1],
            ['none', null],
          ],
        },
        { id: 2, who: { name: 'new', tags: null }, rates: null },
        { id: 3, who: { name: null, tags: [] }, rates: [] },
      ]),
    );
    expect(await readByUs('nested')).toContainEqual(kept);
  });

  it('and finds rows by partition and by statistics, none of which hides one', async () => {
    const table = openTable(store, 'found', countingEnvironment());
    const notes = [`${'n'.repeat(40)}\u{10ffff}z`, '\ue000', '😀', 'plain'];
    const rows = notes.map((note, id) => [id, 'a', id, note] as const);
    await table.append({ ...sales(...rows), partitionBy: ['day'] });
    for (const [day, , id, note] of rows) {
      expect([find('found', 'day', day), find('found', 'id', id), find('found', 'note', note)]).toEqual([
        1, 1, 1,
      ]);
    }
    expect(find('found', 'id', 77)).toBe(0);
  });
});

describe('we read', () => {
  it('what delta-rs appends to our partitions, and write on', async () => {
    const table = openTable(store, 'shared', countingEnvironment());
    await table.append({ ...sales([1, 'a b', 1, 'x']), partitionBy: ['day', 'shop'] });
    appendByDeltaRs('shared', [
      { day: 1, shop: 'a b', id: 2, note: null },
      { day: 5, shop: 'c/d %', id: 3, note: 'theirs' },
    ]);
    expect(sorted(await readByUs('shared'))).toEqual(sorted(readByDeltaRs('shared')));
    await table.merge({
      ...sales([5, 'c/d %', 3, 'ours']),
      key: ['day', 'shop', 'id'],
      upserts: sales([5, 'c/d %', 3, 'ours']).batches,
    });
    await table.delete({ where: { op: '=', column: 'shop', value: 'a b' } });
    appendByDeltaRs('shared', [{ day: 7, shop: null, id: 4, note: 'late' }]);
    const rows = await readByUs('shared');
    expect(sorted(rows)).toEqual(sorted(readByDeltaRs('shared')));
    expect(rows.map(({ id, note }) => `${id} ${note}`).sort()).toEqual(['3 ours', '4 late']);
  });
});

type JsonRow = Record<string, unknown>;

function appendByDeltaRs(table: string, rows: readonly JsonRow[]): void {
  runDeltaRs(APPEND, join(root, table), JSON.stringify(rows));
}

function find(table: string, column: string, value: unknown): number {
  return Number(runDeltaRs(FIND, join(root, table), JSON.stringify([column, value])));
}

function readByDeltaRs(table: string, version?: number): JsonRow[] {
  const args = [script, 'rows', join(root, table), ...(version === undefined ? [] : [`${version}`])];
  const lines = execFileSync(python, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonRow);
}

async function readByUs(table: string, version?: number): Promise<JsonRow[]> {
  const snapshot = await loadSnapshot(store, table, version === undefined ? {} : { version });
  return (await rowsOf(store, snapshot)).map((row) => asJson(snapshot.schema, row));
}
