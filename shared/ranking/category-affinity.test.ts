import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { candidatesOf, NOT_LISTED } from './candidates.ts';
import { categoryAffinities, categoryColumn } from './category-affinity.ts';
import { collaborativeScores } from './collaborative-scores.ts';
import { customerStatisticsOf } from './customer-statistics.ts';
import { FEATURE_NAMES, rankingFeatures } from './ranking-features.ts';
import { denseColumn } from './score-column.ts';
import { shopStateOf } from './shop-state.ts';

const NOW = 400 * DAY_MS;
let basket = 0;
const bought = (daysAgo: number, ...products: number[]): Purchase[] => {
  basket += 1;
  return products.map((product) => ({ product, basket, at: NOW - daysAgo * DAY_MS, quantity: 1 }));
};

const TEA = [1, 2, 3];
const COFFEE = [11, 12];
const categories = new Map([
  ...TEA.map((product) => [product, 'tea'] as const),
  ...COFFEE.map((product) => [product, 'coffee'] as const),
]);
// Of the shop's seven orders of products with a category four hold tea; 21 has no category.
const others = [bought(5, 2), bought(6, 2), bought(40, 3), bought(3, 11), bought(4, 11, 21)];
// Tea 90 days ago, coffee 180 days ago: a half and a quarter are left.
const history = [...bought(90, 1), ...bought(180, 12)];
const histories = [...others, history];
const shop = shopStateOf(histories, NOW, categories);
const customer = customerStatisticsOf(basketsOf(history), NOW);
const [coffee, tea] = [0, 1];

describe('categoryAffinities', () => {
  it('tells how much of the customer´s purchases a category has, beside its share of the shop´s', () => {
    const affinities = categoryAffinities(shop, customer);
    expect(affinities.get(tea)).toEqual({
      decayed: 0.5,
      share: 2 / 3,
      lift: 2 / 3 / (4 / 7),
      daysSince: 90,
    });
    expect(affinities.get(coffee)).toEqual({
      decayed: 0.25,
      share: 1 / 3,
      lift: 1 / 3 / (3 / 7),
      daysSince: 180,
    });
  });

  it('is none of products without a category, or unknown to the shop', () => {
    const stranger = customerStatisticsOf(basketsOf([...bought(1, 21, 99)]), NOW);
    expect(categoryAffinities(shop, stranger).size).toBe(0);
    expect(categoryAffinities(shopStateOf(histories, NOW), customer).size).toBe(0);
  });
});

describe('categoryColumn', () => {
  const scoreOf = (product: number): number =>
    categoryColumn(shop, categoryAffinities(shop, customer)).at(
      Int32Array.of(shop.products.indexOf(product)),
    )[0]!;

  it('shares the customer´s taste out over the recent orders of each category', () => {
    // Both recent orders of tea are of 2, both of coffee of 11.
    expect([scoreOf(2), scoreOf(11)]).toEqual([2 / 3, 1 / 3].map((share) => expect.closeTo(share, 9)));
    expect([scoreOf(1), scoreOf(3), scoreOf(21)]).toEqual([0, 0, 0]);
  });

  it('lists the best of all categories as if every product were scored', () => {
    const all = shop.products.map((_, position) => position);
    const { orders } = shop.statistics;
    const column = categoryColumn(shop, categoryAffinities(shop, customer));
    const dense = denseColumn(column.at(all));
    for (const n of [0, 1, 2, 10]) expect(column.top(n, orders)).toEqual(dense.top(n, orders));
    expect(column.top(10, orders)).toHaveLength(2);
  });

  it('has nothing to say in a shop without categories, or of a category that sold nothing lately', () => {
    const quiet = shopStateOf([bought(100, 1)], NOW, categories);
    for (const state of [shopStateOf(histories, NOW), quiet]) {
      const column = categoryColumn(state, categoryAffinities(state, customer));
      expect(column.top(10, state.statistics.orders)).toEqual([]);
      expect([...column.at(Int32Array.of(-1, 0))]).toEqual([0, 0]);
    }
  });
});

describe('categories in candidates and features', () => {
  const rowsOf = (state: typeof shop) => {
    const affinities = categoryAffinities(state, customer);
    const scores = collaborativeScores(state, customer, affinities, denseColumn(new Float64Array(0)));
    const candidates = candidatesOf(state, customer, scores, { own: 10, any: 0, unbought: 10 });
    const features = rankingFeatures({ shop: state, customer, affinities, scores, candidates });
    return [...candidates.products].map((product, row) => ({
      product,
      isListed: candidates.places.category[row] !== NOT_LISTED,
      ...Object.fromEntries(
        FEATURE_NAMES.map((name, column) => [name, features[row * FEATURE_NAMES.length + column]!]),
      ),
    }));
  };

  it('put recent products of the customer´s categories forward, as a source of their own', () => {
    const rows = rowsOf(shop);
    expect(rows.filter(({ isListed }) => isListed).map(({ product }) => product)).toEqual([2, 11]);
    expect(rows.find(({ product }) => product === 2)).toMatchObject({
      'category.score': expect.closeTo(2 / 3, 6),
      'category.rank': 1,
      'category.decayed90d': 0.5,
      'category.lift': expect.closeTo(7 / 6, 6),
      'category.daysSince': 90,
    });
    expect(rows.find(({ product }) => product === 21)).toMatchObject({
      'category.lift': Number.NaN,
      'category.daysSince': Number.NaN,
    });
  });

  it('say nothing in a shop without them', () => {
    for (const row of rowsOf(shopStateOf(histories, NOW)))
      expect(row).toMatchObject({ isListed: false, 'category.score': 0, 'category.lift': Number.NaN });
  });
});
