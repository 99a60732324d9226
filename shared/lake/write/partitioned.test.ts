import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, rowsOf, sorted } from '../testing.ts';
import { openTable } from './table.ts';
import type { OverwriteWrite } from './write-requests.ts';

const EVENTS = schemaOf(field('day', 'date'), field('shop', 'string'), field('id', 'integer'));
const PARTITION_BY = ['day', 'shop'];
const dayIs = (value: number): Predicate => ({ op: '=', column: 'day', value });

function events(...rows: readonly (readonly [number | null, string | null, number])[]): OverwriteWrite {
  const batch = batchOfRows(
    EVENTS,
    rows.map(([day, shop, id]) => ({ day, shop, id })),
  );
  return { schema: EVENTS, batches: [batch] };
}

async function written(store: ObjectStore): Promise<string[]> {
  const rows = await rowsOf(store, await loadSnapshot(store, 't'));
  return rows.map(({ day, shop, id }) => `${day} ${shop} ${id}`).sort();
}

function newTable(configuration: Readonly<Record<string, string>> = {}) {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  const create = (write: OverwriteWrite) =>
    table.append({ ...write, partitionBy: PARTITION_BY, configuration });
  return { store, table, create };
}

describe('a partitioned table', () => {
  it('keeps the rows of each partition in files of their own, which lack its columns', async () => {
    const { store, create } = newTable();
    const appended = await create(events([1, 'a', 1], [2, 'a', 2], [1, 'a', 3], [1, null, 4]));
    expect(appended).toMatchObject({ metrics: { numFiles: 3, numOutputRows: 4 } });
    const { files, metadata } = await loadSnapshot(store, 't');
    expect(metadata.partitionColumns).toEqual(PARTITION_BY);
    expect(
      [...files].map(({ path, partitionValues, stats }) => ({
        path: path.replace(/part-.*/, ''),
        partitionValues,
        stats,
      })),
    ).toEqual([
      {
        path: 'day=1970-01-02/shop=a/',
        partitionValues: { day: '1970-01-02', shop: 'a' },
        stats: '{"numRecords":2,"minValues":{"id":1},"maxValues":{"id":3},"nullCount":{"id":0}}',
      },
      {
        path: 'day=1970-01-03/shop=a/',
        partitionValues: { day: '1970-01-03', shop: 'a' },
        stats: '{"numRecords":1,"minValues":{"id":2},"maxValues":{"id":2},"nullCount":{"id":0}}',
      },
      {
        path: 'day=1970-01-02/shop=__HIVE_DEFAULT_PARTITION__/',
        partitionValues: { day: '1970-01-02', shop: null },
        stats: '{"numRecords":1,"minValues":{"id":4},"maxValues":{"id":4},"nullCount":{"id":0}}',
      },
    ]);
    expect(await written(store)).toEqual(['1 a 1', '1 a 3', '1 null 4', '2 a 2']);
  });

  it('gathers the rows of a partition over batches', async () => {
    const { store, create } = newTable();
    const batches = [1, 2, 3, 4].flatMap((id) => [...(events([id % 2, 'a', id]).batches as Iterable<never>)]);
    await create({ schema: EVENTS, batches });
    expect((await loadSnapshot(store, 't')).files.size).toBe(2);
    expect(await written(store)).toEqual(['0 a 2', '0 a 4', '1 a 1', '1 a 3']);
  });

  it('keeps its partitioning: later writes need not name it, and may not name another', async () => {
    const { table, create } = newTable();
    await create(events([1, 'a', 1]));
    expect(await table.append(events([2, 'b', 2]))).toMatchObject({ outcome: 'committed' });
    await expect(table.append({ ...events([2, 'b', 3]), partitionBy: ['day'] })).rejects.toThrow(
      'table t is partitioned by day, shop, the write asks for day',
    );
    await expect(table.append({ ...events([2, 'b', 3]), partitionBy: [] })).rejects.toThrow(
      'asks for nothing',
    );
  });

  it.each([
    ['a column that is not there', ['nope'], 'there is no column nope'],
    ['a column twice', ['day', 'day'], 'named twice'],
    ['all of its columns', ['day', 'shop', 'id'], 'no column is left'],
  ])('is not created by %s', async (_, partitionBy, message) => {
    const { store, table } = newTable();
    await expect(table.append({ ...events([1, 'a', 1]), partitionBy })).rejects.toThrow(message);
    expect(await store.list('')).toEqual([]);
  });

  it('refuses a row of which the partition has no text', async () => {
    const { store, create } = newTable();
    await expect(create(events([1, '', 1]))).rejects.toThrow(
      'partition column shop of type string cannot hold ""',
    );
    await expect(create(events([9e8, 'a', 1]))).rejects.toThrow('cannot hold 900000000');
    expect(await store.list('')).toEqual([]);
  });

  it('refuses rows without its columns', async () => {
    const { table, create } = newTable();
    await create(events([1, 'a', 1]));
    const schema = schemaOf(field('id', 'integer'), field('shop', 'string'));
    const batches = [batchOfRows(schema, [{ id: 1, shop: 'a' }])];
    await expect(table.append({ schema, batches })).rejects.toThrow('lack the partition column day');
  });

  it('has some partitions replaced, with what others wrote there', async () => {
    const { store, table, create } = newTable();
    await create(events([1, 'a', 1], [2, 'a', 2], [1, 'b', 3]));
    const replaced = await table.overwrite({ ...events([1, 'c', 9]), where: dayIs(1) });
    expect(replaced).toMatchObject({ metrics: { numFiles: 1, numRemovedFiles: 2 } });
    expect(await written(store)).toEqual(['1 c 9', '2 a 2']);
    await table.overwrite({ ...events(), where: dayIs(2) });
    expect(await written(store)).toEqual(['1 c 9']);
  });

  it.each<[string, Predicate, string]>([
    [
      'a row that would lie outside',
      dayIs(2),
      'a row of partition day=1, shop=c lies outside of what is replaced: (day = 2)',
    ],
    [
      'a condition on other columns',
      { op: '=', column: 'id', value: 1 },
      'id in its condition is no partition column',
    ],
  ])('refuses to replace partitions with %s', async (_, where, message) => {
    const { store, table, create } = newTable();
    await create(events([1, 'a', 1]));
    const before = (await store.list('')).length;
    await expect(table.overwrite({ ...events([1, 'c', 9]), where })).rejects.toThrow(message);
    expect(await store.list('')).toHaveLength(before);
  });

  it('has partitions deleted without a file being read', async () => {
    const { store, create } = newTable();
    await create(events([1, 'a', 1], [2, 'a', 2], [1, 'b', 3]));
    const reads: string[] = [];
    const watched: ObjectStore = {
      ...store,
      get: async (path) => {
        reads.push(path);
        return store.get(path);
      },
    };
    await openTable(watched, 't', countingEnvironment()).delete({ where: dayIs(1) });
    expect(await written(store)).toEqual(['2 a 2']);
    expect(reads.filter((path) => path.endsWith('.parquet'))).toEqual([]);
  });

  it('has rows deleted within their partitions', async () => {
    const { store, table, create } = newTable();
    await create(events([1, 'a', 1], [1, 'a', 2], [2, 'a', 1], [2, 'a', 2]));
    await table.delete({ where: { op: '=', column: 'id', value: 1 } });
    expect(await written(store)).toEqual(['1 a 2', '2 a 2']);
    const { files } = await loadSnapshot(store, 't');
    expect([...files].map(({ partitionValues }) => partitionValues.day).sort()).toEqual([
      '1970-01-02',
      '1970-01-03',
    ]);
  });

  it('moves a row whose partition a merge changes', async () => {
    const { store, table, create } = newTable();
    await create(events([1, 'a', 1], [1, 'a', 2]));
    const { schema, batches } = events([2, 'b', 1]);
    await table.merge({ schema, key: ['id'], upserts: batches });
    expect(await written(store)).toEqual(['1 a 2', '2 b 1']);
  });

  it('puts files in random folders where its property asks for that', async () => {
    const { store, create } = newTable({
      'delta.randomizeFilePrefixes': 'true',
      'delta.randomPrefixLength': '3',
    });
    await create(events([1, 'a', 1]));
    const [file] = (await loadSnapshot(store, 't')).files;
    expect(file?.path).toMatch(/^[0-9a-f]{3}\/part-/);
    expect(await written(store)).toEqual(['1 a 1']);
  });

  it.each([
    'slash/and\\backslash',
    'percent%20 and + and space',
    'a=b',
    'ünïcödé 😀',
    '.',
    '..',
    '"quoted" \'text\'',
    'tab\tand\nline',
    `${'long'.repeat(100)}`,
    '__HIVE_DEFAULT_PARTITION__',
  ])('takes the value %j', async (shop) => {
    const { store, create } = newTable();
    await create(events([1, shop, 7]));
    expect(sorted(await rowsOf(store, await loadSnapshot(store, 't')))).toEqual(
      sorted([{ day: 1, shop, id: 7 }] satisfies BatchRow[]),
    );
  });
});
