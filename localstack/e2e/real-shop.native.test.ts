/**
 * The platform on a real shop's history, read by a program that shares no code with it, before and after changes of every
 * kind and two `kill -9`. Needs `../shared/data/online-retail.csv.gz` beside the checkout and Python with
 * `localstack/e2e/deltalake/requirements.txt`; its interpreter is named by the environment variable DELTALAKE_PYTHON.
 * Prints its figures.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moneyOfCents, SALE_STATUSES } from '../../shared/domain/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { openOnlineStore } from '../../shared/runtime/compose-adapters.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import { SHOP_TABLES } from '../../shared/tables/index.ts';
import { changeShop } from './change-shop.ts';
import { compareFeatures, FEATURE_CHECKS } from './features-agree.ts';
import { differingKeys, type RowsByKey, readCurrent, readRaw, readShop } from './lake-agrees.ts';
import { deltalakeReader, type LakeReader } from './lake-readers.ts';
import { compareFacts, compareRevenue } from './online-agrees.ts';
import { eventually, type RunningPlatform, startPlatformProcess } from './running-platform.ts';

const ORDERS = '../shared/data/online-retail.csv.gz';
const SIMULATED_ORDERS = 1_000;
const ORDERS_PER_SECOND = 100;
const RESIDENT_MB = 1_500;

let dataDir: string;
let lake: LakeReader;
let platform: RunningPlatform;

beforeAll(async () => {
  const root = resolve(import.meta.dirname, '../..');
  if (!existsSync(resolve(root, ORDERS)))
    throw new Error(`there is no ${ORDERS} beside ${root} · this test needs that real order history`);
  dataDir = join(mkdtempSync(join(tmpdir(), 'real shop-')), 'insight data');
  lake = deltalakeReader(join(dataDir, 'lakehouse'), process.env.DELTALAKE_PYTHON ?? 'python3');
  platform = await timed('first start', () => startPlatformProcess({ dataDir, args: ['--orders', ORDERS] }));
  console.log(platform.output());
});

afterAll(async () => {
  await platform?.stop();
  if (dataDir !== undefined) rmSync(join(dataDir, '..'), { recursive: true, force: true });
}, 60_000);

describe('a real shop', () => {
  it('is in the lake as in Postgres', () => expectRawAgrees());

  it('has its latest rows in current/*, and features that SQL over Postgres gives too', () =>
    expectBuiltTablesAgree());

  it('has in the online store what Postgres sold', () => expectOnlineAgrees());

  it('keeps the memory of the whole platform within bounds', async () => {
    const { resident_mb, processes } = (await status()).memory;
    console.log(`memory: ${resident_mb} MB resident in ${processes} processes`);
    expect(resident_mb).toBeGreaterThan(0);
    expect(resident_mb).toBeLessThanOrEqual(RESIDENT_MB);
  });

  it('loses nothing and repeats nothing over orders, changes of every kind and two kill -9', async () => {
    const last = await withPostgres(async (client) => one(client, 'select max(order_id) from orders'));
    const placed = () =>
      withPostgres((client) => one(client, `select count(*) from orders where order_id > ${last}`));
    // A killed platform takes its Postgres along, and so the simulation.
    const cutOff = simulate(SIMULATED_ORDERS, 1).catch(() => '');
    await eventually('some simulated orders', 30_000, async () =>
      (await placed()) > 300 ? true : undefined,
    );
    await killAndRestart();
    await cutOff;

    console.log(`${await placed()} orders placed before the first kill`);
    const changed = await withPostgres(changeShop);
    console.log(`${changed} rows changed before the second kill`);
    await killAndRestart();

    // The simulated shop deletes orders that nobody paid, so that some have to be placed again.
    for (let seed = 2; (await placed()) < SIMULATED_ORDERS; seed++)
      await simulate(SIMULATED_ORDERS - (await placed()), seed);
    console.log(`${await placed()} orders placed in all`);
    await timed('catching up', untilCaughtUp);
  });

  it('is in the lake as in Postgres after all that', () => expectRawAgrees());

  it('has in the online store what Postgres sold after all that', () => expectOnlineAgrees());

  it('has current/* and features of Postgres after a run of the pipeline', async () => {
    await timed('pipeline', runPipeline);
    await expectBuiltTablesAgree();
  });
});

async function expectRawAgrees(): Promise<void> {
  await withPostgres(async (client) => {
    for (const table of SHOP_TABLES) {
      const shop = await readShop(client, table);
      const { changes, latest, repeated } = await readRaw(lake, table);
      console.log(`raw/${table}: ${changes} changes, ${latest.size} rows; Postgres ${shop.size} rows`);
      expect(repeated, `twice in raw/${table}`).toEqual([]);
      expect(differingKeys(latest, shop), `raw/${table}`).toEqual([]);
      expect(latest.size).toBe(await one(client, `select count(*) from ${table}`));
      if (table === 'order_items') {
        const worth = await one(client, 'select sum(quantity * price_per_unit) * 100 from order_items');
        expect(worthOf(latest)).toBe(BigInt(worth));
        console.log(`raw/${table}: sum(quantity * price_per_unit) ${moneyOfCents(worthOf(latest))}`);
      }
    }
  });
}

async function expectBuiltTablesAgree(): Promise<void> {
  await withPostgres(async (client) => {
    for (const table of SHOP_TABLES) {
      const current = await readCurrent(lake, table);
      expect(differingKeys(current, await readShop(client, table)), `current/${table}`).toEqual([]);
      console.log(`current/${table}: ${current.size} rows`);
    }
    for (const check of FEATURE_CHECKS) {
      const { rows, differing } = await compareFeatures(client, lake, check);
      console.log(`${check.table.name}: ${rows} rows`);
      expect(differing, check.table.name).toEqual([]);
      expect(rows).toBeGreaterThan(0);
    }
  });
}

async function expectOnlineAgrees(): Promise<void> {
  const { partitions } = configOfPlatform().eventLog;
  await withPostgres((client) =>
    withOnlineStore(async (online) => {
      const { users, facts, differing } = await compareFacts(client, online);
      console.log(`online store: ${facts} lines of ${users} customers`);
      expect(differing, 'customers').toEqual([]);
      const revenue = await compareRevenue(client, online, { read: lake, partitions });
      console.log(`online store: revenue ${moneyOfCents(revenue.cents)} in ${revenue.windows} minutes`);
      expect(revenue.differing, 'minutes').toEqual([]);
      const sales = `select sum(total_amount) * 100 from orders where status in ('${SALE_STATUSES.join("', '")}')`;
      expect(revenue.cents).toBe(BigInt(await one(client, sales)));
    }),
  );
}

/** Sum of quantity * price_per_unit, in cents; the columns are those of `order_items` in the order of its schema. */
function worthOf(items: RowsByKey): bigint {
  let cents = 0n;
  for (const text of items.values()) {
    const [, , , quantity, price] = JSON.parse(text) as string[];
    cents += BigInt(quantity ?? '') * BigInt((price ?? '').replace('.', ''));
  }
  return cents;
}

function simulate(orders: number, seed: number): Promise<string> {
  return platform.command(
    'simulate',
    ...['--rate', String(ORDERS_PER_SECOND), '--orders', String(orders), '--seed', String(seed)],
  );
}

async function killAndRestart(): Promise<void> {
  await platform.kill();
  platform = await timed('start after kill -9', () => startPlatformProcess({ dataDir }));
}

/** Until change capture has acknowledged all that is committed and every function has consumed all that was captured. */
async function untilCaughtUp(): Promise<void> {
  await withPostgres(async (client) => {
    const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
    await eventually('change capture catching up', 30_000, async () => {
      const reached = await client.query('select from pg_replication_slots where confirmed_flush_lsn >= $1', [
        rows[0]?.lsn,
      ]);
      return reached.rowCount === 1 ? true : undefined;
    });
  });
  await eventually('the functions catching up', 60_000, async () => {
    const { lag } = await status();
    return Object.values(lag).every((records) => records === 0) ? true : undefined;
  });
}

async function runPipeline(): Promise<void> {
  const url = `${platform.state.urls.lambda}/2015-03-31/functions/customer-insight-dev-run-pipeline/invocations`;
  await eventually('a run of the pipeline', 120_000, async () => {
    const response = await fetch(url, { method: 'POST', body: '{}' });
    const report = (await response.json()) as { outcome?: string };
    // The schedule's own run began before the last change, perhaps.
    if (report.outcome === 'already-running') return undefined;
    expect(report).toMatchObject({ outcome: 'succeeded' });
    return true;
  });
}

async function status() {
  return JSON.parse(await platform.command('status', '--json')) as {
    readonly memory: { readonly resident_mb: number; readonly processes: number };
    readonly lag: Readonly<Record<string, number>>;
  };
}

const configOfPlatform = () => parseConfig(platform.state.environment, process.cwd());

async function withOnlineStore(use: (online: OnlineStore) => Promise<void>): Promise<void> {
  const online = await openOnlineStore(configOfPlatform());
  try {
    await use(online);
  } finally {
    await online.close();
  }
}

async function withPostgres<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: platform.state.urls.postgres });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The one number that a query gives. */
async function one(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query<[string]>({ text: sql, rowMode: 'array' });
  return Number(rows[0]?.[0]);
}

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
