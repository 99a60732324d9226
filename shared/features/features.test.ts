import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../adapters/duckdb-query-fixture.ts';
import { DAY_MS, HOUR_MS, type Money, moneyOfCents } from '../domain/index.ts';
import { currentTable } from '../tables/index.ts';
import {
  newestSale,
  productPopularity,
  saleLines,
  shopActivity,
  userItemInteractions,
  userRfm,
} from './feature-queries.ts';
import {
  AS_OF,
  expectedInteractions,
  expectedPopularity,
  expectedRfm,
  expectedSaleLines,
  HALF_LIFE_DAYS,
  latest,
  type Shop,
  salesOf,
} from './features-by-hand.ts';
import type { QueryTable } from './query-engine.ts';

const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => moneyOfCents(BigInt(value)));

/** Few customers, products and times, so that ties, repeats, future orders and window bounds come up often. */
const shops: fc.Arbitrary<Shop> = fc
  .array(
    fc.record({
      user_id: fc.option(fc.integer({ min: 1, max: 6 })),
      total_amount: cents(300),
      status: fc.constantFrom('completed', 'paid', 'shipped', 'pending', 'cancelled'),
      age: fc.constantFrom(-24, 0, 1, 5, 24, 7 * 24, 7 * 24 + 1, 14 * 24, 28 * 24, 28 * 24 + 1, 400 * 24),
      items: fc.array(
        fc.record({
          product_id: fc.integer({ min: 1, max: 4 }),
          quantity: fc.integer({ min: 1, max: 9 }),
          price_per_unit: cents(999),
        }),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 25 },
  )
  .map((orders) => ({
    orders: orders.map(({ items, age, ...order }, i) => ({
      ...order,
      order_id: i + 1,
      at: AS_OF - age * HOUR_MS,
    })),
    items: orders
      .flatMap(({ items }, i) => items.map((item) => ({ ...item, order_id: i + 1 })))
      .map((item, i) => ({ ...item, order_item_id: i + 1 })),
  }));

describe('features from the current tables', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());

  const stored = async (shop: Shop): Promise<{ orders: QueryTable; orderItems: QueryTable }> => ({
    orders: await fixture.store(
      currentTable('orders').schema,
      shop.orders.map(({ at, ...order }) => ({ ...order, created_at: BigInt(at) * 1_000n })),
    ),
    orderItems: await fixture.store(
      currentTable('order_items').schema,
      shop.items.map((item) => ({ ...item })),
    ),
  });
  const run = async (shop: Shop) => ({
    engine: fixture.engine,
    asOf: AS_OF,
    halfLifeDays: HALF_LIFE_DAYS,
    ...(await stored(shop)),
  });
  const sameAs = (expectedOf: (shop: Shop) => unknown, actualOf: (shop: Shop) => Promise<unknown>) =>
    fc.assert(
      fc.asyncProperty(shops, async (shop) => {
        expect(await actualOf(shop)).toEqual(expectedOf(shop));
      }),
      { numRuns: 30 },
    );

  it('user_item_interactions agree with counting one by one', () =>
    sameAs(expectedInteractions, async (shop) => fixture.rows(userItemInteractions(await run(shop)))));

  it('product_popularity agrees with counting one by one', () =>
    sameAs(expectedPopularity, async (shop) => fixture.rows(productPopularity(await run(shop)))));

  it('user_rfm agrees with ranking one by one', () =>
    sameAs(expectedRfm, async (shop) =>
      (await fixture.rows(userRfm(await run(shop)))).map(({ segment, ...scores }) => scores),
    ));

  it('shop_activity agrees with counting one by one', () =>
    sameAs(
      (shop) => {
        const within = (days: number) => salesOf(shop).filter(({ at }) => at >= AS_OF - days * DAY_MS).length;
        const as_of = BigInt(AS_OF) * 1_000n;
        return [{ as_of, orders_7d: within(7), orders_14d: within(14), orders_28d: within(28) }];
      },
      async (shop) => fixture.rows(shopActivity(await run(shop))),
    ));

  it('the newest sale is the latest one before the moment', () =>
    sameAs(
      (shop) => (salesOf(shop).length === 0 ? null : latest(salesOf(shop))),
      async (shop) => newestSale(await run(shop)),
    ));

  it('sale lines are those of the orders, each with the price that was paid', () =>
    sameAs(expectedSaleLines, async (shop) => fixture.rows(saleLines(await run(shop)))));

  it('interactions decay by half per half-life and leave out the moment itself', async () => {
    const shop = shopOf([
      { user_id: 1, at: AS_OF - HALF_LIFE_DAYS * DAY_MS, products: [1, 1] },
      { user_id: 1, at: AS_OF - 2 * HALF_LIFE_DAYS * DAY_MS, products: [1] },
      { user_id: 1, at: AS_OF, products: [1] },
      { user_id: 1, at: AS_OF - DAY_MS, products: [2], status: 'cancelled' },
      { user_id: null, at: AS_OF - DAY_MS, products: [3] },
    ]);
    expect(await fixture.rows(userItemInteractions(await run(shop)))).toEqual([
      {
        user_id: 1,
        product_id: 1,
        interaction_score: 0.75,
        order_count: 2,
        last_ordered_at: BigInt(AS_OF - HALF_LIFE_DAYS * DAY_MS) * 1_000n,
      },
    ]);
    const popularity = await fixture.rows(productPopularity(await run(shop)));
    expect(popularity.map(({ product_id, purchase_count }) => [product_id, purchase_count])).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });

  it('recency counts from the run, not from the latest order', async () => {
    const shop = shopOf([{ user_id: 1, at: AS_OF - 90 * DAY_MS, products: [1] }]);
    expect(await fixture.rows(userRfm(await run(shop)))).toMatchObject([
      { user_id: 1, recency: 90, r_score: 3, f_score: 3, m_score: 3, segment: 'Need attention' },
    ]);
  });

  it('five different customers get the five scores, equal ones the same', async () => {
    const visits = [1, 2, 3, 4, 5].flatMap((user_id) =>
      Array.from({ length: user_id }, () => ({
        user_id,
        at: AS_OF - (10 - user_id) * DAY_MS,
        products: [1],
      })),
    );
    const scores = async (shop: Shop) =>
      (await fixture.rows(userRfm(await run(shop)))).map((row) => [row.r_score, row.f_score, row.segment]);
    expect(await scores(shopOf(visits))).toEqual([
      [1, 1, 'Lost'],
      [2, 2, 'Hibernating'],
      [3, 3, 'Need attention'],
      [4, 4, 'Loyal'],
      [5, 5, 'Champions'],
    ]);
    const alike = [1, 2, 3].map((user_id) => ({ user_id, at: AS_OF - DAY_MS, products: [1] }));
    expect(await scores(shopOf(alike))).toEqual(Array(3).fill([3, 3, 'Need attention']));
  });

  it('a shop without orders has no features', async () => {
    const { orders, orderItems } = await stored({ orders: [], items: [] });
    const args = { engine: fixture.engine, asOf: AS_OF, halfLifeDays: HALF_LIFE_DAYS, orders, orderItems };
    expect(await fixture.rows(userItemInteractions(args))).toEqual([]);
    expect(await fixture.rows(productPopularity(args))).toEqual([]);
    expect(await fixture.rows(userRfm(args))).toEqual([]);
  });

  it('exact where floats are not: a revenue of many cents', async () => {
    const shop = shopOf([{ user_id: 1, at: AS_OF - DAY_MS, products: [1, 1, 1] }], '99999999.99');
    expect(await fixture.rows(productPopularity(await run(shop)))).toMatchObject([
      { revenue: '299999999.97', avg_price: '99999999.99', units: 3n },
    ]);
  });
});

function shopOf(
  orders: readonly { user_id: number | null; at: number; products: readonly number[]; status?: string }[],
  price = '1.00',
): Shop {
  return {
    orders: orders.map(({ user_id, at, status = 'paid' }, i) => ({
      order_id: i + 1,
      user_id,
      at,
      status,
      total_amount: '1.00' as Money,
    })),
    items: orders
      .flatMap(({ products }, i) => products.map((product_id) => ({ order_id: i + 1, product_id })))
      .map((item, i) => ({ ...item, order_item_id: i + 1, quantity: 1, price_per_unit: price as Money })),
  };
}
