import { describe, expect, it } from 'vitest';
import { encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { countingEnvironment, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { history } from './history.ts';

async function tableOf(versions: number) {
  let clock = 0;
  const store = memoryObjectStore(() => (clock += 1_000));
  const table = openTable(store, 't', countingEnvironment({ engineInfo: 'test' }));
  for (let version = 0; version < versions; version++) {
    await table.append({ ...orders(version), userMetadata: `run ${version}` });
  }
  return store;
}

describe('the history of a table', () => {
  it('tells of each commit, newest first', async () => {
    const store = await tableOf(3);
    const [newest, ...older] = await history(store, 't');
    expect(newest).toMatchObject({
      version: 2,
      operation: 'WRITE',
      operationParameters: { mode: 'Append' },
      operationMetrics: { numOutputRows: '1', numFiles: '1' },
      userMetadata: 'run 2',
      engineInfo: 'test',
    });
    expect(older.map(({ version }) => version)).toEqual([1, 0]);
    expect(newest!.timestamp).toBeGreaterThan(older[0]!.timestamp);
  });

  it('stops at a limit', async () => {
    expect((await history(await tableOf(5), 't', { limit: 2 })).map(({ version }) => version)).toEqual([
      4, 3,
    ]);
  });

  it('begins where log clean-up has left off', async () => {
    const store = await tableOf(12);
    for (const version of [0, 1, 2]) await store.delete(commitPath('t', version));
    expect((await history(store, 't')).map(({ version }) => version).at(-1)).toBe(3);
  });

  it('takes whatever another writer says of its commit, or says nothing of', async () => {
    const store = await tableOf(1);
    const commitInfo = { operation: 'MERGE', operationParameters: { keys: ['id'], n: 3, p: '1=1' } };
    await store.put(commitPath('t', 1), encodeCommit([{ commitInfo } as never]));
    await store.put(commitPath('t', 2), encodeCommit([]));
    expect((await history(store, 't')).slice(0, 2)).toMatchObject([
      { version: 2, operation: null, operationParameters: {}, userMetadata: null, engineInfo: null },
      { version: 1, operation: 'MERGE', operationParameters: { keys: '["id"]', n: '3', p: '1=1' } },
    ]);
  });

  it('is refused of a table that is not there', async () => {
    await expect(history(memoryObjectStore(), 'nowhere')).rejects.toMatchObject({
      code: 'lake_table_missing',
    });
  });
});
