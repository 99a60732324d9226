import { describe, expect, it } from 'vitest';
import { commitsOf } from '../log/commit-times.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { logFilesOf, oldestReadable } from '../log/log-segment.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { cleanUpLog } from './log-clean-up.ts';

const HOUR = 3_600_000;

/** One append an hour of the row that has the version's number, checkpoints every five. */
async function tableOf(versions: number, configuration: Readonly<Record<string, string>> = {}) {
  const clock = { now: 0 };
  const store = memoryObjectStore(() => clock.now);
  const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
  const properties = {
    'delta.checkpointInterval': '5',
    'delta.logRetentionDuration': 'interval 6 hours',
    ...configuration,
  };
  for (let version = 0; version < versions; version++) {
    clock.now = version * HOUR;
    await table.append({ ...orders(version), configuration: properties });
  }
  return { store, table, clock };
}

async function copyOf(original: ObjectStore): Promise<ObjectStore> {
  const clock = { now: 0 };
  const copy = memoryObjectStore(() => clock.now);
  for (const { path, modifiedAt } of await original.list('')) {
    clock.now = modifiedAt;
    await copy.put(path, (await original.get(path)) ?? new Uint8Array());
  }
  return copy;
}

const versionsLeft = async (store: ObjectStore) =>
  (await commitsOf(store, 't')).map(({ version }) => version);

describe('log clean-up', () => {
  it('leaves every version readable that it says, and the newest ones without a gap', async () => {
    const { store, clock } = await tableOf(24);
    const report = await cleanUpLog(store, 't', { now: clock.now });
    expect(report).toMatchObject({ cleaned: true, keepFrom: 15 });
    expect(await versionsLeft(store)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23]);
    for (let version = 15; version < 24; version++) {
      const ids = Array.from({ length: version + 1 }, (_, id) => id);
      expect(await idsOf(store, await loadSnapshot(store, 't', { version }))).toEqual(ids);
    }
    expect(await loadSnapshot(store, 't')).toMatchObject({ version: 23 });
  });

  it('leaves readable what it says is available, cut off at any point', async () => {
    const { store: whole, clock } = await tableOf(24);
    const calls = (await cleanUpLog(whole, 't', { now: clock.now, dryRun: true })).files.length;
    expect(calls).toBeGreaterThan(10);
    for (let dyingCall = 1; dyingCall <= calls; dyingCall++) {
      const store = await copyOf(whole);
      let deletions = 0;
      const dying: ObjectStore = {
        ...store,
        delete: async (path) => {
          if (++deletions >= dyingCall) throw new Error('process died');
          await store.delete(path);
        },
      };
      await expect(cleanUpLog(dying, 't', { now: clock.now })).rejects.toThrow('process died');
      const listed = (await store.list('t/_delta_log/')).map(({ path }) => path);
      for (let version = oldestReadable(logFilesOf(listed)) ?? 24; version < 24; version++) {
        expect((await loadSnapshot(store, 't', { version })).files.size).toBe(version + 1);
      }
      await cleanUpLog(store, 't', { now: clock.now });
      expect(await versionsLeft(store)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23]);
    }
  });

  it('changes nothing for a writer that holds a handle, nor for one that opens the table afterwards', async () => {
    const { store, table, clock } = await tableOf(24);
    await cleanUpLog(store, 't', { now: clock.now });
    await table.append(orders(24));
    await openTable(store, 't', countingEnvironment()).append(orders(25));
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toHaveLength(26);
  });

  it('does nothing in a dry run but tell', async () => {
    const { store, clock } = await tableOf(24);
    const before = await store.list('');
    const dry = await cleanUpLog(store, 't', { now: clock.now, dryRun: true });
    expect(await store.list('')).toEqual(before);
    expect(await cleanUpLog(store, 't', { now: clock.now })).toEqual(dry);
  });

  it.each([
    ['the table forbids it', { 'delta.enableExpiredLogCleanup': 'false' }],
    ['everything is young', { 'delta.logRetentionDuration': 'interval 30 days' }],
  ])('does nothing where %s', async (_, configuration) => {
    const { store, clock } = await tableOf(24, configuration);
    expect(await cleanUpLog(store, 't', { now: clock.now })).toEqual({
      cleaned: false,
      keepFrom: null,
      files: [],
    });
    expect(await versionsLeft(store)).toHaveLength(24);
  });

  it('keeps an hour of commits whatever the table says: handles follow the log for as long', async () => {
    const { store, clock } = await tableOf(26, { 'delta.logRetentionDuration': 'interval 0 hours' });
    clock.now = 25 * HOUR + HOUR / 2;
    // Version 25 is half an hour old, its checkpoint as well: the one of version 20 serves it.
    expect(await cleanUpLog(store, 't', { now: clock.now })).toMatchObject({ keepFrom: 20 });
    clock.now = 26 * HOUR;
    expect(await cleanUpLog(store, 't', { now: clock.now })).toMatchObject({ keepFrom: 25 });
  });

  it('is refused of a table that is not there', async () => {
    await expect(cleanUpLog(memoryObjectStore(), 't', { now: 0 })).rejects.toMatchObject({
      code: 'lake_table_missing',
    });
  });
});
