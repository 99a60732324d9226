import { expect } from 'vitest';
import { centsOf, DAY_MS, epochMillis, isSale, type Money, moneyOfCents } from '../domain/index.ts';
import { FIRST_ORDERS_HALF_LIFE_DAYS, TREND_HALF_LIFE_DAYS } from './feature-queries.ts';

// The features of a small shop, counted one by one: what the SQL is held against.

export const AS_OF = epochMillis(Date.UTC(2026, 10, 23, 12));
export const HALF_LIFE_DAYS = 30;

export interface Order {
  readonly order_id: number;
  readonly user_id: number | null;
  readonly total_amount: Money;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Item {
  readonly order_item_id: number;
  readonly order_id: number;
  readonly product_id: number;
  readonly quantity: number;
  readonly price_per_unit: Money;
}

export interface Shop {
  readonly orders: readonly Order[];
  readonly items: readonly Item[];
}

export function salesOf(shop: Shop): readonly Order[] {
  return shop.orders.filter(({ status, at }) => isSale(status) && at < AS_OF);
}

/** Sales with the product, oldest first. */
function salesWith(shop: Shop, product: number, sales = salesOf(shop)): readonly Order[] {
  const orders = new Set(
    shop.items.filter((item) => item.product_id === product).map((item) => item.order_id),
  );
  return sales
    .filter(({ order_id }) => orders.has(order_id))
    .sort((a, b) => a.at - b.at || a.order_id - b.order_id);
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

export const latest = (orders: readonly Order[]): number => Math.max(...orders.map(({ at }) => at));

export function expectedInteractions(shop: Shop): unknown {
  const sales = salesOf(shop);
  const users = distinct(sales.flatMap(({ user_id }) => (user_id === null ? [] : [user_id])));
  return users.flatMap((user_id) =>
    distinct(shop.items.map((item) => item.product_id)).flatMap((product_id) => {
      const bought = salesWith(
        shop,
        product_id,
        sales.filter((order) => order.user_id === user_id),
      );
      if (bought.length === 0) return [];
      const weights = bought.map(({ at }) => 0.5 ** ((AS_OF - at) / (HALF_LIFE_DAYS * DAY_MS)));
      return [
        {
          user_id,
          product_id,
          interaction_score: expect.closeTo(
            weights.reduce((sum, weight) => sum + weight, 0),
            12,
          ),
          order_count: bought.length,
          last_ordered_at: BigInt(latest(bought)) * 1_000n,
        },
      ];
    }),
  );
}

export function expectedSaleLines(shop: Shop): unknown {
  return salesOf(shop)
    .filter(({ user_id }) => user_id !== null)
    .sort((a, b) => (a.user_id ?? 0) - (b.user_id ?? 0) || a.order_id - b.order_id)
    .flatMap(({ user_id, order_id, at }) =>
      shop.items
        .filter((item) => item.order_id === order_id)
        .sort((a, b) => a.product_id - b.product_id)
        .map(({ product_id, quantity, price_per_unit }) => ({
          user_id,
          product_id,
          order_id,
          created_at_ms: at,
          quantity,
          unit_price: Number(price_per_unit),
        })),
    );
}

export function expectedPopularity(shop: Shop): unknown {
  const firsts = new Set<number>();
  const known = new Set<number>();
  for (const { user_id, order_id } of [...salesOf(shop)].sort(
    (a, b) => a.at - b.at || a.order_id - b.order_id,
  )) {
    if (user_id !== null && !known.has(user_id)) firsts.add(order_id);
    if (user_id !== null) known.add(user_id);
  }
  const decayed = (orders: readonly Order[], halfLifeDays: number): unknown =>
    expect.closeTo(
      orders.reduce((sum, { at }) => sum + 0.5 ** ((AS_OF - at) / (halfLifeDays * DAY_MS)), 0),
      12,
    );
  return distinct(shop.items.map((item) => item.product_id)).flatMap((product_id) => {
    const sold = salesWith(shop, product_id);
    if (sold.length === 0) return [];
    const orders = new Set(sold.map(({ order_id }) => order_id));
    const lines = shop.items.filter((item) => item.product_id === product_id && orders.has(item.order_id));
    const units = lines.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
    const revenue = lines.reduce(
      (sum, line) => sum + BigInt(line.quantity) * centsOf(line.price_per_unit),
      0n,
    );
    const within = (days: number): number => sold.filter(({ at }) => at >= AS_OF - days * DAY_MS).length;
    return [
      {
        product_id,
        purchase_count: sold.length,
        purchase_count_7d: within(7),
        purchase_count_14d: within(14),
        purchase_count_28d: within(28),
        decayed_orders: decayed(sold, TREND_HALF_LIFE_DAYS),
        decayed_first_orders: decayed(
          sold.filter(({ order_id }) => firsts.has(order_id)),
          FIRST_ORDERS_HALF_LIFE_DAYS,
        ),
        avg_price: moneyOfCents((2n * revenue + units) / (2n * units)),
        units,
        revenue: moneyOfCents(revenue),
        last_ordered_at: BigInt(latest(sold)) * 1_000n,
      },
    ];
  });
}

export function expectedRfm(shop: Shop): unknown {
  const sales = salesOf(shop);
  const customers = distinct(sales.flatMap(({ user_id }) => (user_id === null ? [] : [user_id]))).map(
    (user_id) => {
      const own = sales.filter((order) => order.user_id === user_id);
      return {
        user_id,
        recency: Math.floor((AS_OF - latest(own)) / DAY_MS),
        frequency: own.length,
        monetary: own.reduce((sum, order) => sum + centsOf(order.total_amount), 0n),
      };
    },
  );
  const score = (goodness: number, all: readonly number[]): number => {
    const worse = all.filter((other) => other < goodness).length;
    const equal = all.filter((other) => other === goodness).length;
    return 1 + Math.floor((5 * (2 * worse + equal)) / (2 * all.length));
  };
  return customers.map(({ monetary, ...customer }) => ({
    ...customer,
    monetary: moneyOfCents(monetary),
    r_score: score(
      -customer.recency,
      customers.map(({ recency }) => -recency),
    ),
    f_score: score(
      customer.frequency,
      customers.map(({ frequency }) => frequency),
    ),
    m_score: score(
      Number(monetary),
      customers.map((other) => Number(other.monetary)),
    ),
  }));
}
