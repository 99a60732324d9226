import { describe, expect, it } from 'vitest';
import { isCheckpointDue, writeCheckpoint } from '../log/checkpoint.ts';
import { commitsOf } from '../log/commit-times.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';
import { compact } from './compact.ts';
import { cleanUpLog } from './log-clean-up.ts';
import { vacuum } from './vacuum.ts';

const MINUTE = 60_000;
const COMMITS = 2_000;
const COMMIT_EVERY = 10_000;
const MAINTENANCE_EVERY = 10 * MINUTE;
const RETENTION = 60 * MINUTE;
const CONFIGURATION = {
  'delta.checkpointInterval': '20',
  'delta.deletedFileRetentionDuration': 'interval 1 hour',
  'delta.logRetentionDuration': 'interval 1 hour',
};

/** Commits that come while a file is kept, by the clock of the test. */
const COMMITS_RETAINED = RETENTION / COMMIT_EVERY;
const COMMITS_BETWEEN = MAINTENANCE_EVERY / COMMIT_EVERY;

/** Readers that opened the table within the retention; the oldest of them is asked to read again. */
const READERS_KEPT = RETENTION / MAINTENANCE_EVERY;

async function maintain(table: Table, store: ObjectStore, now: number): Promise<void> {
  const settledBefore = now - MINUTE;
  await compact(table, store, { targetFileBytes: 64 * 2 ** 20, minInputFiles: 4, settledBefore });
  const snapshot = (await table.snapshot())!;
  if (isCheckpointDue(snapshot)) await writeCheckpoint(store, snapshot, now);
  await vacuum(store, 't', { now });
  await cleanUpLog(store, 't', { now });
}

interface Sizes {
  readonly active: number;
  readonly data: number;
  readonly log: number;
}

async function sizes(store: ObjectStore, table: Table): Promise<Sizes> {
  const objects = await store.list('t/');
  const log = objects.filter(({ path }) => path.includes('_delta_log'));
  return {
    active: (await table.snapshot())!.files.size,
    data: objects.length - log.length,
    log: log.length,
  };
}

const range = (length: number) => Array.from({ length }, (_, id) => id);

describe('a table that is appended to all the time', () => {
  it('stays small by its maintenance, and readers that opened it before read on', async () => {
    const clock = { now: 0 };
    const store = memoryObjectStore(() => clock.now);
    const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
    const opened: { readonly snapshot: Snapshot; readonly rows: number }[] = [];
    const measured: Sizes[] = [];
    for (let id = 0; id < COMMITS; id++) {
      clock.now = id * COMMIT_EVERY;
      await table.append({ ...orders(id), configuration: CONFIGURATION });
      if (id % COMMITS_BETWEEN !== COMMITS_BETWEEN - 1) continue;
      measured.push(await sizes(store, table));
      opened.push({ snapshot: await loadSnapshot(store, 't'), rows: id + 1 });
      await maintain(table, store, clock.now);
      const reader = opened[opened.length - READERS_KEPT] ?? opened[0]!;
      expect(await idsOf(store, reader.snapshot)).toEqual(range(reader.rows));
    }
    const most = (of: (size: Sizes) => number) => Math.max(...measured.map(of));
    expect(most(({ active }) => active)).toBeLessThanOrEqual(
      COMMITS_BETWEEN + 4 * Math.ceil(Math.log2(COMMITS)),
    );
    expect(most(({ data }) => data)).toBeLessThanOrEqual(COMMITS_RETAINED + 4 * COMMITS_BETWEEN);
    expect(most(({ log }) => log)).toBeLessThanOrEqual(2.5 * COMMITS_RETAINED);

    const snapshot = await loadSnapshot(store, 't');
    expect(await idsOf(store, snapshot)).toEqual(range(COMMITS));
    const commits = await commitsOf(store, 't');
    expect(commits.at(-1)!.version - commits[0]!.version).toBe(commits.length - 1);
  }, 120_000);
});
