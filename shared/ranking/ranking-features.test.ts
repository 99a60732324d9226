import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { candidatesOf } from './candidates.ts';
import { categoryAffinities } from './category-affinity.ts';
import { collaborativeScores } from './collaborative-scores.ts';
import { customerStatisticsOf } from './customer-statistics.ts';
import { FEATURE_NAMES, rankingFeatures } from './ranking-features.ts';
import { denseColumn } from './score-column.ts';
import { shopStateOf } from './shop-state.ts';

const NOW = 400 * DAY_MS;
const QUOTA = { own: 100, any: 20, unbought: 20 };

/** By product id and feature name. */
function featuresOf(histories: readonly (readonly Purchase[])[], customer: number) {
  const shop = shopStateOf(histories, NOW);
  const known = (histories[customer] ?? []).filter(({ at }) => at < NOW);
  const statistics = customerStatisticsOf(basketsOf(known), NOW);
  const als = denseColumn(Float64Array.from(shop.products, (product) => (product % 3) / 10));
  const affinities = categoryAffinities(shop, statistics);
  const scores = collaborativeScores(shop, statistics, affinities, als);
  const candidates = candidatesOf(shop, statistics, scores, QUOTA);
  const features = rankingFeatures({ shop, customer: statistics, affinities, scores, candidates });
  return new Map(
    [...candidates.products].map((product, row) => [
      product,
      Object.fromEntries(
        FEATURE_NAMES.map((name, column) => [name, features[row * FEATURE_NAMES.length + column]!]),
      ),
    ]),
  );
}

let basket = 0;
const bought = (
  daysAgo: number,
  ...lines: (readonly [product: number, quantity: number, price: number])[]
) => {
  basket += 1;
  return lines.map(
    ([product, quantity, price]): Purchase => ({
      product,
      basket,
      at: NOW - daysAgo * DAY_MS,
      quantity,
      price,
    }),
  );
};

describe('rankingFeatures', () => {
  // Product 1 every 10 days at 2, at last at 4; product 2 by others alone.
  const own = [...bought(25, [1, 1, 2]), ...bought(15, [1, 3, 2], [4, 1, 8]), ...bought(5, [1, 2, 4])];
  const other = [
    ...bought(12, [1, 1, 4], [2, 1, 1]),
    ...bought(6, [1, 1, 4], [2, 1, 1]),
    ...bought(0.5, [2, 1, 1]),
  ];
  const rows = featuresOf([own, other], 0);
  const close = (value: number) => expect.closeTo(value, 4);

  it('tells the history with a product of the customer´s own', () => {
    expect(rows.get(1)).toMatchObject({
      'own.baskets': 3,
      'own.decayed7d': close(0.5 ** (5 / 7) + 0.5 ** (15 / 7) + 0.5 ** (25 / 7)),
      'own.rate7d': 1,
      'own.share': 1,
      'own.daysSinceLast': 5,
      'own.daysSinceFirst': 25,
      'own.meanGapDays': 10,
      'own.lastOverGap': 0.5,
      'own.basketsSince': 0,
      'own.logQuantity': close(Math.log(7)),
      // Mean of the five orders with it: (2 + 2 + 4 + 4 + 4) / 5.
      'own.priceChange': close(4 / 3.2),
    });
    expect(rows.get(4)).toMatchObject({ 'own.basketsSince': 1, 'own.meanGapDays': Number.NaN });
  });

  it('tells of a product never bought that there is nothing to tell', () => {
    expect(rows.get(2)).toMatchObject({
      'own.baskets': 0,
      'own.decayed90d': 0,
      'own.rate90d': 0,
      'own.share': 0,
      'own.logQuantity': 0,
      'own.daysSinceLast': Number.NaN,
      'own.basketsSince': Number.NaN,
      'own.priceChange': Number.NaN,
    });
  });

  it('tells of the product how the shop sells it', () => {
    expect(rows.get(2)).toMatchObject({
      'product.logOrders1d': close(Math.log(2)),
      'product.logOrders7d': close(Math.log(3)),
      'product.logOrders14d': close(Math.log(4)),
      'product.trend': close(Math.log(3 / 7) - Math.log(4 / 28)),
      'product.logCustomers': close(Math.log(2)),
      'product.logPrice': 0,
      'product.ageDays': 12,
      'product.daysSinceSold': 0.5,
    });
  });

  it('tells of the customer what kind of one it is', () => {
    expect(rows.get(2)).toMatchObject({
      'customer.baskets': 3,
      'customer.daysSinceLast': 5,
      'customer.meanGapDays': 10,
      'customer.lastOverGap': 0.5,
      'customer.basketSize': close(4 / 3),
      'customer.repeatShare': 0.5,
      'customer.products': 2,
      'customer.priceOverUsual': close(1 / (2 * 2 * 8 * 4) ** 0.25),
    });
  });

  it('tells score and place among the candidates by what other customers bought', () => {
    expect(rows.get(2)).toMatchObject({ 'als.score': close(0.2), 'als.rank': 1 });
    expect(rows.get(1)).toMatchObject({ 'als.score': close(0.1), 'together.rank': 2 });
    // Both were in two baskets together: 2 / (sqrt(5 × 3) + 5), from the one product of the last basket.
    expect(rows.get(2)).toMatchObject({
      'together.score': close(2 / (Math.sqrt(15) + 5)),
      'together.rank': 1,
    });
  });

  it('holds no infinite number', () => {
    for (const row of rows.values())
      for (const value of Object.values(row)) expect(Math.abs(value)).not.toBe(Number.POSITIVE_INFINITY);
  });

  it('does not change with what is bought at or after the moment', () => {
    const purchases = fc.array(
      fc.record({
        product: fc.integer({ min: 1, max: 9 }),
        basket: fc.integer({ min: 1, max: 12 }),
        at: fc.integer({ min: NOW - 90 * DAY_MS, max: NOW - 1 }),
        quantity: fc.integer({ min: 1, max: 3 }),
        price: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 20 },
    );
    const later = fc.array(
      fc.record({
        product: fc.integer({ min: 1, max: 12 }),
        basket: fc.integer({ min: 13, max: 20 }),
        at: fc.integer({ min: NOW, max: NOW + 90 * DAY_MS }),
        quantity: fc.integer({ min: 1, max: 3 }),
        price: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(
        fc.tuple(purchases, purchases, purchases),
        fc.tuple(later, later, later),
        (before, after) => {
          const all = before.map((history, customer) => [...history, ...after[customer]!]);
          expect(featuresOf(all, 0)).toEqual(featuresOf(before, 0));
        },
      ),
    );
  });
});
