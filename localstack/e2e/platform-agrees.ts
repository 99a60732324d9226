import pg from 'pg';
import { expect } from 'vitest';
import { moneyOfCents, SALE_STATUSES } from '../../shared/domain/index.ts';
import type { OnlineStore } from '../../shared/online/index.ts';
import { openOnlineStore } from '../../shared/runtime/compose-adapters.ts';
import { parseConfig } from '../../shared/runtime/config.ts';
import { SHOP_TABLES } from '../../shared/tables/index.ts';
import { eventually } from './eventually.ts';
import { compareFeatures, FEATURE_CHECKS } from './features-agree.ts';
import { differingKeys, type RowsByKey, readCurrent, readRaw, readShop } from './lake-agrees.ts';
import type { LakeReader } from './lake-readers.ts';
import { compareFacts, compareRevenue } from './online-agrees.ts';
import type { RunningPlatform } from './running-platform.ts';

/** What is asked of a platform, wherever its functions run. */
export type AskedPlatform = Pick<RunningPlatform, 'state' | 'command'>;

/** Everything that the platform derives from the shop, held against SQL over its Postgres. Prints its figures. */

export async function expectRawAgrees(platform: AskedPlatform, lake: LakeReader): Promise<void> {
  await withPostgres(platform, async (client) => {
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

export async function expectBuiltTablesAgree(platform: AskedPlatform, lake: LakeReader): Promise<void> {
  await withPostgres(platform, async (client) => {
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

export async function expectOnlineAgrees(platform: AskedPlatform, lake: LakeReader): Promise<void> {
  const { partitions } = configOf(platform).eventLog;
  await withPostgres(platform, (client) =>
    withOnlineStore(platform, async (online) => {
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

/** Until change capture has acknowledged all that is committed and every function has consumed all that was captured. */
export async function untilCaughtUp(platform: AskedPlatform): Promise<void> {
  await withPostgres(platform, async (client) => {
    const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
    await eventually('change capture catching up', 300_000, async () => {
      const reached = await client.query('select from pg_replication_slots where confirmed_flush_lsn >= $1', [
        rows[0]?.lsn,
      ]);
      return reached.rowCount === 1 ? true : undefined;
    });
  });
  await eventually('the functions catching up', 300_000, async () => {
    const { lag } = await statusOf(platform);
    return Object.values(lag).every((records) => records === 0) ? true : undefined;
  });
}

export async function runPipeline(platform: AskedPlatform): Promise<void> {
  const url = `${platform.state.urls.lambda}/2015-03-31/functions/customer-insight-dev-run-pipeline/invocations`;
  const askedAt = Date.now();
  await eventually('a run of the pipeline', 600_000, async () => {
    const response = await fetch(url, { method: 'POST', body: '{}' });
    const report = (await response.json()) as { outcome?: string; run?: { startedAt: number } };
    // The schedule's own run began before the last change, perhaps.
    if (report.outcome === 'already-running') return undefined;
    expect(report).toMatchObject({ outcome: 'succeeded' });
    // A run that a kill cut off is finished first, as of the moment when it began.
    return (report.run?.startedAt ?? 0) >= askedAt ? true : undefined;
  });
}

export async function statusOf(platform: AskedPlatform) {
  return JSON.parse(await platform.command('status', '--json')) as {
    readonly memory: { readonly resident_mb: number; readonly processes: number };
    readonly lag: Readonly<Record<string, number>>;
  };
}

export async function withPostgres<T>(
  platform: AskedPlatform,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: platform.state.urls.postgres });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The one number that a query gives. */
export async function one(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query<[string]>({ text: sql, rowMode: 'array' });
  return Number(rows[0]?.[0]);
}

async function withOnlineStore(
  platform: AskedPlatform,
  use: (online: OnlineStore) => Promise<void>,
): Promise<void> {
  const online = await openOnlineStore(configOf(platform));
  try {
    await use(online);
  } finally {
    await online.close();
  }
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

function configOf(platform: AskedPlatform) {
  return parseConfig(platform.state.environment, process.cwd());
}
