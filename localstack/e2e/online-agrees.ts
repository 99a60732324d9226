import type pg from 'pg';
import { epochMillis, SALE_STATUSES, userId } from '../../shared/domain/index.ts';
import { keys, type OnlineStore, REVENUE_FIELDS, recentFactCodec } from '../../shared/online/index.ts';
import { rawTable } from '../../shared/tables/index.ts';
import type { LakeReader } from './lake-readers.ts';

const USERS_AT_A_TIME = 200;

export interface FactsComparison {
  readonly users: number;
  readonly facts: number;
  /** Users whose facts in the online store are not exactly their sold lines in Postgres. */
  readonly differing: readonly number[];
}

/** The bought lines of every customer, those without any included. */
export async function compareFacts(client: pg.Client, online: OnlineStore): Promise<FactsComparison> {
  const sold = await soldLines(client);
  const { rows: users } = await client.query<{ id: number }>(
    'select user_id as id from users order by user_id',
  );
  const differing: number[] = [];
  let facts = 0;
  for (let from = 0; from < users.length; from += USERS_AT_A_TIME) {
    const some = users.slice(from, from + USERS_AT_A_TIME);
    const hashes = await online.read(some.map(({ id }) => keys.userRecent(userId(id))));
    for (const [at, { id }] of some.entries()) {
      const kept = [...(hashes[at] ?? [])].map(([field, text]) => {
        const { productId, quantity, price, at: time } = recentFactCodec.decode(text);
        return [field, productId, quantity, price, time].join(' ');
      });
      facts += kept.length;
      if (kept.sort().join('\n') !== (sold.get(id) ?? []).sort().join('\n')) differing.push(id);
    }
  }
  return { users: users.length, facts, differing };
}

export interface RevenueComparison {
  readonly windows: number;
  /** Sum of all windows. */
  readonly cents: bigint;
  /** Minutes whose windows do not add up to the sales of that minute in Postgres. */
  readonly differing: readonly string[];
}

/** The revenue windows of every minute in which an order was ever placed, those of deleted orders included. */
export async function compareRevenue(
  client: pg.Client,
  online: OnlineStore,
  lake: { readonly read: LakeReader; readonly partitions: number },
): Promise<RevenueComparison> {
  const sales = await salesByMinute(client);
  const minutes = new Set(sales.keys());
  for await (const { created_at } of lake.read(rawTable('orders').name)) {
    minutes.add(Math.floor(Number(created_at) / 60_000_000) * 60_000);
  }
  const differing: string[] = [];
  let cents = 0n;
  for (const minute of minutes) {
    const windows = await online.read(
      Array.from({ length: lake.partitions }, (_, partition) => keys.revenue(epochMillis(minute), partition)),
    );
    const sum = windows.reduce((sum, window) => sum + BigInt(window.get(REVENUE_FIELDS.cents) ?? 0), 0n);
    if (sum !== (sales.get(minute) ?? 0n)) differing.push(new Date(minute).toISOString());
    cents += sum;
  }
  return { windows: minutes.size, cents, differing };
}

/** User id -> lines, written as those of the online store. */
async function soldLines(client: pg.Client): Promise<Map<number, string[]>> {
  const { rows } = await client.query<{ owner: number; line: string }>(
    `select o.user_id as owner,
            concat_ws(' ', o.order_id || ':' || i.order_item_id, i.product_id, i.quantity, i.price_per_unit,
                      floor(extract(epoch from o.created_at) * 1000)) as line
     from orders o join order_items i using (order_id)
     where o.user_id is not null and o.status = any($1)`,
    [SALE_STATUSES],
  );
  const lines = new Map<number, string[]>();
  for (const { owner, line } of rows) {
    const known = lines.get(owner);
    if (known === undefined) lines.set(owner, [line]);
    else known.push(line);
  }
  return lines;
}

/** Start of the UTC minute, in milliseconds -> cents. */
async function salesByMinute(client: pg.Client): Promise<Map<number, bigint>> {
  const { rows } = await client.query<{ minute: string; cents: string }>(
    `select floor(extract(epoch from created_at) / 60)::bigint * 60000 as minute,
            (sum(total_amount) * 100)::bigint as cents
     from orders where status = any($1) group by 1`,
    [SALE_STATUSES],
  );
  return new Map(rows.map(({ minute, cents }) => [Number(minute), BigInt(cents)]));
}
