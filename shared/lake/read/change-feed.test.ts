import { describe, expect, it } from 'vitest';
import { type Action, type AddFile, encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { batchOfRows, rowsOfBatch } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, ORDERS, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { changedFiles, readChanges } from './change-feed.ts';

/** Environment and store count time in milliseconds from 1: all of the tests' history is of 1970. */
const NOW = 1_000;

async function tableOf(versions: number): Promise<ObjectStore> {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  for (let version = 0; version < versions; version++)
    await table.append(orders(version * 10, version * 10 + 1));
  return store;
}

/** Commits as another program would; the times are of `NOW`. */
async function commitByHand(store: ObjectStore, actions: readonly Action[]): Promise<void> {
  const { version } = await loadSnapshot(store, 't');
  await store.put(commitPath('t', version + 1), encodeCommit(actions));
}

async function filesOf(store: ObjectStore): Promise<AddFile[]> {
  return [...(await loadSnapshot(store, 't')).files];
}

/** One file takes the place of all, with the same rows, as a compaction would have it. */
async function moveRows(store: ObjectStore, dataChange: boolean, deletionTimestamp = NOW): Promise<void> {
  const files = await filesOf(store);
  await store.put('t/moved.parquet', (await store.get(`t/${files[0]!.path}`))!);
  await commitByHand(store, [
    ...files.map(({ path }) => ({ remove: { path, dataChange, deletionTimestamp } })),
    { add: { ...files[0]!, path: 'moved.parquet', dataChange } },
  ]);
}

async function idsByVersion(store: ObjectStore, from: number, to?: number): Promise<unknown> {
  const changes = await readChanges(store, 't', { from, ...(to === undefined ? {} : { to }) });
  if (changes.outcome === 'unavailable') return changes;
  const versions: [number, unknown[]][] = [];
  for (const { version, batches } of changes.versions) {
    const ids: unknown[] = [];
    for await (const batch of batches) ids.push(...rowsOfBatch(batch).map((row) => row.id));
    versions.push([version, ids]);
  }
  return versions;
}

describe('changes of a table that is appended to', () => {
  it('are the rows of each version, from the first asked for to the last', async () => {
    const store = await tableOf(4);
    expect(await idsByVersion(store, 1, 2)).toEqual([
      [1, [10, 11]],
      [2, [20, 21]],
    ]);
    expect(await idsByVersion(store, 2)).toEqual([
      [2, [20, 21]],
      [3, [30, 31]],
    ]);
  });

  it('are none after the newest version', async () => {
    const store = await tableOf(2);
    expect(await changedFiles(store, 't', { from: 2 })).toMatchObject({
      outcome: 'changes',
      versions: [],
      files: [],
      snapshot: { version: 1 },
    });
  });

  it('have the columns that are asked for, a younger one null in the rows before it', async () => {
    const store = await tableOf(1);
    const wider = schemaOf(...ORDERS.fields, field('channel', 'string'));
    const batches = [batchOfRows(wider, [{ id: 7, channel: 'web' }])];
    await openTable(store, 't', countingEnvironment()).append({ schema: wider, batches });
    const changes = await readChanges(store, 't', { from: 0, columns: ['id', 'channel'] });
    if (changes.outcome === 'unavailable') throw new Error(changes.reason);
    const rows: unknown[] = [];
    for (const { batches } of changes.versions) {
      for await (const batch of batches) rows.push(...rowsOfBatch(batch));
    }
    expect(rows).toEqual([
      { id: 0, channel: null },
      { id: 1, channel: null },
      { id: 7, channel: 'web' },
    ]);
  });

  it('pass over a version that only moves rows, and are still read from the files that it removed', async () => {
    const store = await tableOf(2);
    await moveRows(store, false);
    await openTable(store, 't', countingEnvironment()).append(orders(99));
    expect(await idsByVersion(store, 0)).toEqual([
      [0, [0, 1]],
      [1, [10, 11]],
      [2, []],
      [3, [99]],
    ]);
  });

  it('are unavailable where a version removed rows, from the version after it on', async () => {
    const store = await tableOf(2);
    await moveRows(store, true);
    const refused = { outcome: 'unavailable', reason: 'rows-removed' };
    expect(await changedFiles(store, 't', { from: 0 })).toEqual({ ...refused, oldest: null });
    await openTable(store, 't', countingEnvironment()).append(orders(99));
    expect(await changedFiles(store, 't', { from: 0 })).toEqual({ ...refused, oldest: 3 });
    expect(await idsByVersion(store, 3)).toEqual([[3, [99]]]);
  });

  it('are unavailable where log clean-up deleted their commits', async () => {
    const store = await tableOf(14);
    for (const version of [0, 1, 2]) await store.delete(commitPath('t', version));
    expect(await changedFiles(store, 't', { from: 2 })).toEqual({
      outcome: 'unavailable',
      reason: 'log-expired',
      oldest: 3,
    });
    expect(await idsByVersion(store, 12)).toEqual([
      [12, [120, 121]],
      [13, [130, 131]],
    ]);
  });

  it('are unavailable where a vacuum deleted their files', async () => {
    const store = await tableOf(3);
    const [, second] = await filesOf(store);
    await moveRows(store, false);
    await store.delete(`t/${second!.path}`);
    expect(await changedFiles(store, 't', { from: 0 })).toEqual({
      outcome: 'unavailable',
      reason: 'files-vacuumed',
      oldest: 2,
    });
    expect(await changedFiles(store, 't', { from: 2 })).toMatchObject({
      outcome: 'changes',
    });
  });

  it('do not list the store for files that are live', async () => {
    const store = await tableOf(3);
    const listed: string[] = [];
    const watched: ObjectStore = {
      ...store,
      list: (prefix, after) => {
        listed.push(prefix);
        return store.list(prefix, after);
      },
    };
    const { outcome } = await changedFiles(watched, 't', { from: 0 });
    expect(outcome).toBe('changes');
    expect(new Set(listed)).toEqual(new Set(['t/_delta_log/']));
  });
});
