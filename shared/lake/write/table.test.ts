import { describe, expect, it } from 'vitest';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { rowCount } from '../log/snapshot.ts';
import { readSnapshot } from '../read/scan.ts';
import { batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { countingEnvironment, idsOf, ORDERS, orders, rowsOf } from '../testing.ts';
import { openTable } from './table.ts';

describe('a table', () => {
  it('does not exist until it is written', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 'raw/orders', countingEnvironment());
    expect(await table.snapshot()).toBeNull();
    await expect(loadSnapshot(store, 'raw/orders')).rejects.toMatchObject({ code: 'lake_table_missing' });
  });

  it('is created by its first append, at the lowest protocol', async () => {
    const store = memoryObjectStore();
    const written = await openTable(store, 'raw/orders', countingEnvironment()).append({
      ...orders(1, 2),
      configuration: { 'delta.checkpointInterval': '50' },
    });
    expect(written).toMatchObject({ outcome: 'committed', version: 0 });
    const snapshot = await loadSnapshot(store, 'raw/orders');
    expect(snapshot.protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
    expect(snapshot.metadata.configuration).toEqual({ 'delta.checkpointInterval': '50' });
    expect(rowCount(snapshot)).toBe(2);
    expect(await rowsOf(store, snapshot)).toEqual([
      { id: 1, amount: '1.50', note: 'order 1 😀' },
      { id: 2, amount: '2.50', note: null },
    ]);
  });

  it('keeps every version readable', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, '', countingEnvironment());
    await table.append(orders(1));
    await table.append(orders(2));
    await table.overwrite(orders(9));
    const versions = [0, 1, 2].map((version) => loadSnapshot(store, '', { version }));
    expect(await Promise.all(versions.map(async (snapshot) => idsOf(store, await snapshot)))).toEqual([
      [1],
      [1, 2],
      [9],
    ]);
  });

  it('is replaced by overwrite in one commit that removes what was there', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1, 2));
    await table.append(orders(3));
    const before = (await table.snapshot())!;
    await table.overwrite({
      ...orders(4),
      txns: [{ appId: 'feature/rfm', version: 7 }],
      userMetadata: '{"raw":12}',
    });
    const after = (await table.snapshot())!;
    expect(await idsOf(store, after)).toEqual([4]);
    expect(after.tombstones.size).toBe(2);
    expect(await idsOf(store, before)).toEqual([1, 2, 3]);
    const log = new TextDecoder().decode((await store.get(commitPath('t', 2))) ?? new Uint8Array());
    expect(log).toContain('"userMetadata":"{\\"raw\\":12}"');
    expect(log).toContain('"isBlindAppend":false');
  });

  it('can be emptied', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1));
    await table.overwrite({ schema: ORDERS, batches: [] });
    const snapshot = await loadSnapshot(store, 't');
    expect(snapshot.files.size).toBe(0);
    expect(await rowsOf(store, snapshot)).toEqual([]);
  });

  it('takes new nullable columns, which are null in older files', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1));
    const wider = schemaOf(...ORDERS.fields, field('email', 'string'));
    const batches = [batchOfRows(wider, [{ id: 2, email: 'a@b' }])];
    expect(await table.append({ schema: wider, batches })).toMatchObject({ outcome: 'committed' });
    const snapshot = await loadSnapshot(store, 't');
    expect(snapshot.schema).toEqual(wider);
    expect(await rowsOf(store, snapshot)).toEqual([
      { id: 1, amount: '1.50', note: 'order 1 😀', email: null },
      { id: 2, amount: null, note: null, email: 'a@b' },
    ]);
    await table.append(orders(3));
    expect(((await table.snapshot()) ?? snapshot).schema).toEqual(wider);
  });

  it.each(['append', 'overwrite', 'merge'] as const)(
    'refuses by %s rows of another type, before it writes anything',
    async (how) => {
      const store = memoryObjectStore();
      const table = openTable(store, 't', countingEnvironment());
      await table.append(orders(1));
      const before = (await store.list('')).length;
      const other = schemaOf(field('id', 'string'));
      const batches = [batchOfRows(other, [{ id: '1' }])];
      const write = { schema: other, batches, key: ['id'], upserts: batches };
      await expect(table[how](write)).rejects.toMatchObject({ code: 'lake_schema_mismatch' });
      expect(await store.list('')).toHaveLength(before);
    },
  );

  it('refuses a column that the schema of its rows does not name', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1));
    const before = (await store.list('')).length;
    const stray = { rowCount: 1, columns: { id: [1], nowhere: [2] } };
    await expect(table.append({ schema: ORDERS, batches: [stray] })).rejects.toThrow('column nowhere');
    expect(await store.list('')).toHaveLength(before);
  });

  it('reads only chosen columns, and refuses one that does not exist', async () => {
    const store = memoryObjectStore();
    const written = await openTable(store, 't', countingEnvironment()).append(orders(1));
    if (written.outcome !== 'committed') throw new Error('not committed');
    const first = await readSnapshot(store, written.snapshot, { columns: ['amount'] }).next();
    expect(first.value?.columns).toEqual({ amount: ['1.50'] });
    await expect(readSnapshot(store, written.snapshot, { columns: ['nope'] }).next()).rejects.toThrow(
      'no column nope',
    );
  });

  it('names the data file that is gone from the store', async () => {
    const store = memoryObjectStore();
    const written = await openTable(store, 't', countingEnvironment()).append(orders(1));
    if (written.outcome !== 'committed') throw new Error('not committed');
    const [file] = [...written.snapshot.files];
    await store.delete(`t/${file?.path}`);
    await expect(rowsOf(store, written.snapshot)).rejects.toMatchObject({ code: 'lake_data_file_missing' });
  });
});
