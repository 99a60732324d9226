import { createWriteStream, existsSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { SHOP_PUBLICATION } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { SHOP_TABLES } from '../../shared/tables/index.ts';
import {
  applySchema,
  generateShop,
  importOrderLines,
  isShopEmpty,
  loadShop,
  type SqlClient,
} from '../shop/index.ts';

export interface FilledShop {
  /** One line for people. */
  readonly summary: string;
  readonly warnings: readonly string[];
}

export interface FillShopOptions {
  readonly databaseUrl: string;
  /** Whether an empty database gets tables and a history; in somebody else's nothing is created unasked. */
  readonly mayFill: boolean;
  readonly shop: Config['shop'];
  /** Every row of an imported file that did not become an order line, with its line number and the reason. */
  readonly rejectedFile: string;
  readonly now: Date;
  readonly onProgress: (done: number, total: number, unit: string) => void;
  /** Ends the work; the shop is then as empty as before. */
  readonly signal: AbortSignal;
}

/**
 * Gives an empty shop its tables and a history: the order-line CSV that was asked for, or a generated one. A shop that has
 * rows, or whose database may not be filled, is left as it is.
 * @throws PlatformError `orders_not_found`; `shop_not_prepared` when a database that may not be filled lacks the publication
 */
export async function fillShop(options: FillShopOptions): Promise<FilledShop> {
  const { databaseUrl, shop, now } = options;
  if (shop.orders !== null && !existsSync(shop.orders)) {
    throw new PlatformError(
      'orders_not_found',
      `there is no file ${shop.orders} · give --orders an order-line CSV (.csv or .csv.gz)`,
    );
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    if (!options.mayFill) {
      await requirePublication(client);
      return await keepShop(client, shop.orders);
    }
    // Its statements lock whole tables, which a shop that is selling must be spared.
    if ((await unpublishedTables(client)).length > 0) await applySchema(client);
    if (!(await isShopEmpty(client))) return await keepShop(client, shop.orders);
    if (shop.orders !== null) return await importShop(client, shop.orders, options);
    options.signal.throwIfAborted();
    const rows = generateShop({ seed: shop.seed, size: shop.size, now });
    await loadShop(client, rows);
    return { summary: summary(rows.users.length, rows.orders.length, 'generated'), warnings: [] };
  } finally {
    await client.end();
  }
}

/** The last thing that the schema makes is the publication: where it is whole, all is. */
async function unpublishedTables(client: SqlClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ tablename: string }>(
    "select tablename from pg_publication_tables where pubname = $1 and schemaname = 'public'",
    [SHOP_PUBLICATION],
  );
  const published = new Set(rows.map(({ tablename }) => tablename));
  return SHOP_TABLES.filter((table) => !published.has(table));
}

async function requirePublication(client: SqlClient): Promise<void> {
  const missing = await unpublishedTables(client);
  if (missing.length === 0) return;
  throw new PlatformError(
    'shop_not_prepared',
    `the publication ${SHOP_PUBLICATION} of this database lacks ${missing.join(', ')} · as the owner of the tables, run what localstack/shop/schema.sql says of replica identity and publication`,
  );
}

async function keepShop(client: SqlClient, asked: string | null): Promise<FilledShop> {
  const { rows } = await client.query<Record<'users' | 'orders', string>>(
    'select (select count(*) from users) as users, (select count(*) from orders) as orders',
  );
  const { users = '0', orders = '0' } = rows[0] ?? {};
  return {
    summary: summary(Number(users), Number(orders), 'kept'),
    warnings:
      asked === null
        ? []
        : [
            `the shop has a history already; ${asked} was not imported again · for another one: npm run reset -- --yes, then start`,
          ],
  };
}

async function importShop(client: SqlClient, path: string, options: FillShopOptions): Promise<FilledShop> {
  const rejected = createWriteStream(options.rejectedFile);
  const report = await importOrderLines(client, path, {
    ...(options.shop.shiftToNow ? { shiftToNow: options.now } : {}),
    onProgress: options.onProgress,
    signal: options.signal,
    onRejected: ({ lineNumber, reason }) => rejected.write(`line ${lineNumber}: ${reason}\n`),
  }).finally(() => rejected.end());
  await finished(rejected);
  const reasons = report.rejectedByReason.map(({ reason, rows }) => `${rows.toLocaleString('en')} ${reason}`);
  return {
    summary: summary(report.users, report.orders, 'imported'),
    warnings:
      report.rejected === 0
        ? []
        : [
            `${report.rejected.toLocaleString('en')} of ${report.rows.toLocaleString('en')} rows are no order lines (${reasons.join('; ')}) · line by line: ${options.rejectedFile}`,
          ],
  };
}

function summary(users: number, orders: number, origin: 'generated' | 'imported' | 'kept'): string {
  return `${users.toLocaleString('en')} customers, ${orders.toLocaleString('en')} orders, ${origin}`;
}
