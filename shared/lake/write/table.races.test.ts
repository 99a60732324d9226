import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import { txnVersion } from '../log/snapshot.ts';
import { batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, ORDERS, orders } from '../testing.ts';
import { openTable } from './table.ts';

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
