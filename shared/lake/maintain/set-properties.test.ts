import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { setMissingProperties } from './set-properties.ts';

async function tableWith(configuration: Readonly<Record<string, string>>) {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  await table.append({ ...orders(1), configuration });
  return { store, table };
}

describe('setting the properties that a table lacks', () => {
  it('keeps what it says itself, and everything else', async () => {
    const { store, table } = await tableWith({ a: 'its own' });
    const before = await loadSnapshot(store, 't');
    expect(await setMissingProperties(table, { a: 'another', b: 'set' })).toBe(1);
    const after = await loadSnapshot(store, 't');
    expect(after.metadata).toEqual({ ...before.metadata, configuration: { a: 'its own', b: 'set' } });
    expect([...after.files]).toEqual([...before.files]);
  });

  it('commits nothing where it lacks none', async () => {
    const { store, table } = await tableWith({ a: '1' });
    expect(await setMissingProperties(table, { a: '2' })).toBeNull();
    expect((await loadSnapshot(store, 't')).version).toBe(0);
  });

  it('is decided anew where somebody else changes them meanwhile', async () => {
    const { store, table } = await tableWith({});
    const racing = beforeCommit(store, 1, async () => {
      await setMissingProperties(table, { a: 'theirs' });
    });
    const slow = openTable(racing, 't', countingEnvironment());
    expect(await setMissingProperties(slow, { a: 'ours', b: 'ours' })).toBe(2);
    expect((await loadSnapshot(store, 't')).metadata.configuration).toEqual({ a: 'theirs', b: 'ours' });
  });

  it('lets an append that it overtakes commit after it', async () => {
    const { store, table } = await tableWith({});
    const racing = beforeCommit(store, 1, async () => {
      await setMissingProperties(table, { a: 'set' });
    });
    await openTable(racing, 't', countingEnvironment()).append(orders(2));
    const snapshot = await loadSnapshot(store, 't');
    expect(snapshot.metadata.configuration).toEqual({ a: 'set' });
    expect(await idsOf(store, snapshot)).toEqual([1, 2]);
  });

  it('is refused of a table that is not there', async () => {
    const table = openTable(memoryObjectStore(), 't', countingEnvironment());
    await expect(setMissingProperties(table, {})).rejects.toMatchObject({ code: 'lake_table_missing' });
  });
});
