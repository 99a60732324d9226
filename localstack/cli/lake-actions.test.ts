import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import {
  batchOfRows,
  field,
  loadSnapshot,
  memoryObjectStore,
  type ObjectStore,
  openTable,
  schemaOf,
} from '../../shared/lake/index.ts';
import { countingEnvironment } from '../../shared/lake/testing.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { parseCommand } from './arguments.ts';
import { lakeAction } from './lake-actions.ts';
import { LAKE_SPEC, lakeCommand } from './lake-command.ts';
import { lakeJson, lakeText } from './lake-report.ts';

const HOUR = 3_600_000;
const SCHEMA = schemaOf(field('id', 'integer'));

/** Four versions of a table, an hour apart from 1 o'clock of 1970-01-01 on: rows 0 to 3. */
async function world(path = 'raw/orders', store: ObjectStore | null = null, properties = {}) {
  const clock = { now: 0 };
  const lake = store ?? memoryObjectStore(() => clock.now);
  const environment = countingEnvironment({ now: () => clock.now, engineInfo: 'test' });
  const table = openTable(lake, path, environment);
  for (let id = 0; id < 4; id++) {
    clock.now += HOUR;
    const batches = [batchOfRows(SCHEMA, [{ id }])];
    const configuration = { 'delta.deletedFileRetentionDuration': 'interval 6 hours', ...properties };
    await table.append({ schema: SCHEMA, batches, configuration, userMetadata: `row ${id}` });
  }
  const told: unknown[] = [];
  const run = (line: string) => {
    const { values, positionals } = parseCommand(LAKE_SPEC, line.split(' '));
    return lakeAction(lakeCommand(positionals, values), {
      store: lake,
      openTable: (name) => openTable(lake, name, environment),
      now: () => clock.now,
      progress: (...progress) => told.push(progress),
    });
  };
  return { store: lake, clock, told, run, text: async (line: string) => lakeText(await run(line)) };
}

describe('npm run lake', () => {
  it('shows the history, newest first', async () => {
    const { text, run } = await world();
    const [head, newest] = (await text('history raw.orders --limit 2')).split('\n');
    expect(head).toMatch(/^version +time +operation +metrics +metadata +engine$/);
    expect(newest).toMatch(/^3 +1970-01-01T04:00:00\.000Z +WRITE +.*numOutputRows 1.* row 3 +test$/);
    const json = lakeJson(await run('history raw.orders --limit 2'));
    expect(json).toMatchObject({ table: 'raw/orders', history: [{ version: 3 }, { version: 2 }] });
  });

  it('lists the files of any version, with a sum', async () => {
    const { text, run } = await world();
    const lines = (await text('files raw/orders --at 1970-01-01T02:30:00Z')).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^part-\S+\.parquet +1 +\d+ B +1970-01-01T01:00:00\.000Z$/);
    expect(lines[3]).toMatch(/^version 1: 2 files, 2 rows, /);
    expect(lakeJson(await run('files raw/orders --version 0'))).toMatchObject({
      version: 0,
      files: [{ rows: 1, modifiedAt: HOUR, partitionValues: {} }],
    });
  });

  it('joins small files and tells its progress; a dry run only says so', async () => {
    const { text, told, store, clock } = await world();
    clock.now += 1;
    expect(await text('compact raw/orders --dry-run')).toMatch(
      /^raw\/orders: 4 files of .* would be joined to 1\n/,
    );
    expect((await loadSnapshot(store, 'raw/orders')).version).toBe(3);
    expect(await text('compact raw/orders')).toMatch(
      /^raw\/orders: 4 files of .* joined to 1 of .*, version 4\n$/,
    );
    expect(told).toEqual([[4, 4, 'files']]);
    expect(await text('compact raw/orders')).toBe('raw/orders: nothing to join\n');
  });

  it('keeps to the size of files that the table asks for', async () => {
    const { run, clock } = await world('raw/orders', null, { 'delta.targetFileSize': '500' });
    clock.now += 1;
    const joined = lakeJson(await run('compact raw/orders --dry-run'));
    expect(joined).toMatchObject({ filesRemoved: 4, filesAdded: 2, commits: 2, conflicts: 0 });
    expect(lakeJson(await run('compact raw/orders --target-mb 1'))).toMatchObject({ filesAdded: 1 });
  });

  it('deletes nothing without --yes, and with it what it had said', async () => {
    const { run, text, store, clock } = await world();
    clock.now += 1;
    await run('compact raw/orders');
    expect(await text('vacuum raw/orders')).toMatch(/^raw\/orders: nothing to delete/);
    clock.now += 6 * HOUR + 1;
    const asked = await text('vacuum raw/orders');
    expect(asked).toMatch(
      /raw\/orders: 4 files, .* would be deleted, not needed by any version of the last 6 hours/,
    );
    expect(asked).toContain('nothing was deleted · to delete them: the same with --yes');
    const done = lakeJson(await run('vacuum raw/orders --yes'));
    expect(done).toMatchObject({ dryRun: false, files: { length: 4 } });
    for (const { path } of done.files as { path: string }[]) {
      expect(asked).toContain(path);
      expect(await store.get(path)).toBeNull();
    }
  });

  it('says how a shorter retention is allowed, and what it could break', async () => {
    const { run } = await world();
    await expect(run('vacuum raw/orders --retention-hours 1')).rejects.toMatchObject({
      code: 'lake_vacuum_retention_too_short',
      message: expect.stringMatching(/would lose files.*\(--allow-shorter-retention\)$/s),
    });
    expect(await run('vacuum raw/orders --retention-hours 1 --allow-shorter-retention')).toMatchObject({
      report: { dryRun: true },
    });
  });

  it('restores a version with --yes, and says how to undo it', async () => {
    const { run, text, store } = await world();
    const asked = await text('restore raw/orders --version 1');
    expect(asked).toContain('raw/orders: version 1 would be the newest one: 0 files (0 B) back, 2 files');
    expect((await loadSnapshot(store, 'raw/orders')).version).toBe(3);
    const done = await text('restore raw/orders --version 1 --yes');
    expect(done).toContain('raw/orders: version 4 is as version 1 was');
    expect(done).toContain('to undo it: npm run lake -- restore raw/orders --version 3 --yes');
    expect(lakeJson(await run('restore raw/orders --version 3 --yes'))).toMatchObject({
      outcome: 'restored',
      version: 5,
      filesBack: 2,
    });
    expect(await text('restore raw/orders --version 3 --yes')).toBe('raw/orders: it is as in version 3\n');
  });

  it('refuses to restore a table that follows another', async () => {
    const { run } = await world('current/orders');
    await expect(run('restore current/orders --version 1 --yes')).rejects.toMatchObject({
      code: 'restore_refused',
      message: expect.stringContaining('current/orders follows raw/orders'),
    });
  });

  it.each(['history', 'files', 'vacuum', 'compact', 'restore --version 1'])(
    'tells of a table that is not there, or not yet: %s',
    async (verb) => {
      const { run } = await world();
      await expect(run(`${verb} raw/oders`)).rejects.toMatchObject({
        code: 'invalid_arguments',
        message: expect.stringContaining('there is no table raw/oders; did you mean raw/orders?'),
      });
      await expect(run(`${verb} raw/users`)).rejects.toMatchObject({
        code: 'lake_table_missing',
        message: expect.stringContaining('nobody has written raw/users yet'),
      });
    },
  );

  it('runs beside no platform, on the data folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lake-cli-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await world('raw/orders', await openFolderStore(join(folder, 'lakehouse')));
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', 'localstack/cli/lake.ts', ...args], {
        cwd: resolve(import.meta.dirname, '../..'),
        env: { ...childEnvironment({ DATA_DIR: folder }) },
      });
    expect(JSON.parse((await run('files', 'raw.orders', '--json')).stdout)).toMatchObject({ version: 3 });
    await expect(run('files', 'raw.orderz')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean raw/orders?'),
    });
  });
});
