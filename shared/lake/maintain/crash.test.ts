import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Value } from '../schema/batch.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { compact } from './compact.ts';
import { cleanUpLog } from './log-clean-up.ts';
import { restore } from './restore.ts';
import { vacuum } from './vacuum.ts';

const HOUR = 3_600_000;
const NOW = 30 * HOUR;
const ALL = { targetFileBytes: 2 ** 20, minInputFiles: 2, settledBefore: Number.MAX_SAFE_INTEGER };
const CONFIGURATION = {
  'delta.checkpointInterval': '4',
  'delta.deletedFileRetentionDuration': 'interval 1 hour',
  'delta.logRetentionDuration': 'interval 1 hour',
};

type Work = (store: ObjectStore) => Promise<unknown>;
const open = (store: ObjectStore) => openTable(store, 't', countingEnvironment({ now: () => NOW }));

/** Each with the rows before it and after it. */
const WORKS: readonly (readonly [string, Work, readonly number[], readonly number[]])[] = [
  ['compaction', (store) => compact(open(store), store, ALL), [6, 7, 8, 9], [6, 7, 8, 9]],
  ['restore', (store) => restore(open(store), store, { version: 6 }), [6, 7, 8, 9], [6]],
  ['vacuum', (store) => vacuum(store, 't', { now: NOW }), [6, 7, 8, 9], [6, 7, 8, 9]],
  ['log clean-up', (store) => cleanUpLog(store, 't', { now: NOW }), [6, 7, 8, 9], [6, 7, 8, 9]],
];

/** An overwrite an hour for six hours, then three appends: rows 6 to 9 are left, files of six older versions lie about. */
async function tableInUse(): Promise<ObjectStore> {
  const clock = { now: 0 };
  const store = memoryObjectStore(() => clock.now);
  const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
  for (let id = 0; id < 10; id++) {
    clock.now = (id + 1) * HOUR;
    const write = { ...orders(id), configuration: CONFIGURATION };
    await (id <= 6 ? table.overwrite(write) : table.append(write));
  }
  return store;
}

/** Once dead, every call fails, as for a process that is gone. `dyingCall` null: counts only. */
function dying(store: ObjectStore, dyingCall: number | null, moment: 'before' | 'after') {
  const calls = { count: 0 };
  const around = async <T>(call: () => Promise<T>): Promise<T> => {
    calls.count++;
    if (dyingCall === null) return call();
    if (calls.count === dyingCall && moment === 'after') await call();
    if (calls.count >= dyingCall) throw new Error('process died');
    return call();
  };
  const mortal: ObjectStore = {
    get: (path) => around(() => store.get(path)),
    put: (path, bytes) => around(() => store.put(path, bytes)),
    putIfAbsent: (path, bytes) => around(() => store.putIfAbsent(path, bytes)),
    list: (prefix, after) => around(() => store.list(prefix, after)),
    delete: (path) => around(() => store.delete(path)),
    uri: store.uri,
  };
  return { mortal, calls };
}

const newestIds = async (store: ObjectStore): Promise<Value[]> =>
  idsOf(store, await loadSnapshot(store, 't'));

describe('a process that dies at any call to the store', () => {
  it.each(WORKS)(
    'in %s leaves the rows of before or after, and the next one ends it',
    async (_, work, before, after) => {
      const counting = dying(await tableInUse(), null, 'before');
      await work(counting.mortal);
      expect(counting.calls.count).toBeGreaterThan(5);
      for (const moment of ['before', 'after'] as const) {
        for (let dyingCall = 1; dyingCall <= counting.calls.count; dyingCall++) {
          const store = await tableInUse();
          // A checkpoint that could not be written is no failure of its commit; whatever else there is says why it failed.
          await work(dying(store, dyingCall, moment).mortal).catch((error: unknown) =>
            expect(String(error)).toMatch(/process died|could not be written/),
          );
          const rows = await newestIds(store);
          expect([before, after]).toContainEqual(rows);
          await work(store);
          expect(await newestIds(store)).toEqual(after);
          await open(store).append(orders(99));
          expect(await newestIds(store)).toEqual([...after, 99]);
        }
      }
    },
  );
});
