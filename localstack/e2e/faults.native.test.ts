/**
 * `kill -9` of every server and of the function host, five times each, while customers order. Runs on real servers of its
 * own: Postgres, Kafka, Debezium on Kafka Connect, MinIO, Redis, DynamoDB Local. Prints its figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import { seededRandom, simulate } from '../shop/index.ts';
import { eventually } from './eventually.ts';
import { type LakeReader, ownReader } from './lake-readers.ts';
import {
  expectBuiltTablesAgree,
  expectOnlineAgrees,
  expectRawAgrees,
  runPipeline,
  untilCaughtUp,
} from './platform-agrees.ts';
import { type RealServers, startRealServers } from './real-servers.ts';
import { repeatedChanges } from './repeated-changes.ts';
import { type RunningPlatform, startPlatformProcess } from './running-platform.ts';

const ROUNDS = 5;
const VICTIMS = ['kafka', 'connect', 'minio', 'redis', 'host'] as const;
const CUSTOMERS_AT_ONCE = 3;
const ORDERS_PER_SECOND = 150;
/** Placed between the end of one fault and the next. */
const ORDERS_BETWEEN_FAULTS = 150;

let dataDir: string;
let servers: RealServers;
let platform: RunningPlatform;
let lake: LakeReader;
let orders: ReturnType<typeof startOrders>;
/** What is being started again; it outlives a test that took too long. */
let restarting: Promise<void> = Promise.resolve();

beforeAll(async () => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'faults-')), 'data');
  servers = await startRealServers(['postgres', 'kafka', 'connect', 'minio', 'redis', 'dynamodb']);
  platform = await startPlatformProcess({ dataDir, settings: servers.settings, args: ['--size', 'small'] });
  lake = ownReader(() => openObjectStore(configOfPlatform()));
});

afterAll(async () => {
  await orders?.stop().catch(() => undefined);
  await restarting.catch(() => undefined);
  await platform?.stop();
  await servers?.stop();
  if (dataDir !== undefined) rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

it('keeps everything equal to Postgres over kill -9 of every part', async () => {
  orders = startOrders(platform.state.urls.postgres);
  const startedAt = performance.now();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const victim of VICTIMS) {
      const until = orders.placed() + ORDERS_BETWEEN_FAULTS;
      await eventually('more orders', 60_000, async () => (orders.placed() >= until ? true : undefined));
      restarting = killAndRestart(victim);
      await restarting;
    }
    console.log(`round ${round} of ${ROUNDS}: ${orders.placed()} orders placed`);
  }
  await orders.stop();
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${orders.placed()} orders in ${seconds.toFixed(0)} s (${(orders.placed() / seconds).toFixed(0)}/s), ${ROUNDS * VICTIMS.length} times kill -9`,
  );
  expect(orders.placed()).toBeGreaterThan(ROUNDS * VICTIMS.length * ORDERS_BETWEEN_FAULTS);

  await untilCaughtUp(platform);
  await expectRawAgrees(platform, lake);
  await expectOnlineAgrees(platform, lake);
  await runPipeline(platform);
  await expectBuiltTablesAgree(platform, lake);
}, 1_800_000);

it('has no change twice in the topics, as its source is exactly-once', async () => {
  const eventLog = await openEventLog(configOfPlatform());
  try {
    const { changes, repeated } = await repeatedChanges(eventLog);
    console.log(`${changes} changes in the topics`);
    expect(changes).toBeGreaterThan(0);
    expect(repeated).toEqual([]);
  } finally {
    await eventLog.close();
  }
});

async function killAndRestart(victim: (typeof VICTIMS)[number]): Promise<void> {
  if (victim === 'host') {
    await platform.kill();
    platform = await startPlatformProcess({ dataDir, settings: servers.settings });
    return;
  }
  await servers.service(victim).kill();
  await servers.restart(victim);
}

/** Customers who order all the time, whatever happens to the platform: their shop needs Postgres alone. */
function startOrders(databaseUrl: string) {
  const ending = new AbortController();
  let placed = 0;
  const customers = Promise.all(
    Array.from({ length: CUSTOMERS_AT_ONCE }, async (_, customer) => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      await simulate(client, {
        random: seededRandom(customer),
        ordersPerSecond: ORDERS_PER_SECOND / CUSTOMERS_AT_ONCE,
        signal: ending.signal,
        onEvent: (event) => {
          if (event.type === 'order' && event.result.outcome === 'placed') placed += 1;
        },
      });
      await client.end();
    }),
  );
  // Told by `stop`: until then nobody awaits it.
  customers.catch(() => undefined);
  return {
    placed: () => placed,
    stop: async () => {
      ending.abort();
      await customers;
    },
  };
}

const configOfPlatform = () => parseConfig(platform.state.environment, process.cwd());
