/**
 * The platform on a real shop's history, read by a program that shares no code with it, before and after changes of every
 * kind and two `kill -9`. Needs `../shared/data/online-retail.csv.gz` beside the checkout and Python with
 * `localstack/e2e/deltalake/requirements.txt`; its interpreter is named by the environment variable DELTALAKE_PYTHON.
 * Prints its figures.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeShop } from './change-shop.ts';
import { eventually } from './eventually.ts';
import { deltalakeReader, type LakeReader } from './lake-readers.ts';
import {
  expectBuiltTablesAgree,
  expectOnlineAgrees,
  expectRawAgrees,
  one,
  runPipeline,
  statusOf,
  untilCaughtUp,
  withPostgres,
} from './platform-agrees.ts';
import { type RunningPlatform, startPlatformProcess } from './running-platform.ts';

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
}, 180_000);

describe('a real shop', () => {
  it('is in the lake as in Postgres', () => expectRawAgrees(platform, lake));

  it('has its latest rows in current/*, and features that SQL over Postgres gives too', () =>
    expectBuiltTablesAgree(platform, lake));

  it('has in the online store what Postgres sold', () => expectOnlineAgrees(platform, lake));

  it('keeps the memory of the whole platform within bounds', async () => {
    const { resident_mb, processes } = (await statusOf(platform)).memory;
    console.log(`memory: ${resident_mb} MB resident in ${processes} processes`);
    expect(resident_mb).toBeGreaterThan(0);
    expect(resident_mb).toBeLessThanOrEqual(RESIDENT_MB);
  });

  it('loses nothing and repeats nothing over orders, changes of every kind and two kill -9', async () => {
    const last = await withPostgres(platform, async (client) =>
      one(client, 'select max(order_id) from orders'),
    );
    const placed = () =>
      withPostgres(platform, (client) => one(client, `select count(*) from orders where order_id > ${last}`));
    // A killed platform takes its Postgres along, and so the simulation.
    const cutOff = simulate(SIMULATED_ORDERS, 1).catch(() => '');
    await eventually('some simulated orders', 120_000, async () =>
      (await placed()) > 300 ? true : undefined,
    );
    await killAndRestart();
    await cutOff;

    console.log(`${await placed()} orders placed before the first kill`);
    const changed = await withPostgres(platform, changeShop);
    console.log(`${changed} rows changed before the second kill`);
    await killAndRestart();

    // The simulated shop deletes orders that nobody paid, so that some have to be placed again.
    for (let seed = 2; (await placed()) < SIMULATED_ORDERS; seed++)
      await simulate(SIMULATED_ORDERS - (await placed()), seed);
    console.log(`${await placed()} orders placed in all`);
    await timed('catching up', () => untilCaughtUp(platform));
  });

  it('is in the lake as in Postgres after all that', () => expectRawAgrees(platform, lake));

  it('has in the online store what Postgres sold after all that', () => expectOnlineAgrees(platform, lake));

  it('has current/* and features of Postgres after a run of the pipeline', async () => {
    await timed('pipeline', () => runPipeline(platform));
    await expectBuiltTablesAgree(platform, lake);
  });
});

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

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
