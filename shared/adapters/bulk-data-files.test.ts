import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchOfRows,
  type DataFileTarget,
  field,
  memoryObjectStore,
  type ObjectStore,
  type Predicate,
  parquetDataFiles,
  type ScanFile,
  schemaOf,
} from '../lake/index.ts';
import { type BulkThresholds, bulkDataFiles } from './bulk-data-files.ts';

const SCHEMA = schemaOf(field('n', 'integer'));

function batchOf(...values: readonly number[]): Batch {
  return batchOfRows(
    SCHEMA,
    values.map((n) => ({ n })),
  );
}

/** Each side has a store of its own, so that its files tell who wrote them. */
function open(writtenRows: number, bytes: Partial<BulkThresholds> = {}) {
  const stores = { bulk: memoryObjectStore(), few: memoryObjectStore() };
  let ids = 0;
  const target: DataFileTarget = {
    table: 't',
    schema: SCHEMA,
    partitionValues: {},
    now: () => 0,
    newId: () => `${ids++}`,
  };
  const bulk = {
    ...parquetDataFiles(stores.bulk),
    takes: (schema: typeof SCHEMA) => schema.fields.every(({ name }) => name === 'n'),
    close: async () => undefined,
  };
  const thresholds = { writtenRows, readBytes: 0, filteredBytes: 0, rewrittenBytes: 0, ...bytes };
  const dataFiles = bulkDataFiles(bulk, parquetDataFiles(stores.few), thresholds);
  const filesIn = async (store: ObjectStore): Promise<number> => (await store.list('')).length;
  const written = async () => ({ bulk: await filesIn(stores.bulk), few: await filesIn(stores.few) });
  return { dataFiles, target, written, stores };
}

describe('bulk data files', () => {
  it.each([
    ['few rows', [batchOf(1), batchOf(2)], { bulk: 0, few: 1 }],
    ['many rows', [batchOf(1), batchOf(2), batchOf(3), batchOf(4)], { bulk: 1, few: 0 }],
    ['no rows', [], { bulk: 0, few: 0 }],
  ])('send %s where they are written faster, and lose none', async (_, batches, expected) => {
    const { dataFiles, target, written } = open(3);
    const { rows } = await dataFiles.write(target, batches);
    expect(rows).toBe(batches.length);
    expect(await written()).toEqual(expected);
  });

  it('do not read ahead of what decides, and end a source that fails to be written', async () => {
    const { dataFiles, target } = open(2);
    let isEnded = false;
    async function* source(): AsyncGenerator<Batch> {
      try {
        for (let n = 0; ; n += 1) yield n < 3 ? batchOf(n) : { rowCount: 1, columns: { n: ['no number'] } };
      } finally {
        isEnded = true;
      }
    }
    await expect(dataFiles.write(target, source())).rejects.toMatchObject({ code: 'lake_value_invalid' });
    expect(isEnded).toBe(true);
  });

  it('leave tables that the bulk side does not take to the other', async () => {
    const { dataFiles, target, written } = open(1);
    const schema = schemaOf(...SCHEMA.fields, field('other', 'long'));
    await dataFiles.write({ ...target, schema }, [batchOf(1)]);
    expect(await written()).toEqual({ bulk: 0, few: 1 });
  });

  it('read, filter and rewrite by the size of the files', async () => {
    const thresholds = { readBytes: 3_000, filteredBytes: 2_000, rewrittenBytes: 1_000 };
    const { dataFiles, target, stores } = open(1, thresholds);
    const { adds } = await dataFiles.write(target, [batchOf(1, 2)]);
    const files = (size: number): ScanFile[] =>
      adds.map((add) => ({ add: { ...add, size }, path: `t/${add.path}`, partition: {}, deleted: null }));
    const rowsOf = async (size: number, where?: Predicate): Promise<number> => {
      let rows = 0;
      const request = { files: files(size), schema: SCHEMA, tableSchema: SCHEMA };
      for await (const batch of dataFiles.read(where === undefined ? request : { ...request, where })) {
        rows += batch.rowCount;
      }
      return rows;
    };
    const first: Predicate = { op: '=', column: 'n', value: 1 };
    // Only the bulk side has the file.
    const missing = { code: 'lake_data_file_missing' };
    expect(await rowsOf(3_000)).toBe(2);
    await expect(rowsOf(2_999)).rejects.toMatchObject(missing);
    expect(await rowsOf(2_000, first)).toBe(1);
    await expect(rowsOf(1_999, first)).rejects.toMatchObject(missing);
    await dataFiles.rewrite(target, { files: files(1_000), drop: { kind: 'none' } });
    expect((await stores.bulk.list('')).length).toBe(2);
    const few = dataFiles.rewrite(target, { files: files(999), drop: { kind: 'none' } });
    await expect(few).rejects.toMatchObject(missing);
  });
});
