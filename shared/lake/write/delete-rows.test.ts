import { describe, expect, it } from 'vitest';
import { commitPath } from '../log/log-path.ts';
import type { Predicate } from '../schema/predicate.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { beforeCommit, countingEnvironment, orders } from '../testing.ts';
import { filesOf, idIs, newestIds, tableOf } from './copy-on-write.fixture.ts';
import { openTable } from './table.ts';

const noteIsNull: Predicate = { op: 'is-null', column: 'note' };

describe('a delete', () => {
  it('takes the rows for which its condition is true, and writes only the files that hold one', async () => {
    const { store, table } = await tableOf([1, 2, 3], [4, 5, 6], [7, 8, 9]);
    const [first, second, third] = await filesOf(store);
    const deleted = await table.delete({ where: idIs(5) });
    expect(deleted).toMatchObject({
      outcome: 'committed',
      metrics: { numDeletedRows: 1, numCopiedRows: 2, numRemovedFiles: 1, numAddedFiles: 1 },
    });
    expect(await newestIds(store)).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    const files = await filesOf(store);
    expect(files).toHaveLength(3);
    expect(files).toEqual(expect.arrayContaining([first, third]));
    expect(files).not.toContain(second);
  });

  it('leaves rows for which it is unknown', async () => {
    const { store, table } = await tableOf([1, 2, 3, 4]);
    await table.delete({ where: { op: 'not', of: { op: '=', column: 'note', value: 'order 1 😀' } } });
    expect(await newestIds(store)).toEqual([1, 2, 4]);
    await table.delete({ where: noteIsNull });
    expect(await newestIds(store)).toEqual([1]);
  });

  it('of all rows of a file writes none in its place', async () => {
    const { store, table } = await tableOf([1, 2], [3]);
    const deleted = await table.delete({ where: { op: '<', column: 'id', value: 3 } });
    expect(deleted).toMatchObject({ metrics: { numDeletedRows: 2, numCopiedRows: 0, numAddedFiles: 0 } });
    expect(await filesOf(store)).toHaveLength(1);
  });

  it('that matches nothing is a commit that changes nothing, with its txn', async () => {
    const { store, table } = await tableOf([1, 2]);
    const files = await filesOf(store);
    const txns = [{ appId: 'job', version: 4 }];
    expect(await table.delete({ where: idIs(77), txns })).toMatchObject({ outcome: 'committed', version: 1 });
    expect(await filesOf(store)).toEqual(files);
    expect(await table.delete({ where: idIs(1), txns })).toEqual({
      outcome: 'superseded',
      appId: 'job',
      storedVersion: 4,
    });
  });

  it('says in the log what it deleted', async () => {
    const { store, table } = await tableOf([1, 2]);
    await table.delete({
      where: { op: 'and', of: [idIs(1), { op: 'not', of: noteIsNull }] },
      userMetadata: 'u',
    });
    const log = new TextDecoder().decode((await store.get(commitPath('t', 1))) ?? undefined);
    const [info] = log.split('\n');
    expect(JSON.parse(info!)).toMatchObject({
      commitInfo: {
        operation: 'DELETE',
        operationParameters: { predicate: '["((id = 1) AND (NOT (note IS NULL)))"]' },
        operationMetrics: { numDeletedRows: '1', numCopiedRows: '1' },
        isBlindAppend: false,
        userMetadata: 'u',
      },
    });
  });

  it.each<[string, Predicate, string]>([
    ['a column that is not there', { op: '=', column: 'nope', value: 1 }, 'no column nope'],
    ['a value of another type', { op: '=', column: 'id', value: 'one' }, 'column id is integer'],
  ])('with %s is refused', async (_, where, message) => {
    const { table } = await tableOf([1]);
    await expect(table.delete({ where })).rejects.toThrow(message);
  });

  it('of a table that is not there, or append only, is refused', async () => {
    const store = memoryObjectStore();
    const missing = openTable(store, 'nowhere', countingEnvironment());
    await expect(missing.delete({ where: noteIsNull })).rejects.toMatchObject({ code: 'lake_table_missing' });
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...orders(1), configuration: { 'delta.appendOnly': 'true' } });
    await expect(table.delete({ where: idIs(1) })).rejects.toMatchObject({ code: 'lake_append_only' });
  });

  it('begins again where another writer added rows that match, and leaves nothing behind', async () => {
    const { store } = await tableOf([1, 2], [3, 4]);
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 2, async () => {
      await rival.append(orders(1, 9));
    });
    const deleted = await openTable(racing, 't', countingEnvironment()).delete({ where: idIs(1) });
    expect(deleted).toMatchObject({ outcome: 'committed', version: 3, metrics: { numDeletedRows: 2 } });
    expect(await newestIds(store)).toEqual([2, 3, 4, 9]);
    // Three that were appended, and one with what is left of two of them; what the lost attempt wrote is gone.
    expect(await store.list('t/part-')).toHaveLength(4);
  });

  it('commits the same files after a writer who added rows that cannot match', async () => {
    const { store } = await tableOf([1, 2], [3, 4]);
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 2, async () => {
      await rival.append(orders(50));
    });
    let rewrites = 0;
    const counted: ObjectStore = {
      ...racing,
      put: async (path, bytes) => {
        rewrites++;
        await racing.put(path, bytes);
      },
    };
    const deleted = await openTable(counted, 't', countingEnvironment()).delete({ where: idIs(1) });
    expect(deleted).toMatchObject({ outcome: 'committed', version: 3 });
    expect(rewrites).toBe(1);
    expect(await newestIds(store)).toEqual([2, 3, 4, 50]);
  });

  it('that always loses gives up with the number of attempts', async () => {
    const { store } = await tableOf([1]);
    const rival = openTable(store, 't', countingEnvironment());
    const contended: ObjectStore = {
      ...store,
      putIfAbsent: async (path, bytes) => {
        await rival.append(orders(1));
        return store.putIfAbsent(path, bytes);
      },
    };
    const table = openTable(contended, 't', countingEnvironment({ maxCommitAttempts: 3 }));
    await expect(table.delete({ where: idIs(1) })).rejects.toMatchObject({
      code: 'lake_commit_contended',
      retryable: true,
    });
  });
});
