import { describe, expect, it } from 'vitest';
import { commitPath, lastCheckpointPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, ORDERS, orders } from '../testing.ts';
import { openTable } from './table.ts';

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
    expect(mostAtOnce()).toBeGreaterThanOrEqual(16);
    expect(mostAtOnce()).toBeLessThanOrEqual(64);
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

  it('by key or condition reads only the files that may hold its rows, and writes what they come to', async () => {
    const { counted, requests } = countingStore();
    const table = openTable(counted, 't', countingEnvironment());
    for (const ids of [
      [1, 2],
      [3, 4],
      [5, 6],
    ])
      await table.append(orders(...ids));
    const [, second] = [...(await table.snapshot())!.files];
    const base = await table.snapshot();
    const touched = `get t/${second?.path}`;
    const newFile = expect.stringMatching(/^put t\/part-/);
    requests.length = 0;
    await table.merge({ schema: ORDERS, key: ['id'], upserts: orders(3).batches, base });
    // The upserted row; the keys of the file, then its rows; what is left of it; the commit.
    expect(requests).toEqual([newFile, touched, touched, newFile, `putIfAbsent ${commitPath('t', 3)}`]);
    const [first] = [...(await table.snapshot())!.files];
    requests.length = 0;
    await table.delete({ where: { op: '=', column: 'id', value: 1 } });
    const read = `get t/${first?.path}`;
    expect(requests).toEqual([
      `get ${commitPath('t', 4)}`,
      read,
      read,
      newFile,
      `putIfAbsent ${commitPath('t', 4)}`,
    ]);
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
