import { describe, expect, it } from 'vitest';
import type { DataFiles } from '../data-files/data-files.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import { arrayOf, field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { beforeCommit, countingEnvironment, ORDERS, orders, rowsOf, sorted } from '../testing.ts';
import { filesOf, idIs, newestIds, tableOf } from './copy-on-write.fixture.ts';
import { openTable } from './table.ts';
import type { MergeWrite } from './write-requests.ts';

const upsert = (...rows: readonly BatchRow[]): MergeWrite => ({
  schema: ORDERS,
  key: ['id'],
  upserts: [batchOfRows(ORDERS, rows)],
});
const keys = (...ids: readonly number[]) => {
  const schema = schemaOf(ORDERS.fields[0]!);
  return [
    batchOfRows(
      schema,
      ids.map((id) => ({ id })),
    ),
  ];
};

describe('a merge', () => {
  it('creates its table', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    const merged = await table.merge({ ...upsert({ id: 1 }, { id: 2 }), deletes: keys(9) });
    expect(merged).toMatchObject({
      outcome: 'committed',
      version: 0,
      metrics: { numTargetRowsInserted: 2, numTargetRowsUpdated: 0, numTargetRowsDeleted: 0 },
    });
    expect(await newestIds(store)).toEqual([1, 2]);
  });

  it('updates, inserts and deletes by key, and writes only the files that hold one of the keys', async () => {
    const { store, table } = await tableOf([1, 2, 3], [4, 5, 6], [7, 8, 9]);
    const [first] = await filesOf(store);
    const merged = await table.merge({
      ...upsert({ id: 5, amount: '0.01', note: 'new' }, { id: 50, amount: '0.02', note: null }),
      deletes: keys(7, 8, 77),
    });
    expect(merged).toMatchObject({
      outcome: 'committed',
      metrics: {
        numSourceRows: 5,
        numTargetRowsUpdated: 1,
        numTargetRowsInserted: 1,
        numTargetRowsDeleted: 2,
        numTargetRowsCopied: 3,
        numOutputRows: 5,
        numTargetFilesRemoved: 2,
        numTargetFilesAdded: 2,
      },
    });
    const rows = await rowsOf(store, await loadSnapshot(store, 't'));
    expect(rows.map((row) => row.id).sort()).toEqual([1, 2, 3, 4, 5, 50, 6, 9]);
    expect(rows.find((row) => row.id === 5)).toEqual({ id: 5, amount: '0.01', note: 'new' });
    expect(await filesOf(store)).toContain(first);
  });

  it('finds keys of several columns, of any spelling, and null', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    const schema = schemaOf(field('a', 'decimal(10,2)'), field('b', 'string'), field('v', 'integer'));
    const merge = (...rows: readonly BatchRow[]) =>
      table.merge({ schema, key: ['a', 'b'], upserts: [batchOfRows(schema, rows)] });
    await merge({ a: '1.5', b: 'x', v: 1 }, { a: '1.5', b: null, v: 2 }, { a: null, b: 'x', v: 3 });
    await merge({ a: '1.50', b: 'x', v: 10 }, { a: null, b: 'x', v: 30 }, { a: '2', b: null, v: 40 });
    const rows = await rowsOf(store, await loadSnapshot(store, 't'));
    expect(sorted(rows)).toEqual(
      sorted([
        { a: '1.50', b: 'x', v: 10 },
        { a: '1.50', b: null, v: 2 },
        { a: null, b: 'x', v: 30 },
        { a: '2.00', b: null, v: 40 },
      ]),
    );
  });

  it('rewrites files in the order of their keys, in which readers then find them', async () => {
    const store = memoryObjectStore();
    const inner = parquetDataFiles(store);
    const rewritten: string[] = [];
    const dataFiles: DataFiles = {
      ...inner,
      rewrite: (target, request) => {
        for (const { add } of request.files)
          rewritten.push(/"minValues":\{"id":(\d+)/.exec(add.stats ?? '')?.[1] ?? '');
        return inner.rewrite(target, request);
      },
    };
    const table = openTable(store, 't', countingEnvironment({ dataFiles }));
    for (const ids of [
      [30, 31],
      [10, 11],
      [200, 201],
      [20, 21],
    ])
      await table.append(orders(...ids));
    await table.merge({ ...upsert({ id: 10 }, { id: 31 }, { id: 201 }), deletes: keys(20) });
    expect(rewritten).toEqual(['10', '20', '30', '200']);
    const rows = await rowsOf(store, await loadSnapshot(store, 't'));
    expect(rows.map(({ id }) => id)).toEqual([11, 21, 30, 200, 10, 31, 201]);
  });

  it('keeps the nested values of rows that it copies', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    const schema = schemaOf(
      field('id', 'integer'),
      field('who', schemaOf(field('name', 'string'), field('tags', arrayOf('string', true)))),
      field('rates', { type: 'map', keyType: 'long', valueType: 'decimal(10,2)', valueContainsNull: true }),
    );
    const kept = {
      id: 1,
      who: { name: null, tags: ['a', null] },
      rates: [
        [7n, '1.50'],
        [8n, null],
      ],
    };
    const batches = [batchOfRows(schema, [kept, { id: 2, who: null, rates: [] }, { id: 3 }])];
    await table.append({ schema, batches });
    await table.delete({ where: idIs(3) });
    await table.merge({
      schema,
      key: ['id'],
      upserts: [batchOfRows(schema, [{ id: 2, who: { name: 'x', tags: [] } }])],
    });
    expect(await rowsOf(store, await loadSnapshot(store, 't'))).toEqual([
      kept,
      { id: 2, who: { name: 'x', tags: [] }, rates: null },
    ]);
  });

  it('brings new nullable columns', async () => {
    const { store, table } = await tableOf([1, 2]);
    const wider = schemaOf(...ORDERS.fields, field('email', 'string'));
    const upserts = [batchOfRows(wider, [{ id: 2, email: 'a@b' }])];
    await table.merge({ schema: wider, key: ['id'], upserts });
    const snapshot = await loadSnapshot(store, 't');
    expect(snapshot.schema).toEqual(wider);
    expect(sorted(await rowsOf(store, snapshot))).toEqual(
      sorted([
        { id: 1, amount: '1.50', note: 'order 1 😀', email: null },
        { id: 2, amount: null, note: null, email: 'a@b' },
      ]),
    );
  });

  it.each<[string, Partial<MergeWrite>, string]>([
    ['upserts a key twice', upsert({ id: 1 }, { id: 1 }), 'key (id) = 1 comes twice'],
    ['upserts and deletes a key', { ...upsert({ id: 1 }), deletes: keys(1) }, 'is upserted and deleted'],
    ['has no key', { key: [] }, 'at least one column'],
    ['has a key that is no column', { key: ['nope'] }, 'key column nope'],
  ])('that %s is refused before anything is written', async (_, parts, message) => {
    const { store, table } = await tableOf([1]);
    const before = (await store.list('')).length;
    await expect(table.merge({ ...upsert({ id: 1 }), ...parts })).rejects.toThrow(message);
    expect(await store.list('')).toHaveLength(before);
  });

  it('may insert into an append-only table, and not update', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...orders(1), configuration: { 'delta.appendOnly': 'true' } });
    expect(await table.merge(upsert({ id: 2 }))).toMatchObject({ outcome: 'committed' });
    await expect(table.merge(upsert({ id: 1 }))).rejects.toMatchObject({ code: 'lake_append_only' });
  });

  it('begins again where another writer changed its keys, with the same files of new rows', async () => {
    const { store } = await tableOf([1, 2], [3, 4]);
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 2, async () => {
      await rival.merge(upsert({ id: 1, note: 'rival' }, { id: 9, note: 'rival' }));
    });
    const merged = await openTable(racing, 't', countingEnvironment()).merge(upsert({ id: 1, note: 'ours' }));
    expect(merged).toMatchObject({ outcome: 'committed', version: 3, metrics: { numTargetRowsUpdated: 1 } });
    const rows = await rowsOf(store, await loadSnapshot(store, 't'));
    expect(rows.map(({ id, note }) => `${id} ${note}`).sort()).toEqual([
      '1 ours',
      '2 null',
      '3 order 3 😀',
      '4 null',
      '9 rival',
    ]);
  });

  it('for version 0 ends in one table with the rows of both', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 0, async () => {
      await rival.merge(upsert({ id: 1, note: 'rival' }, { id: 2, note: 'rival' }));
    });
    await openTable(racing, 't', countingEnvironment()).merge(upsert({ id: 2, note: 'ours' }));
    expect(await newestIds(store)).toEqual([1, 2]);
  });

  it('outruns the appends of its own handle', async () => {
    const { store, table } = await tableOf([1]);
    const merges = Array.from({ length: 5 }, (_, turn) => table.merge(upsert({ id: 1, note: `${turn}` })));
    const appends = Array.from({ length: 20 }, (_, id) => table.append(orders(id + 100)));
    const outcomes = await Promise.all([...merges, ...appends]);
    expect(outcomes.every(({ outcome }) => outcome === 'committed')).toBe(true);
    expect(await newestIds(store)).toHaveLength(21);
  });
});
