import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type MaintainTablePorts, maintainTable } from '../../functions/maintain-lake/maintain-table.ts';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import {
  type Batch,
  batchOfRows,
  type ObjectStore,
  openTable,
  readSnapshot,
  rowCount,
  type Snapshot,
  type Table,
} from '../../shared/lake/index.ts';
import { rawTable } from '../../shared/tables/index.ts';

const TABLE = rawTable('order_items');
const DAY_START = Date.UTC(2026, 10, 23);
const HOUR_S = 3_600;
const ROWS_PER_COMMIT = 5;
/** As `maintain-lake` is scheduled. */
const MAINTENANCE_EVERY_S = 60;
const SCANS = 7;

/**
 * 24 hours of a raw table that gets one commit a second, with the platform's own maintenance and table properties; then
 * how long a full scan takes beside one of the same rows in one file. The clock is simulated, store and files are real.
 */
export async function benchLakeDay(print: (line: string) => void, hours = 24): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lake-day-'));
  try {
    const clock = { now: DAY_START };
    const store = withClock(await openFolderStore(folder), () => clock.now);
    const table = openBenchTable(store, TABLE.name, () => clock.now);
    const ports = { ...maintenancePorts(store, table), now: () => clock.now };
    const opened = await simulate(table, hours, clock, ports, store, print);
    const before = await newest(table);
    print(`before the last maintenance   ${before.files.size} files: ${await compare(store, before, print)}`);
    await maintainTable(TABLE, ports, NEVER);
    const after = await newest(table);
    print(`after it                      ${after.files.size} files: ${await compare(store, after, print)}`);
    print(await readAgain(store, opened));
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface OpenedReader {
  readonly snapshot: Snapshot;
  readonly rows: number;
}

/** Commits every second; the last minute is left without maintenance. Returns a version opened five hours before the end. */
async function simulate(
  table: Table,
  hours: number,
  clock: { now: number },
  ports: MaintainTablePorts,
  store: ObjectStore,
  print: (line: string) => void,
): Promise<OpenedReader> {
  let opened: OpenedReader | null = null;
  let [commitMs, maintenanceMs] = [0, 0];
  for (let second = 1; second <= hours * HOUR_S; second++) {
    clock.now = DAY_START + second * 1_000;
    const startedAt = performance.now();
    const batches = [changes(second)];
    await table.append({ schema: TABLE.schema, batches, configuration: TABLE.configuration });
    commitMs += performance.now() - startedAt;
    if (second === Math.max(1, (hours - 5) * HOUR_S)) {
      const snapshot = await newest(table);
      opened = { snapshot, rows: second * ROWS_PER_COMMIT };
    }
    if (second % MAINTENANCE_EVERY_S === 0 && second < hours * HOUR_S) {
      const maintenanceAt = performance.now();
      await maintainTable(TABLE, ports, NEVER);
      maintenanceMs += performance.now() - maintenanceAt;
    }
    if (second % HOUR_S !== 0) continue;
    const listed = (await store.list('')).filter(({ path }) => path.startsWith(`${TABLE.name}/`));
    const log = listed.filter(({ path }) => path.includes('/_delta_log/'));
    const mebibytes = listed.reduce((sum, { size }) => sum + size, 0) / 2 ** 20;
    print(
      `hour ${String(second / HOUR_S).padStart(2)}: ${(await newest(table)).files.size} active files, ${listed.length - log.length} data files and ` +
        `${log.length} log files in the store, ${mebibytes.toFixed(0)} MiB; ${(commitMs / HOUR_S).toFixed(1)} ms a commit, ${(maintenanceMs / 1_000).toFixed(1)} s of maintenance`,
    );
    [commitMs, maintenanceMs] = [0, 0];
  }
  if (opened === null) throw new Error(`${hours} hours are none`);
  return opened;
}

/** Median full scan of the snapshot, and of a table with the same rows in one file. */
async function compare(
  store: ObjectStore,
  snapshot: Snapshot,
  print: (line: string) => void,
): Promise<string> {
  const path = `one-file/${snapshot.version}`;
  const one = openBenchTable(store, path, () => DAY_START);
  await one.append({ schema: TABLE.schema, batches: readSnapshot(store, snapshot) });
  const single = await newest(one);
  if (single.files.size !== 1) print(`the same rows make ${single.files.size} files`);
  const [many, few]: [number[], number[]] = [[], []];
  for (let scan = 0; scan < SCANS; scan++) {
    many.push(await timeScan(store, snapshot));
    few.push(await timeScan(store, single));
  }
  const [manyMs, fewMs] = [median(many), median(few)];
  return (
    `full scan of ${rowCount(snapshot)?.toLocaleString('en')} rows ${manyMs.toFixed(0)} ms, of the same rows in one file ${fewMs.toFixed(0)} ms ` +
    `(median of ${SCANS}): ${(manyMs / fewMs).toFixed(2)} times`
  );
}

async function timeScan(store: ObjectStore, snapshot: Snapshot): Promise<number> {
  const startedAt = performance.now();
  const rows = await countRows(store, snapshot);
  const ms = performance.now() - startedAt;
  if (rows !== rowCount(snapshot)) throw new Error(`scanned ${rows} rows of ${rowCount(snapshot)}`);
  return ms;
}

async function readAgain(store: ObjectStore, { snapshot, rows }: OpenedReader): Promise<string> {
  const read = await countRows(store, snapshot);
  if (read !== rows)
    throw new Error(`the reader of version ${snapshot.version} sees ${read} rows, not ${rows}`);
  return `a reader that opened version ${snapshot.version} five hours before still reads its ${rows.toLocaleString('en')} rows from ${snapshot.files.size} files`;
}

async function countRows(store: ObjectStore, snapshot: Snapshot): Promise<number> {
  let rows = 0;
  for await (const batch of readSnapshot(store, snapshot)) rows += batch.rowCount;
  return rows;
}

function changes(second: number): Batch {
  const at = BigInt(DAY_START + second * 1_000) * 1_000n;
  const rows = Array.from({ length: ROWS_PER_COMMIT }, (_, index) => {
    const item = second * ROWS_PER_COMMIT + index;
    return {
      order_item_id: item,
      order_id: Math.floor(item / 3),
      product_id: (item * 7_919) % 2_000,
      quantity: 1 + (item % 4),
      price_per_unit: (1 + ((item * 37) % 9_000) / 100).toFixed(2),
      _op: 'c',
      _ts: at,
      _commit_lsn: BigInt(second) * 4_096n,
      _lsn: BigInt(second) * 4_096n + BigInt(index) * 128n,
      _tx_index: index,
      _topic: 'ecommerce.public.order_items',
      _partition: item % 4,
      _offset: BigInt(Math.floor(item / 4)),
    };
  });
  return batchOfRows(TABLE.schema, rows);
}

function openBenchTable(store: ObjectStore, path: string, now: () => number): Table {
  return openTable(store, path, {
    now,
    newId: () => crypto.randomUUID(),
    random: Math.random,
    sleep: async () => {},
  });
}

function maintenancePorts(store: ObjectStore, table: Table): Omit<MaintainTablePorts, 'now'> {
  return { lakeTable: () => table, objectStore: store, controlTable: createMemoryControlTable() };
}

/** The store, its objects modified when the simulated clock says. */
function withClock(store: ObjectStore, now: () => number): ObjectStore {
  const times = new Map<string, number>();
  return {
    ...store,
    put: async (path, bytes) => {
      times.set(path, now());
      await store.put(path, bytes);
    },
    putIfAbsent: async (path, bytes) => {
      const outcome = await store.putIfAbsent(path, bytes);
      if (outcome === 'created') times.set(path, now());
      return outcome;
    },
    list: async (prefix, after) =>
      (await store.list(prefix, after)).map((object) => ({
        ...object,
        modifiedAt: times.get(object.path) ?? object.modifiedAt,
      })),
    delete: async (path) => {
      times.delete(path);
      await store.delete(path);
    },
  };
}

const NEVER = new AbortController().signal;

async function newest(table: Table): Promise<Snapshot> {
  const snapshot = await table.snapshot();
  if (snapshot === null) throw new Error(`there is no table ${table.path}`);
  return snapshot;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
