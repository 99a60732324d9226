import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arrayOf,
  type Batch,
  type BatchRow,
  batchOfRows,
  type DataFiles,
  type DataFileTarget,
  type DataType,
  field,
  parquetDataFiles,
  rowsOfBatch,
  type ScanFile,
  type Schema,
  schemaOf,
  type Value,
} from '../lake/index.ts';
import { type BulkDataFiles, openDuckDbDataFiles } from './duckdb-data-files.ts';
import { type FolderStore, openFolderStore } from './fs-object-store.ts';
import { filesOfFolder } from './store-files.ts';

let root = '';
let store: FolderStore;
let duckDb: BulkDataFiles;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'duckdb-engine-'));
  store = await openFolderStore(join(root, 'lake'));
  duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(root, 'spill') });
});
afterAll(async () => {
  await duckDb.close();
  await rm(root, { recursive: true });
});

let ids = 0;
function target(schema: Schema, overrides: Partial<DataFileTarget> = {}): DataFileTarget {
  ids += 1;
  const table = `table-${ids}`;
  return { table, schema, partitionValues: {}, now: () => 0, newId: () => `${ids++}`, ...overrides };
}

async function write(
  dataFiles: DataFiles,
  to: DataFileTarget,
  batches: readonly Batch[],
): Promise<ScanFile[]> {
  const { adds } = await dataFiles.write(to, batches);
  return adds.map((add) => ({ add, path: `${to.table}/${add.path}`, partition: {}, deleted: null }));
}

async function rowsOf(files: readonly ScanFile[], schema: Schema): Promise<Record<string, Value>[]> {
  const rows: Record<string, Value>[] = [];
  for await (const batch of duckDb.read({ files, schema, tableSchema: schema }))
    rows.push(...rowsOfBatch(batch));
  return rows.sort((a, b) => Number(a.n) - Number(b.n));
}

describe('rows of several vectors', () => {
  /** Of a vector's 2,048 rows none is like its neighbours, and row 0 of each is null once. */
  const column = (type: DataType, give: (n: number) => Value) => [type, give] as const;
  it.each([
    column('string', (n) => 'x'.repeat(n % 40)),
    column('string', (n) => `${n % 7 === 0 ? '' : 'é😀'.repeat(n % 9)}${n}`),
    column('string', (n) => ['pending', 'paid', 'é', ''][n % 4] ?? null),
    column('binary', (n) => Uint8Array.from({ length: n % 30 }, (_, i) => i + n)),
    column('decimal(15,3)', (n) => `${n % 2 === 0 ? '-' : ''}${n}.${`${n % 1000}`.padStart(3, '0')}`),
    column('decimal(4,4)', (n) => `0.${`${n % 10_000}`.padStart(4, '0')}`),
    column('decimal(38,0)', (n) => `${(n % 2 === 0 ? -1n : 1n) * (10n ** 37n + BigInt(n))}`),
    column(arrayOf('float', true), (n) => Array.from({ length: n % 5 }, (_, i) => (i === 3 ? null : n + i))),
    column(arrayOf('string'), (n) =>
      Array.from({ length: n % 4 }, (_, i) => 'long enough to point '.repeat(i)),
    ),
    column(arrayOf(arrayOf('long')), (n) => [[BigInt(n)], [], [1n, 2n]].slice(0, n % 4)),
  ])('of type %j come back', async (type, give) => {
    const schema = schemaOf(field('n', 'integer'), field('c', type));
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n, c: n % 11 === 0 ? null : give(n) }));
    const batches = [rows.slice(0, 2_500), rows.slice(2_500)].map((part) => batchOfRows(schema, part));
    expect(await rowsOf(await write(duckDb, target(schema), batches), schema)).toEqual(rows);
  });

  it('come as typed arrays where no value is null', async () => {
    const schema = schemaOf(field('n', 'integer'), field('l', 'long'), field('d', 'double'));
    const rows = Array.from({ length: 3_000 }, (_, n) => ({
      n,
      l: BigInt(n),
      d: n === 2_999 ? null : n / 3,
    }));
    const files = await write(duckDb, target(schema), [batchOfRows(schema, rows)]);
    const batches: Batch[] = [];
    for await (const batch of duckDb.read({ files, schema, tableSchema: schema })) batches.push(batch);
    expect(batches).toHaveLength(1);
    const { n, l, d } = batches[0]!.columns;
    expect([n, l, d].map((values) => values?.constructor.name)).toEqual([
      'Int32Array',
      'BigInt64Array',
      'Array',
    ]);
  });
});

describe('statistics', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '~', '\u007f', 'é', '😀', '\u{10ffff}', '\ue000'),
    maxLength: 90,
  });
  const row = fc.record({
    s: fc.option(text),
    d: fc.option(fc.double()),
    f: fc.option(fc.float()),
    l: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    m: fc.option(fc.bigInt(-(10n ** 9n), 10n ** 9n).map((cents) => `${cents}`)),
    // From year 1 to beyond 9999, which has no agreed text.
    at: fc.option(fc.bigInt(-62_135_596_800_000_000n, 2n ** 58n)),
    day: fc.option(fc.integer({ min: -719_162, max: 4_000_000 })),
    b: fc.option(fc.boolean()),
    v: fc.option(fc.array(fc.integer(), { maxLength: 3 })),
  });
  const schema = schemaOf(
    field('s', 'string'),
    field('d', 'double'),
    field('f', 'float'),
    field('l', 'long'),
    field('m', 'decimal(20,0)'),
    field('at', 'timestamp'),
    field('day', 'date'),
    field('b', 'boolean'),
    field('v', arrayOf('integer')),
  );

  it('are those that the writer in JavaScript gives', async () => {
    const javaScript = parquetDataFiles(store);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        const batches = [batchOfRows(schema, rows as BatchRow[])];
        const [theirs, ours] = [
          await write(javaScript, target(schema), batches),
          await write(duckDb, target(schema), batches),
        ];
        expect(ours[0]?.add.stats).toBe(theirs[0]?.add.stats);
      }),
      { numRuns: 60 },
    );
  });

  it('cover what the table asks for', async () => {
    const files = await write(duckDb, target(schema, { indexedColumns: 2 }), [
      batchOfRows(schema, [{ l: 1n }]),
    ]);
    expect(files[0]?.add.stats).toBe(
      '{"numRecords":1,"minValues":{},"maxValues":{},"nullCount":{"s":1,"d":1}}',
    );
  });
});

describe('new files', () => {
  const schema = schemaOf(field('n', 'integer'));
  const few = batchOfRows(schema, [{ n: 1 }, { n: 2 }]);

  it('have data pages of version 1, compressed by snappy', async () => {
    const [file] = await write(duckDb, target(schema), [few]);
    const bytes = (await store.get(file?.path ?? ''))!;
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
    const chunk = metadata.row_groups[0]?.columns[0]?.meta_data;
    expect(chunk?.codec).toBe('SNAPPY');
    const page = Number(chunk?.data_page_offset);
    // A page header begins with its type: field 1, i32; 0 is DATA_PAGE. https://github.com/apache/parquet-format
    expect([...bytes.slice(page, page + 2)]).toEqual([0x15, 0x00]);
  });

  it('leave nothing behind that is no object, and none where a row is refused', async () => {
    const to = target(schema);
    await write(duckDb, to, [few]);
    const refused = { rowCount: 1, columns: { n: ['no number'] } };
    await expect(duckDb.write(target(schema), [few, refused])).rejects.toMatchObject({
      code: 'lake_value_invalid',
    });
    const stray = { rowCount: 1, columns: { n: [1], m: [1] } };
    await expect(duckDb.write(target(schema), [stray])).rejects.toMatchObject({
      code: 'lake_schema_mismatch',
    });
    const hidden = (await readdir(join(root, 'lake'))).filter((name) => name.startsWith('.tmp-'));
    expect(hidden).toEqual([]);
    expect((await store.list(`${to.table}/`)).length).toBe(1);
  });

  it('are written while others are, and while files are read', async () => {
    const batches = Array.from({ length: 8 }, (_, at) =>
      batchOfRows(
        schema,
        Array.from({ length: 10_000 }, (_, n) => ({ n: at * 10_000 + n })),
      ),
    );
    const written = await Promise.all(batches.map((batch) => write(duckDb, target(schema), [batch])));
    const read = await Promise.all(written.map((files) => rowsOf(files, schema)));
    for (const [at, rows] of read.entries()) {
      expect(rows.map(({ n }) => n)).toEqual(batches[at]?.columns.n);
    }
  });
});

it('a reader may stop early, and closing waits for those that have not', async () => {
  const engine = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(root, 'spill') });
  const schema = schemaOf(field('n', 'integer'));
  const batch = { rowCount: 400_000, columns: { n: Int32Array.from({ length: 400_000 }, (_, n) => n) } };
  const files = await write(engine, target(schema), [batch]);
  const request = { files, schema, tableSchema: schema };
  for await (const { rowCount } of engine.read(request)) {
    expect(rowCount).toBeLessThan(400_000);
    break;
  }
  const reading = (async () => {
    let rows = 0;
    for await (const { rowCount } of engine.read(request)) rows += rowCount;
    return rows;
  })();
  await engine.close();
  expect(await reading).toBe(400_000);
});

it('takes no structs, maps or columns told by an id', () => {
  const point = { type: 'struct' as const, fields: [field('x', 'double')] };
  const map = {
    type: 'map' as const,
    keyType: 'string' as const,
    valueType: 'long' as const,
    valueContainsNull: true,
  };
  const told = { ...field('c', 'long'), metadata: { 'delta.columnMapping.id': 7 } };
  expect(duckDb.takes(schemaOf(field('c', arrayOf('double'))))).toBe(true);
  for (const column of [field('c', point), field('c', map), field('c', arrayOf(point)), told]) {
    expect(duckDb.takes(schemaOf(column))).toBe(false);
  }
});
