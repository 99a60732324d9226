import {
  DAY_MS,
  type EpochMillis,
  epochMillis,
  MINUTE_MS,
  type Money,
  moneyOfCents,
  SALE_STATUSES,
  windowStart,
} from '../../../shared/domain/index.ts';
import { keys, minuteText, type OnlineStore, REVENUE_FIELDS } from '../../../shared/online/index.ts';
import { currentTable } from '../../../shared/tables/index.ts';
import { countIn, moneyIn } from './cells.ts';
import type { AsOf, LakeReader } from './lake-reader.ts';

export interface RevenuePoint {
  /** UTC day `2026-11-23` or minute `2026-11-23T02:10Z`. */
  readonly start: string;
  readonly revenue: Money;
  /** Orders that count as sales. */
  readonly orders: number;
}

export interface DailyRevenue {
  /** Consecutive UTC days, oldest first; the last one is that of the newest sale. */
  readonly days: readonly RevenuePoint[];
  readonly asOf: AsOf;
}

/** Revenue per UTC day of the order's creation from `current/orders`, in the shop's currency. */
export async function dailyRevenue(lake: LakeReader, days: number): Promise<DailyRevenue> {
  const orders = currentTable('orders');
  const [rows, asOf] = await Promise.all([
    lake.query({ sql: DAILY_REVENUE, tables: { orders }, params: { days } }),
    lake.asOf(orders),
  ]);
  const byDay = new Map(rows.map((row) => [countIn(row, 'day'), row]));
  const last = Math.max(...byDay.keys());
  if (!Number.isFinite(last)) return { days: [], asOf };
  return {
    days: Array.from({ length: days }, (_, index) => {
      const day = last - days + 1 + index;
      const row = byDay.get(day);
      return {
        start: new Date(day * DAY_MS).toISOString().slice(0, 10),
        revenue: row ? moneyIn(row, 'revenue') : moneyOfCents(0n),
        orders: row ? countIn(row, 'orders') : 0,
      };
    }),
    asOf,
  };
}

/** Revenue per UTC minute from the online windows, the minute that holds `now` last. */
export async function minuteRevenue(
  online: Pick<OnlineStore, 'read'>,
  options: { readonly now: EpochMillis; readonly minutes: number; readonly partitions: number },
): Promise<readonly RevenuePoint[]> {
  const { now, minutes, partitions } = options;
  const starts = Array.from({ length: minutes }, (_, index) =>
    epochMillis(windowStart(now) - (minutes - 1 - index) * MINUTE_MS),
  );
  const windows = await online.read(
    starts.flatMap((start) =>
      Array.from({ length: partitions }, (_, partition) => keys.revenue(start, partition)),
    ),
  );
  return starts.map((start, index) => {
    const parts = windows.slice(index * partitions, (index + 1) * partitions);
    const sum = (field: string) => parts.reduce((total, part) => total + BigInt(part.get(field) ?? '0'), 0n);
    return {
      start: minuteText(start),
      revenue: moneyOfCents(sum(REVENUE_FIELDS.cents)),
      orders: Number(sum(REVENUE_FIELDS.orders)),
    };
  });
}

/** Grain: one row per UTC day with sales, of the `days` days that end with the newest sale. */
const DAILY_REVENUE = `
  WITH sales AS (
    SELECT epoch_us(created_at) // 86400000000 AS day, total_amount
    FROM orders
    WHERE status IN (${SALE_STATUSES.map((status) => `'${status}'`).join(', ')})
  )
  SELECT day, sum(total_amount)::DECIMAL(18, 2) AS revenue, count(*) AS orders
  FROM sales
  WHERE day > (SELECT max(day) FROM sales) - $days
  GROUP BY day
  ORDER BY day`;
