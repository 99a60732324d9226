import { describe, expect, it } from 'vitest';
import { checkpointPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { batchOfRows } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, ORDERS, orders } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';
import type { MergeWrite } from '../write/write-requests.ts';

/** Every way in which a process may die at a call to its store: before the call has an effect, or right after. */
const MOMENTS = ['before', 'after'] as const;

interface Crash {
  readonly name: string;
  readonly setUp: (table: Table) => Promise<void>;
  readonly write: (table: Table) => Promise<unknown>;
  /** Ids of the table before and after the write. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const idIs = (value: number): Predicate => ({ op: '=', column: 'id', value });
const merge: MergeWrite = {
  schema: ORDERS,
  key: ['id'],
  upserts: orders(1, 50).batches,
  deletes: [batchOfRows(schemaOf(ORDERS.fields[0]!), [{ id: 2 }])],
};

/** Orders by whether their id is even: their note is null then. */
const partitioned = (...ids: readonly number[]) => ({ ...orders(...ids), partitionBy: ['note'] });

const CRASHES: readonly Crash[] = [
  {
    name: 'the commit that creates the table',
    setUp: appends(0),
    write: (table) => table.append(orders(1)),
    before: [],
    after: [1],
  },
  {
    name: 'an append',
    setUp: appends(3),
    write: (table) => table.append({ ...orders(50), txns: [{ appId: 'a', version: 9 }] }),
    before: [0, 1, 2],
    after: [0, 1, 2, 50],
  },
  {
    name: 'an append that is due a checkpoint',
    setUp: appends(10),
    write: (table) => table.append(orders(50)),
    before: range(10),
    after: [...range(10), 50],
  },
  {
    name: 'an append to several partitions',
    setUp: async (table) => {
      await table.append(partitioned(1, 2, 3));
    },
    write: (table) => table.append(orders(1, 4, 6, 7)),
    before: [1, 2, 3],
    after: [1, 1, 2, 3, 4, 6, 7],
  },
  {
    name: 'an overwrite',
    setUp: appends(3),
    write: (table) => table.overwrite(orders(50)),
    before: [0, 1, 2],
    after: [50],
  },
  {
    name: 'an overwrite of a partition',
    setUp: async (table) => {
      await table.append(partitioned(1, 2, 4));
      await table.append(orders(6, 8));
    },
    write: (table) => table.overwrite({ ...orders(50), where: { op: 'is-null', column: 'note' } }),
    before: [1, 2, 4, 6, 8],
    after: [1, 50],
  },
  {
    name: 'a delete',
    setUp: async (table) => {
      await table.append(orders(1, 2));
      await table.append(orders(3, 4));
      await table.append(orders(4, 5));
    },
    write: (table) => table.delete({ where: idIs(4) }),
    before: [1, 2, 3, 4, 4, 5],
    after: [1, 2, 3, 5],
  },
  {
    name: 'a delete that is due a checkpoint',
    setUp: appends(10),
    write: (table) => table.delete({ where: idIs(4) }),
    before: range(10),
    after: range(10).filter((id) => id !== 4),
  },
  {
    name: 'a merge',
    setUp: async (table) => {
      await table.append(orders(1, 2));
      await table.append(orders(3, 4));
    },
    write: (table) => table.merge(merge),
    before: [1, 2, 3, 4],
    after: [1, 3, 4, 50],
  },
  {
    name: 'a merge that creates the table',
    setUp: appends(0),
    write: (table) => table.merge(merge),
    before: [],
    after: [1, 50],
  },
];

describe('a process that dies at any call to the store', () => {
  it.each(CRASHES)('in $name leaves the table whole: old rows or new ones', async (crash) => {
    const { before, after } = crash;
    const calls = await countCalls(crash);
    const states = new Set<string>();
    for (const moment of MOMENTS) {
      for (let dyingCall = 1; dyingCall <= calls; dyingCall++) {
        const store = await tableOf(crash);
        await crash.write(openTable(diesAt(store, dyingCall, moment), 't', countingEnvironment())).then(
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
  });

  it('while a checkpoint is half written is no harm: the next commit writes one', async () => {
    const store = await tableOf({ setUp: appends(10) });
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

function appends(commits: number): Crash['setUp'] {
  return async (table) => {
    for (let id = 0; id < commits; id++) await table.append(orders(id));
  };
}

async function tableOf({ setUp }: Pick<Crash, 'setUp'>): Promise<ObjectStore> {
  const store = memoryObjectStore();
  await setUp(openTable(store, 't', countingEnvironment()));
  return store;
}

async function countCalls(crash: Crash): Promise<number> {
  let calls = 0;
  const counted = aroundEveryCall(await tableOf(crash), async (call) => {
    calls++;
    return call();
  });
  await crash.write(openTable(counted, 't', countingEnvironment()));
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

/** It does not say that it creates exclusively, so that the probe's calls are among those at which the process dies. */
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
