import { describe, expect, it } from 'vitest';
import { acquireLease, decodeAlert } from '../../shared/control/index.ts';
import { manualTime } from '../../shared/control/manual-time.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import type { NewRecord } from '../../shared/kafka/index.ts';
import {
  batchOfRows,
  field,
  loadSnapshot,
  memoryObjectStore,
  type ObjectStore,
  openTable,
  rowCount,
  schemaOf,
  type Table,
} from '../../shared/lake/index.ts';
import { countingEnvironment } from '../../shared/lake/testing.ts';
import type { LakeTable } from '../../shared/tables/index.ts';
import { LEASE_MS, maintainLake } from './maintain-lake.ts';

const START = Date.UTC(2026, 10, 23, 8);
const HOUR = 3_600_000;
const SCHEMA = schemaOf(field('id', 'integer'));
const KEEP_AN_HOUR = {
  'delta.deletedFileRetentionDuration': 'interval 1 hour',
  'delta.logRetentionDuration': 'interval 1 hour',
};
const table = (name: string): LakeTable => ({
  name,
  schema: SCHEMA,
  primaryKey: ['id'],
  configuration: KEEP_AN_HOUR,
});
const TABLES = [table('raw/users'), table('raw/orders')];

function world() {
  const time = manualTime(START);
  const store = memoryObjectStore(time.now);
  const controlTable = createMemoryControlTable();
  const published: NewRecord[] = [];
  const deadline = new AbortController();
  let broken: string | null = null;
  const guarded: ObjectStore = {
    ...store,
    list: async (prefix, after) => {
      if (prefix === broken) throw new Error(`cannot list ${prefix}`);
      return store.list(prefix, after);
    },
  };
  const handles = new Map<string, Table>();
  const lakeTable = (path: string): Table => {
    const known = handles.get(path) ?? openTable(guarded, path, countingEnvironment({ now: time.now }));
    handles.set(path, known);
    return known;
  };
  let runs = 0;
  return {
    time,
    store,
    controlTable,
    deadline,
    breakTable: (name: string | null) => {
      broken = name;
    },
    alerts: () => published.map(({ value }) => decodeAlert(value!)),
    append: async (name: string, rows: number, configuration: LakeTable['configuration'] = KEEP_AN_HOUR) => {
      for (let id = 0; id < rows; id++) {
        time.tick(1_000);
        const batches = [batchOfRows(SCHEMA, [{ id }])];
        await lakeTable(name).append({ schema: SCHEMA, batches, configuration });
      }
    },
    run: (tables: readonly LakeTable[] = TABLES) =>
      maintainLake(tables, `run ${++runs}`, {
        lakeTable,
        objectStore: guarded,
        controlTable,
        eventLog: {
          append: async (records) => {
            published.push(...records);
            return [];
          },
        },
        time,
        deadline: deadline.signal,
      }),
  };
}

describe('maintenance of the lake', () => {
  it('joins, sweeps and reports with figures, and passes over tables that are not there', async () => {
    const { run, append, time, store } = world();
    await append('raw/orders', 20);
    time.tick(2 * HOUR);
    const first = await run();
    expect(first).toMatchObject({
      outcome: 'maintained',
      tables: [
        { table: 'raw/users', outcome: 'missing' },
        {
          table: 'raw/orders',
          outcome: 'maintained',
          version: 20,
          propertiesSet: [],
          activeFiles: 1,
          joined: { filesRemoved: 20, filesAdded: 1, conflicts: 0 },
          checkpoint: 20,
          swept: { filesDeleted: 0, logFilesDeleted: expect.any(Number) },
        },
      ],
    });
    time.tick(HOUR + 1);
    expect(await run()).toMatchObject({
      tables: [{}, { version: 20, joined: { filesRemoved: 0 }, swept: { filesDeleted: 20 } }],
    });
    expect(rowCount(await loadSnapshot(store, 'raw/orders'))).toBe(20);
  });

  it('sweeps once an hour', async () => {
    const { run, append, time } = world();
    await append('raw/orders', 1);
    const swept = async () => {
      const report = await run();
      const orders = report.outcome === 'maintained' ? report.tables[1] : undefined;
      return orders?.outcome === 'maintained' && orders.swept !== null;
    };
    expect([await swept(), await swept()]).toEqual([true, false]);
    time.tick(HOUR);
    expect(await swept()).toBe(true);
  });

  it('gives a table that was made without them the properties of the catalogue, once', async () => {
    const { run, append, store } = world();
    await append('raw/orders', 1, { 'delta.logRetentionDuration': 'interval 9 days' });
    expect(await run()).toMatchObject({
      tables: [{}, { propertiesSet: ['delta.deletedFileRetentionDuration'], version: 1 }],
    });
    expect((await loadSnapshot(store, 'raw/orders')).metadata.configuration).toEqual({
      'delta.logRetentionDuration': 'interval 9 days',
      'delta.deletedFileRetentionDuration': 'interval 1 hour',
    });
    expect(await run()).toMatchObject({ tables: [{}, { propertiesSet: [], version: 1 }] });
  });

  it('goes on after a table that fails, then fails itself and tells of it once a day', async () => {
    const { run, append, alerts, breakTable, time } = world();
    await append('raw/users', 10);
    await append('raw/orders', 10);
    time.tick(HOUR);
    breakTable('raw/users/');
    await expect(run()).rejects.toMatchObject({
      code: 'maintenance_failed',
      message: 'raw/users: cannot list raw/users/',
      details: {
        tables: [
          { table: 'raw/users', outcome: 'failed', error: 'cannot list raw/users/' },
          { table: 'raw/orders', outcome: 'maintained', joined: { filesRemoved: 10 } },
        ],
      },
    });
    await expect(run()).rejects.toMatchObject({ code: 'maintenance_failed' });
    expect(new Set(alerts().map(({ alertId }) => alertId))).toEqual(
      new Set(['maintain-lake/raw/users/2026-11-23']),
    );
    expect(alerts()[0]).toMatchObject({
      kind: 'job-failed',
      source: 'maintain-lake/raw/users',
      detail: 'cannot list raw/users/',
    });
    breakTable(null);
    expect(await run()).toMatchObject({ outcome: 'maintained' });
  });

  it('does nothing beside another run, and goes on when that has died', async () => {
    const { run, controlTable, time } = world();
    await acquireLease(controlTable, {
      name: 'maintain-lake',
      owner: 'another',
      now: time.now(),
      ttlMs: LEASE_MS,
    });
    expect(await run()).toEqual({ outcome: 'already-running', by: 'another' });
    time.tick(LEASE_MS);
    expect(await run()).toMatchObject({ outcome: 'maintained' });
  });

  it('stops when its time is up, and says what it has not reached', async () => {
    const { run, append, deadline } = world();
    await append('raw/orders', 10);
    deadline.abort();
    expect(await run()).toEqual({
      outcome: 'maintained',
      tables: [
        { table: 'raw/users', outcome: 'not-reached' },
        { table: 'raw/orders', outcome: 'not-reached' },
      ],
    });
  });
});
