import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { Action, AddFile } from '../log/actions.ts';
import { decodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { rowCount, txnVersion } from '../log/snapshot.ts';
import { changedFiles } from '../read/change-feed.ts';
import { batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, ORDERS, orders, rowsOf, sorted } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';
import { compact } from './compact.ts';

const ALL = { targetFileBytes: 2 ** 20, minInputFiles: 2, settledBefore: Number.MAX_SAFE_INTEGER };

async function tableOf(commits: number): Promise<{ store: ObjectStore; table: Table }> {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  for (let id = 0; id < commits; id++) await table.append(orders(id));
  return { store, table };
}

const range = (length: number) => Array.from({ length }, (_, id) => id);

async function actionsOf(store: ObjectStore, version: number): Promise<readonly Action[]> {
  const path = commitPath('t', version);
  return decodeCommit((await store.get(path))!, path);
}

const dataFiles = async (store: ObjectStore) =>
  (await store.list('t/')).filter(({ path }) => !path.includes('_delta_log'));

describe('compaction', () => {
  it('joins small files into one with the same rows, statistics and one row group', async () => {
    const { store, table } = await tableOf(20);
    await table.append({ ...orders(20), txns: [{ appId: 'a', version: 7 }] });
    const before = sorted(await rowsOf(store, await loadSnapshot(store, 't')));
    const report = await compact(table, store, ALL);
    expect(report).toMatchObject({ version: 21, filesRemoved: 21, filesAdded: 1 });
    expect(report.bytesAdded).toBeLessThan(report.bytesRemoved);
    const snapshot = await loadSnapshot(store, 't');
    expect(sorted(await rowsOf(store, snapshot))).toEqual(before);
    expect(snapshot.files.size).toBe(1);
    expect(rowCount(snapshot)).toBe(21);
    expect(txnVersion(snapshot, 'a')).toBe(7);
    const [file] = [...snapshot.files] as [AddFile];
    expect(JSON.parse(file.stats!)).toMatchObject({
      numRecords: 21,
      minValues: { id: 0, amount: 0.5 },
      maxValues: { id: 20, amount: 20.5 },
      nullCount: { id: 0, note: 11 },
    });
    const bytes = (await store.get(`t/${file.path}`))!;
    expect(parquetMetadata(bytes.slice().buffer).row_groups).toHaveLength(1);
  });

  it('says of every action that no row changed, stores no txn, and is passed over by a change feed', async () => {
    const { store, table } = await tableOf(3);
    await compact(table, store, ALL);
    const actions = await actionsOf(store, 3);
    expect(actions.filter((action) => 'txn' in action || 'metaData' in action)).toEqual([]);
    const [info] = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []));
    expect(info).toMatchObject({
      operation: 'OPTIMIZE',
      isBlindAppend: false,
      operationMetrics: { numRemovedFiles: '3', numAddedFiles: '1' },
    });
    const changes = actions.map((action) => {
      if ('add' in action) return action.add.dataChange;
      return 'remove' in action ? action.remove.dataChange : null;
    });
    expect(changes.filter((change) => change !== null)).toEqual([false, false, false, false]);
    const feed = await changedFiles(store, 't', { from: 3 });
    expect(feed).toMatchObject({ outcome: 'changes', versions: [{ version: 3, files: [] }] });
  });

  it('has nothing to do twice', async () => {
    const { store, table } = await tableOf(5);
    await compact(table, store, ALL);
    const objects = await store.list('');
    expect(await compact(table, store, ALL)).toMatchObject({ version: 5, bins: [] });
    expect(await store.list('')).toEqual(objects);
  });

  it('goes bin by bin, a commit each, and tells how far it has come', async () => {
    const { store, table } = await tableOf(6);
    const size = [...(await loadSnapshot(store, 't')).files][0]!.size;
    const told: number[][] = [];
    const report = await compact(table, store, {
      ...ALL,
      targetFileBytes: 2 * size + 50,
      onProgress: (...progress) => told.push(progress),
    });
    expect(report.bins.map((bin) => bin.outcome === 'joined' && bin.version)).toEqual([6, 7, 8]);
    expect(told).toEqual([
      [2, 6],
      [4, 6],
      [6, 6],
    ]);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual(range(6));
  });

  it('keeps partitions apart', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    const schema = schemaOf(field('id', 'integer'), field('day', 'string'));
    for (const id of range(6)) {
      const batches = [batchOfRows(schema, [{ id, day: id % 2 === 0 ? null : 'a=b/c' }])];
      await table.append({ schema, batches, partitionBy: ['day'] });
    }
    const before = sorted(await rowsOf(store, await loadSnapshot(store, 't')));
    await compact(table, store, ALL);
    const snapshot = await loadSnapshot(store, 't');
    expect([...snapshot.files].map(({ partitionValues }) => partitionValues.day).sort()).toEqual([
      'a=b/c',
      null,
    ]);
    expect(sorted(await rowsOf(store, snapshot))).toEqual(before);
  });

  it('fills in a column that is younger than a file', async () => {
    const { store, table } = await tableOf(2);
    const schema = schemaOf(...ORDERS.fields, field('channel', 'string'));
    await table.append({ schema, batches: [batchOfRows(schema, [{ id: 2, channel: 'web' }])] });
    await compact(table, store, ALL);
    const rows = await rowsOf(store, await loadSnapshot(store, 't'));
    expect(rows.map(({ channel }) => channel)).toEqual([null, null, 'web']);
  });

  it('only says in a dry run what it would join', async () => {
    const { store, table } = await tableOf(4);
    const objects = await store.list('');
    expect(await compact(table, store, { ...ALL, dryRun: true })).toMatchObject({
      version: 3,
      bins: [{ outcome: 'planned', bin: { files: { length: 4 } } }],
      filesRemoved: 4,
      filesAdded: 1,
    });
    expect(await store.list('')).toEqual(objects);
  });

  it('of a table that is not there is nothing', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    expect(await compact(table, store, ALL)).toMatchObject({ version: null, bins: [] });
  });
});

describe('a compaction that others write beside', () => {
  it('comes after appends, with the rows of all', async () => {
    const { store, table } = await tableOf(4);
    const racing = beforeCommit(store, 4, async () => {
      await table.append(orders(4));
      await table.append({ ...orders(5), txns: [{ appId: 'a', version: 1 }] });
    });
    const compactor = openTable(racing, 't', countingEnvironment());
    expect(await compact(compactor, racing, ALL)).toMatchObject({
      version: 6,
      filesRemoved: 4,
      filesAdded: 1,
    });
    const snapshot = await loadSnapshot(store, 't');
    expect(await idsOf(store, snapshot)).toEqual(range(6));
    expect(snapshot.files.size).toBe(3);
    expect(txnVersion(snapshot, 'a')).toBe(1);
  });

  it('lets an append that it overtakes commit too, with its files unchanged', async () => {
    const { store, table } = await tableOf(4);
    const racing = beforeCommit(store, 4, async () => {
      await compact(table, store, ALL);
    });
    await openTable(racing, 't', countingEnvironment()).append(orders(4));
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual(range(5));
  });

  it('is given up where one of its files was removed, and leaves nothing behind', async () => {
    const { store, table } = await tableOf(4);
    const racing = beforeCommit(store, 4, async () => {
      await table.delete({ where: { op: '=', column: 'id', value: 2 } });
    });
    const report = await compact(openTable(racing, 't', countingEnvironment()), racing, ALL);
    expect(report).toMatchObject({
      version: 3,
      bins: [{ outcome: 'conflict', conflict: { kind: 'concurrent-delete-delete', version: 4 } }],
      filesRemoved: 0,
      filesAdded: 0,
    });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([0, 1, 3]);
    expect(await dataFiles(store)).toHaveLength(4);
  });

  it('is given up for another compaction of the same files', async () => {
    const { store, table } = await tableOf(4);
    const racing = beforeCommit(store, 4, async () => {
      await compact(table, store, ALL);
    });
    const report = await compact(openTable(racing, 't', countingEnvironment()), racing, ALL);
    expect(report.bins).toMatchObject([{ outcome: 'conflict' }]);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual(range(4));
  });

  it('goes on with its other bins after a conflict', async () => {
    const { store, table } = await tableOf(6);
    const size = [...(await loadSnapshot(store, 't')).files][0]!.size;
    const racing = beforeCommit(store, 6, async () => {
      await table.delete({ where: { op: '=', column: 'id', value: 0 } });
    });
    const options = { ...ALL, targetFileBytes: 2 * size + 50 };
    const report = await compact(openTable(racing, 't', countingEnvironment()), racing, options);
    expect(report.bins.map(({ outcome }) => outcome)).toEqual(['conflict', 'joined', 'joined']);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not disturb a reader that opened the table before', async () => {
    const { store, table } = await tableOf(4);
    const opened = await loadSnapshot(store, 't');
    await compact(table, store, ALL);
    expect(await idsOf(store, opened)).toEqual(range(4));
  });
});
