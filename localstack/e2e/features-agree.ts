import type pg from 'pg';
import { SALE_STATUSES } from '../../shared/domain/index.ts';
import {
  type LakeTable,
  PRODUCT_POPULARITY,
  USER_ITEM_INTERACTIONS,
  USER_RFM,
} from '../../shared/tables/index.ts';
import { differingKeys } from './lake-agrees.ts';
import type { LakeReader } from './lake-readers.ts';

/** The columns of a feature table that do not depend on when it was built, and the same asked of Postgres. */
export interface FeatureCheck {
  readonly table: LakeTable;
  readonly columns: readonly string[];
  /** Gives key and columns; $1 are the statuses of a sale. Times in microseconds since 1970 UTC. */
  readonly sql: string;
}

const LAST_ORDERED_AT = '(extract(epoch from max(o.created_at)) * 1000000)::bigint as last_ordered_at';
const SOLD_LINES = 'from orders o join order_items i using (order_id) where o.status = any($1)';

export const FEATURE_CHECKS: readonly FeatureCheck[] = [
  {
    table: USER_RFM,
    columns: ['frequency', 'monetary'],
    sql: `select user_id, count(*) as frequency, sum(total_amount) as monetary
          from orders where status = any($1) and user_id is not null group by user_id`,
  },
  {
    table: PRODUCT_POPULARITY,
    columns: ['purchase_count', 'units', 'revenue', 'avg_price', 'last_ordered_at'],
    sql: `select i.product_id, count(distinct o.order_id) as purchase_count, sum(i.quantity) as units,
                 sum(i.quantity * i.price_per_unit) as revenue,
                 round(sum(i.quantity * i.price_per_unit) / sum(i.quantity), 2) as avg_price, ${LAST_ORDERED_AT}
          ${SOLD_LINES} group by i.product_id`,
  },
  {
    table: USER_ITEM_INTERACTIONS,
    columns: ['order_count', 'last_ordered_at'],
    sql: `select o.user_id, i.product_id, count(distinct o.order_id) as order_count, ${LAST_ORDERED_AT}
          ${SOLD_LINES} and o.user_id is not null group by o.user_id, i.product_id`,
  },
];

/** Keys of a feature table whose row is not what Postgres says, or is missing on one side; and how many there are. */
export async function compareFeatures(
  client: pg.Client,
  read: LakeReader,
  { table, columns, sql }: FeatureCheck,
): Promise<{ readonly rows: number; readonly differing: readonly string[] }> {
  const textOf = (row: Readonly<Record<string, unknown>>, names: readonly string[]) =>
    names.map((name) => String(row[name])).join(' ');
  const built = new Map<string, string>();
  for await (const row of read(table.name)) built.set(textOf(row, table.primaryKey), textOf(row, columns));
  const { rows } = await client.query<Record<string, unknown>>(sql, [SALE_STATUSES]);
  const asked = new Map(rows.map((row) => [textOf(row, table.primaryKey), textOf(row, columns)]));
  return { rows: built.size, differing: differingKeys(built, asked) };
}
