import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import { txnVersion } from '../log/snapshot.ts';
import { batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, ORDERS, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { compact } from './compact.ts';
import { history } from './history.ts';
import { restore } from './restore.ts';
import { vacuum } from './vacuum.ts';

const HOUR = 3_600_000;
const ALL = { targetFileBytes: 2 ** 20, minInputFiles: 2, settledBefore: Number.MAX_SAFE_INTEGER };

/** Versions 0 to 3, an hour apart: row 1; rows 1, 2; row 9 alone; rows 9, 3. */
async function changedTable(configuration: Readonly<Record<string, string>> = {}) {
  const clock = { now: HOUR };
  const store = memoryObjectStore(() => clock.now);
  const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
  await table.append({ ...orders(1), configuration });
  clock.now += HOUR;
  await table.append({ ...orders(2), txns: [{ appId: 'a', version: 1 }] });
  clock.now += HOUR;
  await table.overwrite({ ...orders(9), txns: [{ appId: 'a', version: 2 }] });
  clock.now += HOUR;
  await table.append(orders(3));
  return { store, table, clock };
}

const newestIds = async (store: ObjectStore) => idsOf(store, await loadSnapshot(store, 't'));

describe('restore', () => {
  it('makes the rows of an older version the newest ones, and keeps the versions in between', async () => {
    const { store, table } = await changedTable();
    const outcome = await restore(table, store, { version: 1 });
    expect(outcome).toMatchObject({
      outcome: 'restored',
      version: 4,
      plan: { adds: { length: 2 }, removes: { length: 2 } },
    });
    expect(await newestIds(store)).toEqual([1, 2]);
    expect(await idsOf(store, await loadSnapshot(store, 't', { version: 3 }))).toEqual([3, 9]);
    expect((await history(store, 't', { limit: 1 }))[0]).toMatchObject({
      operation: 'RESTORE',
      operationParameters: { version: '1' },
      operationMetrics: { numRestoredFiles: '2', numRemovedFiles: '2', numOfFilesAfterRestore: '2' },
    });
  });

  it('takes the version of a time', async () => {
    const { store, table } = await changedTable();
    expect(await restore(table, store, { timestamp: 2.5 * HOUR })).toMatchObject({
      plan: { restored: { version: 1 } },
    });
    expect(await newestIds(store)).toEqual([1, 2]);
  });

  it('can be restored away again', async () => {
    const { store, table } = await changedTable();
    await restore(table, store, { version: 0 });
    await restore(table, store, { version: 3 });
    expect(await newestIds(store)).toEqual([3, 9]);
  });

  it('brings back schema and properties', async () => {
    const { store, table } = await changedTable();
    const wider = schemaOf(...ORDERS.fields, field('channel', 'string'));
    await table.append({ schema: wider, batches: [batchOfRows(wider, [{ id: 5, channel: 'web' }])] });
    await restore(table, store, { version: 3 });
    expect((await loadSnapshot(store, 't')).schema.fields.map(({ name }) => name)).toEqual([
      'id',
      'amount',
      'note',
    ]);
    await restore(table, store, { version: 4 });
    expect((await loadSnapshot(store, 't')).schema.fields.map(({ name }) => name)).toContain('channel');
  });

  it('leaves txns as they are, since what they stand for was read', async () => {
    const { store, table } = await changedTable();
    await restore(table, store, { version: 1 });
    expect(txnVersion(await loadSnapshot(store, 't'), 'a')).toBe(2);
  });

  it('undoes a compaction without a change of rows', async () => {
    const { store, table } = await changedTable();
    await compact(table, store, ALL);
    expect((await loadSnapshot(store, 't')).files.size).toBe(1);
    await restore(table, store, { version: 3 });
    expect((await loadSnapshot(store, 't')).files.size).toBe(2);
    expect(await newestIds(store)).toEqual([3, 9]);
  });

  it('commits nothing where nothing differs, and in a dry run', async () => {
    const { store, table } = await changedTable();
    expect(await restore(table, store, { version: 3 })).toMatchObject({ outcome: 'unchanged' });
    const dry = await restore(table, store, { version: 0 }, { dryRun: true });
    expect(dry).toMatchObject({ outcome: 'planned', plan: { adds: { length: 1 }, removes: { length: 2 } } });
    expect((await loadSnapshot(store, 't')).version).toBe(3);
  });

  it('is decided anew where another has written meanwhile', async () => {
    const { store, table } = await changedTable();
    const racing = beforeCommit(store, 4, async () => {
      await table.append(orders(7));
    });
    const outcome = await restore(openTable(racing, 't', countingEnvironment()), racing, { version: 1 });
    expect(outcome).toMatchObject({ outcome: 'restored', version: 5 });
    expect(await newestIds(store)).toEqual([1, 2]);
  });

  it('is refused where a vacuum has deleted files, which it names', async () => {
    const { store, table, clock } = await changedTable({
      'delta.deletedFileRetentionDuration': 'interval 30 minutes',
    });
    const [first] = [...(await loadSnapshot(store, 't', { version: 0 })).files];
    await vacuum(store, 't', { now: clock.now });
    await expect(restore(table, store, { version: 1 })).rejects.toMatchObject({
      code: 'lake_restore_files_missing',
      message: expect.stringContaining(`of its files 2 are no longer in the store (t/${first!.path}`),
    });
    expect(await newestIds(store)).toEqual([3, 9]);
  });

  it('is refused of versions that are not there, and of no table', async () => {
    const { store, table } = await changedTable();
    await expect(restore(table, store, { version: 8 })).rejects.toMatchObject({
      code: 'lake_version_missing',
    });
    await expect(restore(table, store, { timestamp: 1 })).rejects.toMatchObject({
      code: 'lake_version_missing',
    });
    const nowhere = openTable(store, 'nowhere', countingEnvironment());
    await expect(restore(nowhere, store, { version: 0 })).rejects.toMatchObject({
      code: 'lake_table_missing',
    });
  });

  it('takes no rows from a table that is append only', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...orders(1), configuration: { 'delta.appendOnly': 'true' } });
    await table.append(orders(2));
    await expect(restore(table, store, { version: 0 })).rejects.toMatchObject({ code: 'lake_append_only' });
  });
});
