import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { type ColdExposure, drawNewProducts, type NewProduct, placesFor } from './cold-exposure.ts';
import { type Popularity, popularityOf } from './popularity.ts';
import { prepareRanker } from './ranker.ts';
import { recommend } from './recommend.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import type { Shelf } from './shelves.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const createdAgo = (product: number, days: number): NewProduct => ({
  product,
  createdAt: NOW - days * DAY_MS,
});

/** Products 1 to 20, each bought once on every one of the last 14 days, and some of the new ones. */
function popularityWith(orders: Readonly<Record<number, number>> = {}): Popularity {
  const purchases = Array.from({ length: 14 * 20 }, (_, i) => {
    return { product: 1 + (i % 20), basket: i, at: NOW - (1 + Math.floor(i / 20)) * DAY_MS, quantity: 1 };
  });
  for (const [product, count] of Object.entries(orders))
    for (let i = 0; i < count; i++)
      purchases.push({
        product: Number(product),
        basket: 1_000 + purchases.length,
        at: NOW - 1,
        quantity: 1,
      });
  return popularityOf(purchases, NOW, 14);
}

const exposureFor = (customer: number, over: Partial<ColdExposure> = {}): ColdExposure => ({
  share: 0.1,
  days: 30,
  products: [createdAgo(101, 1), createdAgo(102, 2)],
  customer,
  now: NOW,
  ...over,
});
const customers = Array.from({ length: 2_000 }, (_, i) => i + 1);

describe('placesFor', () => {
  it.each([
    [0.1, 10],
    [0.1, 5],
    [0.25, 3],
    [0, 100],
    [1, 7],
  ])('gives a share of %f of lists of %i, over customers', (share, n) => {
    const places = customers.map((customer) => placesFor(exposureFor(customer, { share }), n));
    const mean = places.reduce((sum, count) => sum + count, 0) / places.length;
    expect(mean).toBeCloseTo(share * n, 1);
    expect(Math.max(...places)).toBeLessThanOrEqual(Math.ceil(share * n));
  });

  it('is the same for a customer all day, and not on every day', () => {
    const at = (now: number) => placesFor(exposureFor(7, { now }), 5);
    const midnight = NOW - (NOW % DAY_MS);
    expect(at(midnight)).toBe(at(midnight + DAY_MS - 1));
    const days = Array.from({ length: 30 }, (_, day) => at(midnight + day * DAY_MS));
    expect(new Set(days)).toEqual(new Set([0, 1]));
  });
});

describe('drawNewProducts', () => {
  const firstOf = (exposure: ColdExposure, popularity: Popularity) =>
    drawNewProducts(exposure, popularity)[0]?.product;
  const timesFirst = (product: number, products: NewProduct[], popularity: Popularity): number =>
    customers.filter((customer) => firstOf(exposureFor(customer, { products }), popularity) === product)
      .length;

  it('leaves out what is too old and what has orders enough to be ranked', () => {
    const products = [createdAgo(101, 29.9), createdAgo(102, 30), createdAgo(103, 1), createdAgo(104, 1)];
    const drawn = drawNewProducts(exposureFor(1, { products }), popularityWith({ 103: 9, 104: 10 }));
    expect(drawn.map(({ product }) => product).sort()).toEqual([101, 103]);
  });

  it('prefers what sells, without giving up what is not known yet', () => {
    const products = [createdAgo(101, 3), createdAgo(102, 3)];
    const sold = timesFirst(101, products, popularityWith({ 101: 5 }));
    expect(sold).toBeGreaterThan(1_800);
    expect(sold).toBeLessThan(2_000);
  });

  it('takes days without an order for a sign', () => {
    const products = [createdAgo(101, 1), createdAgo(102, 28)];
    expect(timesFirst(101, products, popularityWith())).toBeGreaterThan(1_600);
  });

  it('draws alike for a customer all day, and anew for others', () => {
    const popularity = popularityWith();
    const midnight = NOW - (NOW % DAY_MS);
    const products = [createdAgo(101, 3), createdAgo(102, 3)];
    const drawnAt = (now: number) => firstOf(exposureFor(9, { now, products }), popularity);
    expect(drawnAt(midnight)).toBe(drawnAt(midnight + DAY_MS - 1));
    const first = timesFirst(101, products, popularity);
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(1_100);
  });
});

describe('places for new products', () => {
  const popularity = popularityWith();
  const ranker = prepareRanker({ settings: DEFAULT_SETTINGS, popularity, items: null });
  const history = [1, 2, 3].map((product) => ({ product, basket: 1, at: NOW - DAY_MS, quantity: 1 }));
  const ask = (shelf: Shelf, exposure: ColdExposure, eligible?: (product: number) => boolean) =>
    recommend(ranker, { shelf, history, now: NOW, n: 10, exposure, eligible });

  it.each(['for-you', 'discover'] as const)('are the last ones of %s, and say so', (shelf) => {
    const { items } = ask(shelf, exposureFor(1, { share: 0.2 }));
    expect(items).toHaveLength(10);
    expect(items.slice(0, 8).every(({ source }) => source !== 'new')).toBe(true);
    const added = items.slice(8).sort((a, b) => a.product - b.product);
    expect(added).toMatchObject([
      { product: 101, source: 'new', reason: 'new in the shop for 1 day' },
      { product: 102, source: 'new', reason: 'new in the shop for 2 days' },
    ]);
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('are taken by nothing that is not eligible, or that the customer bought', () => {
    const products = [createdAgo(101, 1), createdAgo(102, 0), createdAgo(1, 1)];
    const { items } = ask('for-you', exposureFor(1, { share: 1, products }), (product) => product !== 101);
    const added = items.filter(({ source }) => source === 'new');
    expect(added).toMatchObject([{ product: 102, reason: 'new in the shop today' }]);
    expect(items).toHaveLength(10);
  });

  it('stay with the list where there is no new product, no share, or another shelf', () => {
    const without = recommend(ranker, { shelf: 'for-you', history, now: NOW, n: 10 });
    const productsOf = ({ items }: typeof without) => items.map(({ product }) => product);
    expect(productsOf(ask('for-you', exposureFor(1, { share: 0 })))).toEqual(productsOf(without));
    expect(productsOf(ask('for-you', exposureFor(1, { products: [] })))).toEqual(productsOf(without));
    for (const shelf of ['buy-again', 'trending'] as const) {
      const { items } = ask(shelf, exposureFor(1, { share: 1 }));
      expect(items.every(({ source }) => source !== 'new')).toBe(true);
    }
  });

  it('fill a shop that has sold nothing yet', () => {
    const empty = prepareRanker({
      settings: DEFAULT_SETTINGS,
      popularity: popularityOf([], NOW, 14),
      items: null,
    });
    const { items } = recommend(empty, {
      shelf: 'for-you',
      history: [],
      now: NOW,
      n: 10,
      exposure: exposureFor(1, { share: 0.2 }),
    });
    expect(items.map(({ source }) => source)).toEqual(['new', 'new']);
  });
});
