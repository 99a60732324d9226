import { describe, expect, it } from 'vitest';
import { batchOfRows } from './batch.ts';
import { commitPath, lastCheckpointPath } from './log-path.ts';
import { loadSnapshot } from './log-reader.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { field, schemaOf } from './schema.ts';
import { txnVersion } from './snapshot.ts';
import { openTable } from './table.ts';
import { countingEnvironment, idsOf, ORDERS, orders } from './testing.ts';

describe('a transaction of an application', () => {
  const batch = { ...orders(1) };

  it('is stored with the rows', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...batch, txns: [{ appId: 'ingest/x/0', version: 41, expected: null }] });
    const snapshot = await loadSnapshot(store, 't');
    expect(txnVersion(snapshot, 'ingest/x/0')).toBe(41);
    expect(txnVersion(snapshot, 'ingest/x/1')).toBeNull();
    expect(txnVersion(null, 'ingest/x/0')).toBeNull();
  });

  it.each([
    ['is behind what is stored', { version: 40 }, 41],
    ['equals what is stored', { version: 41 }, 41],
    ['was chosen on another stored version', { version: 50, expected: 40 }, 41],
    ['was chosen on none', { version: 50, expected: null }, 41],
  ])('supersedes the write where it %s', async (_, update, storedVersion) => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...batch, txns: [{ appId: 'a', version: 41 }] });
    const objects = (await store.list('')).length;
    const outcome = await table.append({ ...batch, txns: [{ appId: 'a', ...update }] });
    expect(outcome).toEqual({ outcome: 'superseded', appId: 'a', storedVersion });
    expect(await store.list('')).toHaveLength(objects);
  });

  it('supersedes the write too where another process moved it between choice and commit', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(batch);
    const racing = beforeCommit(store, 1, async () => {
      await rival.append({ ...orders(2), txns: [{ appId: 'a', version: 7, expected: null }] });
    });
    const outcome = await openTable(racing, 't', countingEnvironment()).append({
      ...orders(2, 3),
      txns: [{ appId: 'a', version: 9, expected: null }],
    });
    expect(outcome).toEqual({ outcome: 'superseded', appId: 'a', storedVersion: 7 });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2]);
  });
});

describe('a lost race', () => {
  it('is won at the next version by an append, with the same data files', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(orders(1));
    const racing = beforeCommit(store, 1, async () => {
      await rival.append(orders(2));
    });
    const outcome = await openTable(racing, 't', countingEnvironment()).append(orders(3));
    expect(outcome).toMatchObject({ outcome: 'committed', version: 2 });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2, 3]);
    expect((await store.list('t/part-')).length).toBe(3);
  });

  it('makes an overwrite remove what the winner added', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(orders(1));
    const racing = beforeCommit(store, 1, async () => {
      await rival.append(orders(2));
    });
    await openTable(racing, 't', countingEnvironment()).overwrite(orders(9));
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([9]);
  });

  it('for version 0 ends in one table with the rows of both', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 0, async () => {
      await rival.append(orders(1));
    });
    await openTable(racing, 't', countingEnvironment()).append(orders(2));
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2]);
  });

  it('against a schema that no longer takes the rows is refused by name', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(orders(1));
    const rivalSchema = schemaOf(...ORDERS.fields, field('extra', 'string'));
    const ourSchema = schemaOf(...ORDERS.fields, field('extra', 'long'));
    const racing = beforeCommit(store, 1, async () => {
      await rival.append({ schema: rivalSchema, batches: [batchOfRows(rivalSchema, [{ extra: 'x' }])] });
    });
    const write = { schema: ourSchema, batches: [batchOfRows(ourSchema, [{ extra: 1n }])] };
    await expect(openTable(racing, 't', countingEnvironment()).append(write)).rejects.toThrow(
      'column extra is string',
    );
  });

  it('does not happen between writers of one handle, who take turns', async () => {
    const store = memoryObjectStore();
    let attempts = 0;
    const counted: ObjectStore = {
      ...store,
      putIfAbsent: (path, bytes) => {
        attempts++;
        return store.putIfAbsent(path, bytes);
      },
    };
    const table = openTable(counted, 't', countingEnvironment());
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, id) => table.append(orders(id))));
    expect(attempts).toBe(20);
    expect(new Set(outcomes.map((outcome) => outcome.outcome === 'committed' && outcome.version)).size).toBe(
      20,
    );
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toHaveLength(20);
  });

  it('is not handed on: a commit that fails in its turn does not stop the next', async () => {
    const store = memoryObjectStore();
    let failures = 1;
    const failing: ObjectStore = {
      ...store,
      putIfAbsent: (path, bytes) => {
        if (failures-- > 0) throw new Error('disk full');
        return store.putIfAbsent(path, bytes);
      },
    };
    const table = openTable(failing, 't', countingEnvironment());
    const [failed, succeeded] = await Promise.allSettled([table.append(orders(1)), table.append(orders(2))]);
    expect([failed.status, succeeded.status]).toEqual(['rejected', 'fulfilled']);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([2]);
  });

  it('that never ends gives up with the number of attempts', async () => {
    const store = memoryObjectStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(orders(1));
    const contended: ObjectStore = {
      ...store,
      putIfAbsent: async (path, bytes) => {
        await rival.append(orders(2));
        return store.putIfAbsent(path, bytes);
      },
    };
    const table = openTable(contended, 't', countingEnvironment({ maxCommitAttempts: 5 }));
    await expect(table.append(orders(3))).rejects.toMatchObject({
      code: 'lake_commit_contended',
      retryable: true,
      message: expect.stringContaining('lost 5 races'),
    });
  });
});

describe('following a table', () => {
  it('costs one request where nothing was committed, and one more per commit', async () => {
    const { store, counted, requests } = countingStore();
    const writer = openTable(store, 't', countingEnvironment());
    for (let id = 0; id < 30; id++) await writer.append(orders(id));
    const reader = openTable(counted, 't', countingEnvironment());
    await reader.snapshot();
    requests.length = 0;
    expect((await reader.snapshot())?.version).toBe(29);
    expect(requests).toHaveLength(1);
    await writer.append(orders(30));
    await writer.append(orders(31));
    expect((await reader.snapshot())?.version).toBe(31);
    expect(requests).toHaveLength(4);
  });

  it('from far behind lists the log once, and reads as many commits as there are, many at once', async () => {
    const { store, counted, requests, mostAtOnce } = countingStore();
    const writer = openTable(store, 't', countingEnvironment());
    await writer.append(orders(0));
    const reader = openTable(counted, 't', countingEnvironment());
    await reader.snapshot();
    requests.length = 0;
    for (let id = 1; id <= 40; id++) await writer.append(orders(id));
    const snapshot = await reader.snapshot();
    expect(snapshot?.version).toBe(40);
    expect(requests).toHaveLength(40 + 1);
    expect(snapshot && (await idsOf(store, snapshot))).toEqual(Array.from({ length: 41 }, (_, id) => id));
    expect(requests.filter((request) => request.startsWith('list'))).toHaveLength(1);
    expect(mostAtOnce()).toBe(16);
  });

  it('over a commit that is missing is an error, never fewer rows', async () => {
    const store = memoryObjectStore();
    const writer = openTable(store, 't', countingEnvironment());
    await writer.append(orders(0));
    const reader = openTable(store, 't', countingEnvironment());
    await reader.snapshot();
    for (let id = 1; id <= 8; id++) await writer.append(orders(id));
    await store.delete(commitPath('t', 6));
    await expect(reader.snapshot()).rejects.toMatchObject({
      code: 'lake_log_corrupt',
      message: `table t: the log lacks ${commitPath('t', 6)}`,
    });
  });

  it('loads the log afresh after an hour, in which clean-up may have deleted the next commit', async () => {
    const store = memoryObjectStore();
    let time = 1_000_000;
    const environment = countingEnvironment({ now: () => time });
    const reader = openTable(store, 't', environment);
    const writer = openTable(store, 't', countingEnvironment({ now: () => time }));
    await writer.append(orders(0));
    await reader.snapshot();
    for (let id = 1; id <= 10; id++) await writer.append(orders(id));
    for (let version = 0; version < 10; version++) await store.delete(commitPath('t', version));
    time += 3_600_000;
    expect((await reader.snapshot())?.version).toBe(10);
    expect(await store.get(lastCheckpointPath('t'))).not.toBeNull();
  });
});

describe('a write', () => {
  it('costs a look at the log, its data file and its commit; without the look where the caller has just had it', async () => {
    const { counted, requests } = countingStore();
    const table = openTable(counted, 't', countingEnvironment());
    await table.append(orders(1));
    requests.length = 0;
    await table.append(orders(2));
    const [dataFile] = requests.filter((request) => request.startsWith('put t/part-'));
    expect(requests).toEqual([`get ${commitPath('t', 1)}`, dataFile, `putIfAbsent ${commitPath('t', 1)}`]);
    const base = await table.snapshot();
    requests.length = 0;
    await table.append({ ...orders(3), base });
    expect(requests).toEqual([expect.stringMatching(/^put t\/part-/), `putIfAbsent ${commitPath('t', 2)}`]);
  });

  it('that loses a race reads the winner once', async () => {
    const { store, counted, requests } = countingStore();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append(orders(1));
    const racing = beforeCommit(counted, 1, async () => {
      await rival.append(orders(2));
    });
    await openTable(racing, 't', countingEnvironment()).append(orders(3));
    expect(requests.slice(-4)).toEqual([
      `putIfAbsent ${commitPath('t', 1)}`,
      `get ${commitPath('t', 1)}`,
      `get ${commitPath('t', 2)}`,
      `putIfAbsent ${commitPath('t', 2)}`,
    ]);
  });

  it('on a base that others have moved since commits after them', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1));
    const base = await table.snapshot();
    const rival = openTable(store, 't', countingEnvironment());
    await rival.append({ ...orders(2), txns: [{ appId: 'a', version: 7 }] });
    expect(await table.append({ ...orders(3), base })).toMatchObject({ outcome: 'committed', version: 2 });
    const txns = [{ appId: 'a', version: 8, expected: null }];
    expect(await table.append({ ...orders(4), txns, base })).toMatchObject({ outcome: 'superseded' });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2, 3]);
  });
});

/** A store, and a view of it that notes its requests. */
function countingStore() {
  const store = memoryObjectStore();
  const requests: string[] = [];
  let running = 0;
  let most = 0;
  const noted = async <T>(request: string, send: () => Promise<T>): Promise<T> => {
    requests.push(request);
    most = Math.max(most, ++running);
    // Lets requests that are sent together run together.
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return send();
  };
  const counted: ObjectStore = {
    ...store,
    get: (path) => noted(`get ${path}`, () => store.get(path)),
    list: (prefix, after) => noted(`list ${prefix}`, () => store.list(prefix, after)),
    put: (path, bytes) => noted(`put ${path}`, () => store.put(path, bytes)),
    putIfAbsent: (path, bytes) => noted(`putIfAbsent ${path}`, () => store.putIfAbsent(path, bytes)),
  };
  return { store, counted, requests, mostAtOnce: () => most };
}

/** Lets `rival` act once, right before the store is asked for `version` of table `t`. */
function beforeCommit(store: ObjectStore, version: number, rival: () => Promise<void>): ObjectStore {
  let pending = true;
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      if (pending && path === commitPath('t', version)) {
        pending = false;
        await rival();
      }
      return store.putIfAbsent(path, bytes);
    },
  };
}
