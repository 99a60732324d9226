import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { type Action, type AddFile, encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { type BatchRow, batchOfRows, rowsOfBatch } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { matches } from '../schema/predicate-match.ts';
import { type Field, field, type Schema, schemaOf, schemaString } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment } from '../testing.ts';
import { readSnapshot } from './scan.ts';
import { mayHoldRows, planScan } from './scan-plan.ts';

const SCHEMA = schemaOf(field('day', 'date'), field('n', 'long'), field('note', 'string'));

interface TableOptions {
  readonly schema?: Schema;
  readonly partitionColumns?: readonly string[];
  readonly configuration?: Readonly<Record<string, string>>;
}

/** A table as another writer left it: only a log, of which every object is counted when it is fetched. */
async function tableOf(
  adds: readonly Partial<AddFile>[],
  { schema = SCHEMA, partitionColumns = ['day'], configuration = {} }: TableOptions = {},
): Promise<{ readonly store: ObjectStore; readonly snapshot: Snapshot; readonly fetched: string[] }> {
  const fetched: string[] = [];
  const memory = memoryObjectStore();
  const mapped = configuration['delta.columnMapping.mode'] !== undefined;
  const actions: Action[] = [
    {
      protocol: mapped
        ? { minReaderVersion: 2, minWriterVersion: 5 }
        : {
            minReaderVersion: 3,
            minWriterVersion: 7,
            readerFeatures: ['deletionVectors'],
            writerFeatures: ['deletionVectors'],
          },
    },
    {
      metaData: {
        id: 'x',
        format: { provider: 'parquet', options: {} },
        schemaString: schemaString(schema),
        partitionColumns,
        configuration,
      },
    },
    ...adds.map((add, index) => ({
      add: {
        path: `f${index}.parquet`,
        partitionValues: {},
        size: 1,
        modificationTime: 0,
        dataChange: true,
        ...add,
      },
    })),
  ];
  await memory.put(commitPath('t', 0), encodeCommit(actions));
  const snapshot = await loadSnapshot(memory, 't');
  const store: ObjectStore = {
    ...memory,
    get: (path) => {
      fetched.push(path);
      return memory.get(path);
    },
  };
  return { store, snapshot, fetched };
}

const on = (day: string | null, stats?: string): Partial<AddFile> => ({
  partitionValues: { day },
  ...(stats === undefined ? {} : { stats }),
});
const between = (min: string, max: string): string =>
  `{"numRecords":2,"minValues":{"n":${min}},"maxValues":{"n":${max}},"nullCount":{"n":0}}`;
const equal = (column: string, value: NonNullable<BatchRow[string]>): Predicate => ({
  op: '=',
  column,
  value,
});

describe('a scan plan', () => {
  it('tells the path, partition and deleted rows of each file, and opens none', async () => {
    const { store, snapshot, fetched } = await tableOf([on('1970-01-02'), { path: 'day=x%20y/f.parquet' }]);
    const { files, schema, pruned } = await planScan(store, snapshot);
    expect(files).toEqual([
      {
        add: expect.objectContaining({ path: 'f0.parquet' }),
        path: 't/f0.parquet',
        partition: { day: 1 },
        deleted: null,
      },
      {
        add: expect.objectContaining({ path: 'day=x%20y/f.parquet' }),
        path: 't/day=x y/f.parquet',
        partition: { day: null },
        deleted: null,
      },
    ]);
    expect({ schema, pruned, fetched }).toEqual({ schema: snapshot.schema, pruned: 0, fetched: [] });
  });

  it('chooses columns in the order asked for', async () => {
    const { store, snapshot } = await tableOf([]);
    const { schema } = await planScan(store, snapshot, { columns: ['note', 'day'] });
    expect(schema.fields.map(({ name }) => name)).toEqual(['note', 'day']);
    await expect(planScan(store, snapshot, { columns: ['nowhere'] })).rejects.toMatchObject({
      code: 'lake_schema_mismatch',
    });
  });

  it.each<[string, Predicate, string[]]>([
    ['partition values', equal('day', 1), ['f0.parquet', 'f1.parquet']],
    ['null partition values', { op: 'is-null', column: 'day' }, ['f3.parquet']],
    ['statistics', equal('n', 9007199254740993n), ['f1.parquet', 'f3.parquet']],
    ['both', { op: 'and', of: [equal('day', 1), equal('n', 9007199254740993n)] }, ['f1.parquet']],
    [
      'either',
      { op: 'or', of: [equal('day', 2), equal('n', 1n)] },
      ['f0.parquet', 'f2.parquet', 'f3.parquet'],
    ],
    ['what is not', { op: 'not', of: { op: '>', column: 'n', value: 5n } }, ['f0.parquet', 'f3.parquet']],
  ])('leaves out files by %s', async (_, where, expected) => {
    const { store, snapshot } = await tableOf([
      on('1970-01-02', between('1', '9')),
      on('1970-01-02', between('9007199254740993', '9007199254740995')),
      on('1970-01-03', between('10', '9007199254740992')),
      on(null),
    ]);
    const plan = await planScan(store, snapshot, { where });
    expect(plan.files.map(({ add }) => add.path)).toEqual(expected);
    expect(plan.pruned).toBe(4 - expected.length);
    const mayHold = mayHoldRows(snapshot, where);
    expect([...snapshot.files].filter(mayHold).map(({ path }) => path)).toEqual(expected);
  });

  it('refuses a condition that does not fit the table', async () => {
    const { store, snapshot } = await tableOf([]);
    for (const where of [equal('nowhere', 1), equal('n', 1)]) {
      await expect(planScan(store, snapshot, { where })).rejects.toMatchObject({
        code: 'lake_predicate_invalid',
      });
    }
  });

  it('knows mapped columns by their physical names, in partition values and statistics', async () => {
    const mapped = (column: Field, physicalName: string, id: number): Field => ({
      ...column,
      metadata: { 'delta.columnMapping.physicalName': physicalName, 'delta.columnMapping.id': id },
    });
    const schema = schemaOf(mapped(field('day', 'date'), 'col-1', 1), mapped(field('n', 'long'), 'col-2', 2));
    const stats = between('5', '9').replaceAll('"n"', '"col-2"');
    const { store, snapshot } = await tableOf([{ partitionValues: { 'col-1': '1970-01-02' }, stats }], {
      schema,
      configuration: { 'delta.columnMapping.mode': 'name' },
    });
    const { files } = await planScan(store, snapshot, { where: equal('n', 5n) });
    expect(files.map(({ partition }) => partition)).toEqual([{ day: 1 }]);
    expect((await planScan(store, snapshot, { where: equal('n', 4n) })).pruned).toBe(1);
    expect((await planScan(store, snapshot, { where: equal('day', 2) })).pruned).toBe(1);
  });

  it('is not misled by a column that is called as a property of every object', async () => {
    const schema = schemaOf(field('constructor', 'integer'));
    const { store, snapshot } = await tableOf([{ stats: '{"numRecords":1,"minValues":{}}' }], {
      schema,
      partitionColumns: [],
    });
    const plan = await planScan(store, snapshot, { where: equal('constructor', 1) });
    expect(plan).toMatchObject({ pruned: 0, files: [{ partition: {} }] });
  });

  it('refuses a file outside the store by name', async () => {
    const { store, snapshot } = await tableOf([{ path: 's3://elsewhere/f.parquet' }]);
    await expect(planScan(store, snapshot)).rejects.toMatchObject({
      code: 'lake_path_unsupported',
      message: expect.stringContaining('s3://elsewhere/f.parquet'),
    });
  });

  it('loads deletion vectors, of the chosen files only', async () => {
    const vector = {
      storageType: 'i',
      pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
      sizeInBytes: 44,
      cardinality: 6,
    };
    const gone = {
      storageType: 'u',
      pathOrInlineDv: '0'.repeat(20),
      offset: 1,
      sizeInBytes: 9,
      cardinality: 1,
    };
    const { store, snapshot, fetched } = await tableOf([
      { ...on('1970-01-02'), deletionVector: vector },
      { ...on('1970-01-03'), deletionVector: gone },
    ]);
    const { files } = await planScan(store, snapshot, { where: equal('day', 1) });
    expect(files[0]?.deleted).toEqual(Uint32Array.of(3, 4, 7, 11, 18, 29));
    expect(fetched).toEqual([]);
    await expect(planScan(store, snapshot)).rejects.toMatchObject({ code: 'lake_data_file_missing' });
  });
});

it('a read with a condition gives the rows for which it is true, whatever files they are in', async () => {
  const row = fc.record({
    n: fc.option(fc.bigInt(-3n, 3n)),
    note: fc.option(fc.constantFrom('', 'a', '😀')),
  });
  const file = fc.record({
    day: fc.option(fc.integer({ min: 0, max: 2 })),
    rows: fc.array(row, { minLength: 1, maxLength: 4 }),
  });
  const comparison = fc.oneof(
    fc.record({
      op: fc.constantFrom('=', '<', '>='),
      column: fc.constant('day'),
      value: fc.integer({ min: 0, max: 2 }),
    }),
    fc.record({ op: fc.constantFrom('=', '<', '>='), column: fc.constant('n'), value: fc.bigInt(-3n, 3n) }),
    fc.record({ op: fc.constant('is-null'), column: fc.constantFrom('day', 'n', 'note') }),
  ) as fc.Arbitrary<Predicate>;
  const where = fc.oneof(
    comparison,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      of: fc.array(comparison, { maxLength: 3 }),
    }) as fc.Arbitrary<Predicate>,
    fc.record({ op: fc.constant('not'), of: comparison }) as fc.Arbitrary<Predicate>,
  );
  let skipped = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 4 }), where, async (files, predicate) => {
      const written = memoryObjectStore();
      const adds: AddFile[] = [];
      for (const { day, rows } of files) {
        const partitionValues = { day: day === null ? null : `1970-01-0${day + 1}` };
        const target = { table: 't', schema: SCHEMA, partitionValues, ...countingEnvironment() };
        adds.push(...(await parquetDataFiles(written).write(target, [batchOfRows(SCHEMA, rows)])).adds);
      }
      const { snapshot } = await tableOf(adds);
      const all = batchOfRows(
        SCHEMA,
        files.flatMap(({ day, rows }) => rows.map((each) => ({ day, ...each }))),
      );
      const match = matches(predicate, SCHEMA);
      const found: BatchRow[] = [];
      for await (const batch of readSnapshot(written, snapshot, { where: predicate }))
        found.push(...rowsOfBatch(batch));
      skipped += (await planScan(written, snapshot, { where: predicate })).pruned;
      expect(sorted(found)).toEqual(sorted(rowsOfBatch(all).filter((_, index) => match(all, index))));
    }),
    { numRuns: 100 },
  );
  expect(skipped).toBeGreaterThan(0);
});

function sorted(rows: readonly BatchRow[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
    )
    .sort();
}
