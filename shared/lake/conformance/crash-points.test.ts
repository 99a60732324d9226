import { describe, expect, it } from 'vitest';
import { checkpointPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';

/** Every way in which a process may die at a call to its store: before the call has an effect, or right after. */
const MOMENTS = ['before', 'after'] as const;

const WRITES: readonly (readonly [
  string,
  number,
  (table: Table) => Promise<unknown>,
  readonly number[],
  readonly number[],
])[] = [
  ['the commit that creates the table', 0, (table) => table.append(orders(1)), [], [1]],
  [
    'an append',
    3,
    (table) => table.append({ ...orders(50), txns: [{ appId: 'a', version: 9 }] }),
    [0, 1, 2],
    [0, 1, 2, 50],
  ],
  [
    'an append that is due a checkpoint',
    10,
    (table) => table.append(orders(50)),
    range(10),
    [...range(10), 50],
  ],
  ['an overwrite', 3, (table) => table.overwrite(orders(50)), [0, 1, 2], [50]],
];

describe('a process that dies at any call to the store', () => {
  it.each(WRITES)(
    'in %s leaves the table whole: old rows or new ones',
    async (_, commits, write, before, after) => {
      const calls = await countCalls(commits, write);
      const states = new Set<string>();
      for (const moment of MOMENTS) {
        for (let dyingCall = 1; dyingCall <= calls; dyingCall++) {
          const store = await tableWith(commits);
          await write(openTable(diesAt(store, dyingCall, moment), 't', countingEnvironment())).then(
            () => undefined,
            (error: unknown) => expect(String(error)).toMatch(/process died|could not be written/),
          );
          const rows = await rowsOrNone(store);
          expect([before, after]).toContainEqual(rows);
          states.add(JSON.stringify(rows));

          // A fresh process writes on, at the next version, whatever was left behind.
          const next = await openTable(store, 't', countingEnvironment()).append(orders(99));
          expect(next).toMatchObject({ outcome: 'committed' });
          expect(await rowsOrNone(store)).toEqual([...rows, 99]);
        }
      }
      expect(states.size).toBe(2);
    },
  );

  it('while a checkpoint is half written is no harm: the next commit writes one', async () => {
    const store = await tableWith(10);
    const torn: ObjectStore = {
      ...store,
      put: async (path, bytes) => {
        if (path.endsWith('_last_checkpoint')) throw new Error('process died');
        await store.put(path, bytes);
      },
    };
    await openTable(torn, 't', countingEnvironment()).append(orders(50));
    expect(await store.get(checkpointPath('t', 10))).not.toBeNull();
    expect((await loadSnapshot(store, 't')).checkpointVersion).toBe(10);
    expect(await rowsOrNone(store)).toEqual([...range(10), 50]);
  });
});

async function tableWith(commits: number): Promise<ObjectStore> {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  for (let id = 0; id < commits; id++) await table.append(orders(id));
  return store;
}

async function countCalls(commits: number, write: (table: Table) => Promise<unknown>): Promise<number> {
  let calls = 0;
  const counted = aroundEveryCall(await tableWith(commits), async (call) => {
    calls++;
    return call();
  });
  await write(openTable(counted, 't', countingEnvironment()));
  return calls;
}

/** Once dead, every call fails, as for a process that is gone. */
function diesAt(store: ObjectStore, dyingCall: number, moment: (typeof MOMENTS)[number]): ObjectStore {
  let calls = 0;
  return aroundEveryCall(store, async (call) => {
    calls++;
    if (calls === dyingCall && moment === 'after') await call();
    if (calls >= dyingCall) throw new Error('process died');
    return call();
  });
}

function aroundEveryCall(store: ObjectStore, around: <T>(call: () => Promise<T>) => Promise<T>): ObjectStore {
  return {
    get: (path) => around(() => store.get(path)),
    put: (path, bytes) => around(() => store.put(path, bytes)),
    putIfAbsent: (path, bytes) => around(() => store.putIfAbsent(path, bytes)),
    list: (prefix, after) => around(() => store.list(prefix, after)),
    delete: (path) => around(() => store.delete(path)),
    uri: store.uri,
  };
}

async function rowsOrNone(store: ObjectStore): Promise<unknown[]> {
  const snapshot = await openTable(store, 't', countingEnvironment()).snapshot();
  return snapshot === null ? [] : idsOf(store, snapshot);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
