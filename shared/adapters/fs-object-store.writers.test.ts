import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadSnapshot, readSnapshot, rowsOfBatch, txnVersion } from '../lake/index.ts';
import { openFolderStore } from './fs-object-store.ts';

const PROCESSES = 4;
const COMMITS = 25;
const root = await mkdtemp(join(tmpdir(), 'lake-writers-'));
afterAll(() => rm(root, { recursive: true, force: true }));

it('four processes that append to one table at once make contiguous versions and lose no row', async () => {
  const script = new URL('fs-object-store.writer-process.ts', import.meta.url);
  const writers = Array.from({ length: PROCESSES }, (_, writer) =>
    fork(script, [root, `${writer}`, `${COMMITS}`], { execArgv: ['--import', 'tsx'], stdio: 'inherit' }),
  );
  const exits = await Promise.all(writers.map((writer) => once(writer, 'exit')));
  expect(exits.map(([code]) => code as number)).toEqual(writers.map(() => 0));

  const store = await openFolderStore(root);
  const snapshot = await loadSnapshot(store, 'shared');
  expect(snapshot.version).toBe(PROCESSES * COMMITS - 1);
  const log = (await store.list('shared/_delta_log/')).filter((object) => object.path.endsWith('.json'));
  expect(log).toHaveLength(PROCESSES * COMMITS);

  const found: string[] = [];
  for await (const batch of readSnapshot(store, snapshot)) {
    for (const row of rowsOfBatch(batch)) found.push(`${row.writer}/${row.turn}`);
  }
  const expected = writers.flatMap((_, writer) =>
    Array.from({ length: COMMITS }, (_, turn) => `${writer}/${turn}`),
  );
  expect(found.sort()).toEqual(expected.sort());
  for (let writer = 0; writer < PROCESSES; writer++) {
    expect(txnVersion(snapshot, `writer/${writer}`)).toBe(COMMITS - 1);
  }
});
