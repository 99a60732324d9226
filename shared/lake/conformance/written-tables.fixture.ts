/** A catalogue of tables for other engines to read, each written through what this library offers. */
import type { DataFiles } from '../data-files/data-files.ts';
import { cleanUpLog, compact, openTable, restore, type Table, vacuum, type WriteOutcome } from '../index.ts';
import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, type Schema, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { LakeEnvironment } from '../write/environment.ts';
import {
  idFrom,
  idIs,
  PARTITIONED_QUERIES,
  SALES,
  SALES_QUERIES,
  SHOP_QUERIES,
  sale,
  salesFrom,
} from './sales.fixture.ts';
import { EVERY_TYPE, everyTypeRows, NESTED, nestedRows, TEXTS } from './sample-columns.fixture.ts';

export interface WrittenTable {
  readonly name: string;
  /** Resolves to the rows of the newest version. */
  readonly write: (writer: Writer) => Promise<readonly BatchRow[]>;
  /** Queries by which other engines skip files. */
  readonly where: readonly Predicate[];
  /** Which versions are whole; all where left out. */
  readonly versions?: 'newest';
}

export interface Writer {
  readonly table: Table;
  readonly store: ObjectStore;
  readonly environment: LakeEnvironment;
}

/** @param dataFiles what writes the Parquet files; JavaScript where left out */
export async function writeTable(
  store: ObjectStore,
  path: string,
  { write }: WrittenTable,
  environment: LakeEnvironment,
  dataFiles?: DataFiles,
): Promise<readonly BatchRow[]> {
  const within = dataFiles === undefined ? environment : { ...environment, dataFiles };
  return write({ table: openTable(store, path, within), store, environment: within });
}

const EVERY_TYPE_QUERIES: readonly Predicate[] = [
  { op: '>=', column: 'i', value: 30 },
  { op: '=', column: 'l', value: 9_007_199_254_740_993n },
  { op: '=', column: 'l', value: -(2n ** 63n) },
  { op: '=', column: 's', value: 32_767 },
  { op: '<', column: 'b', value: 0 },
  { op: '=', column: 'day', value: -719_162 },
  { op: '>', column: 'at', value: 1_795_393_913_764_000n },
  { op: '<', column: 'at', value: -1_234_567_890_000_000n },
  { op: '=', column: 'm9', value: '-0.0001' },
  { op: '=', column: 'm18', value: '1234567890123456.78' },
  { op: '=', column: 'm38', value: '9999999999999999999999999999.9999999999' },
  { op: 'is-null', column: 'm38' },
  { op: '=', column: 'ok', value: false },
];

const PARTITION_TYPES: Schema = schemaOf(
  field('ok', 'boolean'),
  field('i', 'integer'),
  field('l', 'long'),
  field('m', 'decimal(20,4)'),
  field('day', 'date'),
  field('at', 'timestamp'),
  field('id', 'integer'),
);

const partitionTypeRows: readonly BatchRow[] = [
  { ok: true, i: 2_147_483_647, l: 2n ** 63n - 1n, m: '1234567890123456.7891', day: -719_162, at: 0n, id: 1 },
  {
    ok: false,
    i: -2_147_483_648,
    l: -(2n ** 63n),
    m: '0.0000',
    day: 2_932_896,
    at: 1_795_393_913_764_467n,
    id: 2,
  },
  { ok: null, i: null, l: null, m: null, day: null, at: null, id: 3 },
  { ok: true, i: 0, l: 9_007_199_254_740_993n, m: '0.0100', day: -1, at: -1_234_567_000n, id: 4 },
];

export const WRITTEN_TABLES: readonly WrittenTable[] = [
  {
    name: 'every_type',
    write: async ({ table }) => {
      await append(table, EVERY_TYPE, everyTypeRows(0, 30));
      await append(table, EVERY_TYPE, everyTypeRows(30, 20));
      return everyTypeRows(0, 50);
    },
    where: EVERY_TYPE_QUERIES,
  },
  {
    name: 'checkpointed',
    write: async ({ table }) => {
      for (let turn = 0; turn < 12; turn++) await append(table, EVERY_TYPE, everyTypeRows(turn * 5, 5));
      return everyTypeRows(0, 60);
    },
    where: EVERY_TYPE_QUERIES,
  },
  {
    name: 'texts',
    write: async ({ table }) => {
      const schema = schemaOf(field('t', 'string'), field('id', 'integer'));
      const rows = TEXTS.map((t, id) => ({ t, id }));
      for (let from = 0; from < rows.length; from += 5)
        await append(table, schema, rows.slice(from, from + 5));
      return rows;
    },
    where: [
      ...TEXTS.map((value): Predicate => ({ op: '=', column: 't', value })),
      { op: '>', column: 't', value: '\uffff' },
      { op: '<=', column: 't', value: '\ue000' },
      { op: '>=', column: 't', value: `${'x'.repeat(31)}xz` },
    ],
  },
  {
    name: 'nested',
    write: async ({ table }) => {
      await append(table, NESTED, nestedRows(0, 9));
      await append(table, NESTED, nestedRows(9, 3));
      await done(table.delete({ where: idIs(4) }));
      return nestedRows(0, 12).filter(({ id }) => id !== 4);
    },
    where: [idIs(1), idFrom(9)],
  },
  {
    name: 'partitioned_by_text',
    write: async ({ table }) => {
      await append(table, SALES, salesFrom(0, 14), ['shop', 'day']);
      await append(table, SALES, salesFrom(14, 3));
      return salesFrom(0, 17);
    },
    where: [...PARTITIONED_QUERIES, ...SHOP_QUERIES],
  },
  {
    name: 'partitioned_by_each_type',
    write: async ({ table }) => {
      await append(table, PARTITION_TYPES, partitionTypeRows, ['ok', 'i', 'l', 'm', 'day', 'at']);
      return partitionTypeRows;
    },
    where: [
      { op: '=', column: 'ok', value: true },
      { op: '>', column: 'i', value: 0 },
      { op: '=', column: 'l', value: 9_007_199_254_740_993n },
      { op: '=', column: 'm', value: '0.0100' },
      { op: '<', column: 'day', value: 0 },
      { op: '>=', column: 'at', value: 0n },
      { op: 'is-null', column: 'at' },
    ],
  },
  {
    name: 'partitioned_by_negative_decimal',
    write: async ({ table }) => {
      const schema = schemaOf(field('m', 'decimal(20,4)'), field('id', 'integer'));
      const rows = [
        { m: '-0.0010', id: 1 },
        { m: '-12.5000', id: 2 },
      ];
      await append(table, schema, rows, ['m']);
      return rows;
    },
    where: [{ op: '=', column: 'm', value: '-12.5000' }],
  },
  {
    name: 'evolved',
    write: async ({ table }) => {
      const wider = schemaOf(...SALES.fields, field('rank', 'long'), field('tag', 'string'));
      await append(table, SALES, salesFrom(0, 4));
      await append(table, wider, [sale(4, { rank: 7n, tag: 'new' })]);
      await append(table, SALES, [sale(5)]);
      return [...salesFrom(0, 4), sale(4, { rank: 7n, tag: 'new' }), sale(5)];
    },
    where: [...SALES_QUERIES, { op: '=', column: 'rank', value: 7n }, { op: 'is-null', column: 'tag' }],
  },
  {
    name: 'merged',
    write: async ({ table }) => {
      await append(table, SALES, salesFrom(0, 8), ['shop']);
      await append(table, SALES, salesFrom(8, 8));
      const moved = sale(3, { shop: 'elsewhere', note: 'moved' });
      const upserts = [moved, sale(9, { note: null }), sale(40)];
      const deletes = [batchOfRows(schemaOf(field('id', 'integer')), [{ id: 0 }, { id: 15 }])];
      await done(
        table.merge({ schema: SALES, key: ['id'], upserts: [batchOfRows(SALES, upserts)], deletes }),
      );
      const gone = new Set([0, 3, 9, 15]);
      return [...salesFrom(0, 16).filter(({ id }) => !gone.has(Number(id))), ...upserts];
    },
    where: [...PARTITIONED_QUERIES, { op: '=', column: 'shop', value: 'elsewhere' }],
  },
  {
    name: 'deleted',
    write: async ({ table }) => {
      await append(table, SALES, salesFrom(0, 8));
      await append(table, SALES, salesFrom(8, 8));
      await done(table.delete({ where: { op: 'in', column: 'id', values: [2, 11] } }));
      await done(table.delete({ where: { op: 'is-null', column: 'note' } }));
      return salesFrom(0, 16).filter(({ id, note }) => note !== null && id !== 2 && id !== 11);
    },
    where: SALES_QUERIES,
  },
  {
    name: 'overwritten_in_part',
    write: async ({ table }) => {
      await append(table, SALES, salesFrom(0, 9), ['day']);
      const rows = [sale(90), sale(93)];
      const where: Predicate = { op: '=', column: 'day', value: 20_000 };
      await done(table.overwrite({ schema: SALES, batches: [batchOfRows(SALES, rows)], where }));
      return [...salesFrom(0, 9).filter(({ day }) => day !== 20_000), ...rows];
    },
    where: PARTITIONED_QUERIES,
  },
  {
    name: 'compacted',
    write: async ({ table, store }) => {
      for (let turn = 0; turn < 9; turn++) await append(table, SALES, salesFrom(turn * 2, 2), ['day']);
      await compacted(table, store);
      await append(table, SALES, [sale(18)]);
      return salesFrom(0, 19);
    },
    where: PARTITIONED_QUERIES,
  },
  {
    name: 'restored',
    write: async ({ table, store }) => {
      await append(table, SALES, salesFrom(0, 4));
      await append(table, SALES, salesFrom(4, 4));
      await done(table.overwrite({ schema: SALES, batches: [batchOfRows(SALES, [sale(70)])] }));
      const { outcome } = await restore(table, store, { version: 1 });
      if (outcome !== 'restored') throw new Error(`restore: ${outcome}`);
      await append(table, SALES, [sale(8)]);
      return salesFrom(0, 9);
    },
    where: SALES_QUERIES,
  },
  {
    name: 'vacuumed_and_cleaned',
    write: async ({ table, store, environment }) => {
      for (let turn = 0; turn < 11; turn++) await append(table, SALES, salesFrom(turn * 2, 2), ['day']);
      await compacted(table, store);
      await done(table.delete({ where: idIs(1) }));
      for (let turn = 0; turn < 9; turn++) await append(table, SALES, [sale(22 + turn)]);
      // Long after, when nothing of the past is within a retention.
      const now = environment.now() + 90 * 86_400_000;
      const cleaned = await cleanUpLog(store, table.path, { now });
      const vacuumed = await vacuum(store, table.path, { now });
      if (cleaned.keepFrom === null || vacuumed.files.length === 0) throw new Error('nothing was cleaned up');
      await append(table, SALES, [sale(31)]);
      return salesFrom(0, 32).filter(({ id }) => id !== 1);
    },
    versions: 'newest',
    where: PARTITIONED_QUERIES,
  },
];

async function append(
  table: Table,
  schema: Schema,
  rows: readonly BatchRow[],
  partitionBy?: readonly string[],
): Promise<void> {
  await done(
    table.append({
      schema,
      batches: [batchOfRows(schema, rows)],
      ...(partitionBy === undefined ? {} : { partitionBy }),
    }),
  );
}

async function compacted(table: Table, store: ObjectStore): Promise<void> {
  const options = {
    targetFileBytes: 2 ** 20,
    minInputFiles: 2,
    settledBefore: Number.MAX_SAFE_INTEGER,
  };
  const { filesRemoved } = await compact(table, store, options);
  if (filesRemoved === 0) throw new Error('nothing was compacted');
}

async function done(writing: Promise<WriteOutcome>): Promise<void> {
  const outcome = await writing;
  if (outcome.outcome !== 'committed') throw new Error(JSON.stringify(outcome));
  if (outcome.checkpointFailure !== undefined) throw outcome.checkpointFailure;
}
