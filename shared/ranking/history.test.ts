import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { interactionsOf, profileOf } from './history.ts';
import { popularityOf } from './popularity.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const NOW = 400 * DAY_MS;
const settings = {
  ...DEFAULT_SETTINGS,
  rateHalfLifeDays: 10,
  ratePriorBaskets: 1,
  recencyHalfLifeBaskets: 1,
  ratingHalfLifeDays: 20,
};

function bought(daysAgo: number, basket: number, ...products: number[]): Purchase[] {
  return products.map((product) => ({ product, basket, at: NOW - daysAgo * DAY_MS, quantity: 2 }));
}

const history = [...bought(0, 3, 7), ...bought(10, 2, 7, 8), ...bought(20, 1, 8, 9)];

describe('basketsOf', () => {
  it('is the same to the last bit in whatever order the lines of a history come', () => {
    const lines: Purchase[] = [0.1, 0.7, 1 / 3, 2.55].map((price, i) => ({
      product: 7,
      basket: 1,
      at: NOW,
      quantity: 3 + i,
      price,
    }));
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        expect(basketsOf([...shuffled, ...history])).toEqual(basketsOf([...history, ...lines]));
      }),
    );
  });
});

describe('profileOf', () => {
  it('decays baskets by age into a rate, and recency by baskets since', () => {
    const profile = profileOf(basketsOf(history), NOW, settings);
    // Baskets weigh 1, 1/2 and 1/4; with the prior of 1 that is 2.75 in all.
    expect(profile.baskets).toBe(3);
    expect(profile.products.get(7)).toEqual({
      product: 7,
      baskets: 2,
      firstAt: NOW - 10 * DAY_MS,
      lastAt: NOW,
      rate: expect.closeTo(1.5 / 2.75, 12),
      recency: 1,
      readiness: 1,
    });
    expect(profile.products.get(8)).toMatchObject({
      baskets: 2,
      rate: expect.closeTo(0.75 / 2.75, 12),
      recency: 0.5,
    });
    expect(profile.products.get(9)).toMatchObject({
      baskets: 1,
      rate: expect.closeTo(0.25 / 2.75, 12),
      recency: 0.25,
    });
  });

  it('counts a product once per basket, in whatever order lines come', () => {
    const repeated = [...history, ...bought(10, 2, 8), ...bought(0, 3, 7)].reverse();
    expect([...profileOf(basketsOf(repeated), NOW, settings).products].sort()).toEqual(
      [...profileOf(basketsOf(history), NOW, settings).products].sort(),
    );
  });

  it('lets a product with a rhythm rest after its purchase, and one without a rhythm not', () => {
    const resting = { ...settings, restGaps: 0.5 };
    const readinessAt = (now: number) => {
      const { products } = profileOf(basketsOf(history), now, resting);
      return [7, 8, 9].map((product) => products.get(product)?.readiness);
    };
    // 7 was last bought now and 8 ten days ago, both every 10 days; 9 only once.
    expect(readinessAt(NOW)).toEqual([0, 0.75, 1]);
    expect(readinessAt(NOW + 5 * DAY_MS)).toEqual([0.5, 0.875, 1]);
  });

  it('takes a purchase dated after now as made now, and knows nothing of nobody', () => {
    expect(profileOf(basketsOf(bought(-5, 1, 7)), NOW, settings).products.get(7)?.rate).toBe(0.5);
    expect(profileOf(basketsOf([]), NOW, settings)).toEqual({ baskets: 0, products: new Map() });
  });
});

describe('interactionsOf', () => {
  it('rates by the logarithm of decayed baskets, by ascending product', () => {
    expect(interactionsOf(basketsOf(history), NOW, settings)).toEqual([
      { item: 7, rating: expect.closeTo(Math.log(1 + 1 + Math.SQRT1_2), 12) },
      { item: 8, rating: expect.closeTo(Math.log(1 + Math.SQRT1_2 + 0.5), 12) },
      { item: 9, rating: expect.closeTo(Math.log(1 + 0.5), 12) },
    ]);
  });
});

describe('popularityOf', () => {
  it('counts an order half for every seven days of its age', () => {
    const { decayedOrders } = popularityOf([...bought(0, 1, 8), ...bought(14, 2, 7, 8)], NOW + 1, 28);
    expect(decayedOrders.get(7)).toBeCloseTo(0.25, 6);
    expect(decayedOrders.get(8)).toBeCloseTo(1.25, 6);
  });

  it('counts first orders apart, decayed, where it is known whose they are', () => {
    const of = (customer: number, purchases: Purchase[]) => purchases.map((one) => ({ ...one, customer }));
    const { decayedFirstOrders } = popularityOf(
      [
        ...of(1, bought(0, 3, 7)),
        ...of(1, bought(14, 2, 7, 8)),
        ...of(2, bought(28, 1, 8)),
        ...bought(1, 4, 9),
      ],
      NOW + 1,
      28,
    );
    expect([...decayedFirstOrders.keys()].sort()).toEqual([7, 8]);
    expect(decayedFirstOrders.get(7)).toBeCloseTo(0.5, 6);
    expect(decayedFirstOrders.get(8)).toBeCloseTo(0.75, 6);
  });

  it('counts orders, not lines, within the window that ends now, and since ever', () => {
    const purchases = [...history, ...bought(10, 2, 8), ...bought(-1, 4, 7), ...bought(0.5, 5, 8)];
    expect(popularityOf(purchases, NOW, 10)).toEqual({
      days: 10,
      baskets: 2,
      recent: new Map([
        [7, 1],
        [8, 2],
      ]),
      overall: new Map([
        [7, 1],
        [8, 3],
        [9, 1],
      ]),
      decayedOrders: expect.any(Map),
      decayedFirstOrders: new Map(),
    });
  });
});
