/** Maintained tables as delta-rs sees them; its interpreter is named by the environment variable DELTALAKE_PYTHON. */
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDeltaRs } from '../../../localstack/e2e/deltalake/run-delta-rs.ts';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable, type Table } from '../write/table.ts';
import { compact } from './compact.ts';
import { history } from './history.ts';
import { cleanUpLog } from './log-clean-up.ts';
import { restore } from './restore.ts';
import { setMissingProperties } from './set-properties.ts';
import { vacuum } from './vacuum.ts';

const DAY = 86_400_000;
const ALL = { targetFileBytes: 2 ** 20, minInputFiles: 2, settledBefore: Number.MAX_SAFE_INTEGER };

let root = '';
let store: ObjectStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deltalake-maintain-'));
  store = await openFolderStore(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Rows 0 to 11, checkpoints every five versions. */
async function tableOf(path: string, now: () => number = Date.now): Promise<Table> {
  const table = openTable(store, path, countingEnvironment({ now }));
  for (let id = 0; id < 12; id++) {
    await table.append({ ...orders(id), configuration: { 'delta.checkpointInterval': '5' } });
  }
  return table;
}

/** Everything that there is of the table is `ms` older afterwards. */
async function age(path: string, ms: number): Promise<void> {
  for (const object of await store.list(`${path}/`)) {
    const time = (object.modifiedAt - ms) / 1_000;
    await utimes(store.uri(object.path), time, time);
  }
}

function deltaRs(path: string, expression: string): unknown {
  const program = `
import json, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
print(json.dumps(${expression}))`;
  return JSON.parse(runDeltaRs(program, store.uri(path)));
}

const idsByDeltaRs = (path: string) => deltaRs(path, `sorted(table.to_pyarrow_table()["id"].to_pylist())`);
const newestIds = async (path: string) => idsOf(store, await loadSnapshot(store, path));

describe('delta-rs reads a table', () => {
  it('after compaction, properties, log clean-up, vacuum and restore, as we do', async () => {
    const table = await tableOf('maintained');
    await compact(table, store, ALL);
    await setMissingProperties(table, { 'delta.logRetentionDuration': 'interval 1 day' });
    expect(idsByDeltaRs('maintained')).toEqual(await newestIds('maintained'));

    await age('maintained', 3 * DAY);
    await table.append(orders(12));
    const cleaned = await cleanUpLog(store, 'maintained', { now: Date.now() });
    expect(cleaned.files.length).toBeGreaterThan(5);
    expect(idsByDeltaRs('maintained')).toEqual(await newestIds('maintained'));

    const forced = { now: Date.now() + 1_000, retentionMs: 0, allowShorterRetention: true };
    expect((await vacuum(store, 'maintained', forced)).files).toHaveLength(12);
    await restore(table, store, { version: 13 });
    expect(idsByDeltaRs('maintained')).toEqual(Array.from({ length: 12 }, (_, id) => id));
    expect(idsByDeltaRs('maintained')).toEqual(await newestIds('maintained'));
  });

  it('and tells the same history', async () => {
    const table = await tableOf('told');
    await compact(table, store, ALL);
    await restore(table, store, { version: 3 });
    const theirs = deltaRs('told', '[[entry["version"], entry["operation"]] for entry in table.history()]');
    expect(theirs).toEqual(
      (await history(store, 'told')).map(({ version, operation }) => [version, operation]),
    );
  });

  it('and would delete the same files in a vacuum', async () => {
    const old = await tableOf('swept', () => Date.now() - 3 * DAY);
    await compact(old, store, ALL);
    await store.put('swept/part-orphan.parquet', new Uint8Array(4));
    await age('swept', 3 * DAY);
    const table = openTable(store, 'swept', countingEnvironment({ now: Date.now }));
    await table.append(orders(12));
    await table.delete({ where: { op: '=', column: 'id', value: 3 } });
    await store.put('swept/part-in-flight.parquet', new Uint8Array(4));
    const retention = { retentionMs: DAY, allowShorterRetention: true };
    const theirs = deltaRs(
      'swept',
      'sorted(table.vacuum(retention_hours=24, dry_run=True, enforce_retention_duration=False, full=True))',
    );
    const ours = await vacuum(store, 'swept', { now: Date.now(), dryRun: true, ...retention });
    expect(ours.files.map(({ path }) => path.replace('swept/', '')).sort()).toEqual(theirs);
    expect(theirs).toHaveLength(13);
  });
});

describe('we read a table that delta-rs', () => {
  it('has joined and vacuumed', async () => {
    await tableOf('theirs');
    deltaRs('theirs', 'table.optimize.compact()["numFilesRemoved"]');
    const deleted = deltaRs(
      'theirs',
      'len(table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False))',
    );
    expect(deleted).toBe(12);
    expect(await newestIds('theirs')).toEqual(Array.from({ length: 12 }, (_, id) => id));
    expect((await history(store, 'theirs')).map(({ operation }) => operation)).toContain('OPTIMIZE');
  });

  it('has restored, in the words of its history', async () => {
    const table = await tableOf('back');
    deltaRs('back', '(table.restore(4), 0)[1]');
    expect(await newestIds('back')).toEqual([0, 1, 2, 3, 4]);
    await table.append(orders(99));
    expect(idsByDeltaRs('back')).toEqual([0, 1, 2, 3, 4, 99]);
    expect((await history(store, 'back')).map(({ operation }) => operation)).toContain('RESTORE');
  });
});
