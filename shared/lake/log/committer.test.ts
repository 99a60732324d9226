import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Action } from './actions.ts';
import { commit } from './committer.ts';
import { commitPath } from './log-path.ts';

const actionsOf = (txnId: string): Action[] => [
  { commitInfo: { txnId } },
  { txn: { appId: 'a', version: 1 } },
];

describe('a commit', () => {
  it('is of the first writer of its version', async () => {
    const store = memoryObjectStore();
    expect(await commit(store, 't', 0, actionsOf('one'), 'one')).toEqual({ outcome: 'committed' });
    expect(await commit(store, 't', 0, actionsOf('two'), 'two')).toEqual({
      outcome: 'conflict',
      actions: actionsOf('one'),
    });
    expect(await commit(store, 't', 1, actionsOf('two'), 'two')).toEqual({ outcome: 'committed' });
  });

  it('is ours where the store, asked twice by its client, finds our own object', async () => {
    const store = memoryObjectStore();
    const retrying: ObjectStore = {
      ...store,
      putIfAbsent: async (path, bytes) => {
        await store.putIfAbsent(path, bytes);
        return store.putIfAbsent(path, bytes);
      },
    };
    expect(await commit(retrying, 't', 0, actionsOf('one'), 'one')).toEqual({ outcome: 'committed' });
  });

  it('is ours where only the answer was lost', async () => {
    const store = memoryObjectStore();
    expect(await commit(answerLost(store, true), 't', 0, actionsOf('one'), 'one')).toEqual({
      outcome: 'committed',
    });
  });

  it('is a conflict where the answer was lost and another commit is there', async () => {
    const store = memoryObjectStore();
    await commit(store, 't', 0, actionsOf('rival'), 'rival');
    expect(await commit(answerLost(store, false), 't', 0, actionsOf('one'), 'one')).toEqual({
      outcome: 'conflict',
      actions: actionsOf('rival'),
    });
  });

  it('that did not arrive may be tried again', async () => {
    const store = memoryObjectStore();
    await expect(commit(answerLost(store, false), 't', 3, actionsOf('one'), 'one')).rejects.toMatchObject({
      code: 'lake_commit_failed',
      retryable: true,
      message: 'version 3 of table t could not be written',
    });
    expect(await store.get(commitPath('t', 3))).toBeNull();
  });
});

function answerLost(store: ObjectStore, arrives: boolean): ObjectStore {
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      if (arrives) await store.putIfAbsent(path, bytes);
      throw new Error('socket hang up');
    },
  };
}
