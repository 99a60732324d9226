import { beforeAll, describe, expect, it } from 'vitest';
import { alsParameters, fitAls, interactionMatrix, itemSpace } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { COFFEES, learnedRanker, NOW, ORDERS, TEA_DRINKER, TEAS } from '../testing/tea-and-coffee.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { interactionsOf } from './history.ts';
import { popularityOf } from './popularity.ts';
import { prepareRanker, type Ranker } from './ranker.ts';
import { FEATURE_NAMES } from './ranking-features.ts';
import { recommend } from './recommend.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { SHELVES, type Shelf } from './shelves.ts';

const purchasesOf = (customer: number): Purchase[] =>
  ORDERS.filter((order) => order.customer === customer).flatMap(({ order, at, products }) =>
    products.map((product) => ({ product, basket: order, at, quantity: 1, price: 4.5 })),
  );

let byTrees: Ranker;
let byBlend: Ranker;
beforeAll(async () => {
  const customers = [...new Set(ORDERS.map(({ customer }) => customer))];
  const ratings = customers.flatMap((customer) =>
    interactionsOf(basketsOf(purchasesOf(customer)), NOW, DEFAULT_SETTINGS).map((rating) => ({
      customer,
      ...rating,
    })),
  );
  const model = await fitAls(
    interactionMatrix({
      users: Int32Array.from(ratings, ({ customer }) => customer),
      items: Int32Array.from(ratings, ({ item }) => item),
      values: Float32Array.from(ratings, ({ rating }) => rating),
    }),
    alsParameters({ rank: 4, implicitPrefs: true, alpha: 4, regParam: 0.01 }),
  );
  const shop = {
    settings: DEFAULT_SETTINGS,
    popularity: popularityOf(customers.flatMap(purchasesOf), NOW, 14),
    items: itemSpace(model),
  };
  byBlend = prepareRanker(shop);
  byTrees = prepareRanker({ ...shop, learned: await learnedRanker() });
});

/** Everything that a shelf can hold, with a place for a new product. */
function itemsOf(ranker: Ranker, shelf: Shelf, history = purchasesOf(TEA_DRINKER)) {
  const newProducts = [{ product: 99, createdAt: NOW - DAY_MS }];
  return recommend(ranker, {
    shelf,
    history,
    now: NOW,
    n: 100,
    about: shelf === 'basket' || shelf === 'similar' || shelf === 'bought-together' ? [TEAS[0]!] : [],
    exposure: { share: 0.01, days: 30, products: newProducts, customer: TEA_DRINKER, now: NOW },
  }).items;
}

describe('an explanation', () => {
  it.each(SHELVES)('adds up to the score of every item of %s, by trees and without', (shelf) => {
    for (const ranker of [byTrees, byBlend]) {
      for (const history of [purchasesOf(TEA_DRINKER), []]) {
        const items = itemsOf(ranker, shelf, history);
        expect(items.length).toBeGreaterThan(0);
        for (const { score, explanation } of items) {
          const { base, contributions } = explanation;
          const sum = contributions.reduce((total, { contribution }) => total + contribution, base);
          expect(sum).toBeCloseTo(score, 9);
          const sizes = contributions.map(({ contribution }) => Math.abs(contribution));
          expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
          expect(sizes).not.toContain(0);
        }
      }
    }
  });

  it('says what ranked each item', () => {
    const rankers = (ranker: Ranker, shelf: Shelf) => [
      ...new Set(itemsOf(ranker, shelf).map(({ explanation }) => explanation.rankedBy)),
    ];
    expect(rankers(byTrees, 'for-you')).toEqual(['trees', 'exposure']);
    expect(rankers(byBlend, 'for-you')).toEqual(['blend', 'exposure']);
    expect(rankers(byTrees, 'buy-again')).toEqual(['trees']);
    expect(rankers(byTrees, 'bought-together')).toEqual(['similarity', 'popularity']);
    expect(rankers(byTrees, 'trending')).toEqual(['popularity']);
  });

  it('of trees tells what each feature is worth, what it is, and where the sources put the item', () => {
    const items = itemsOf(byTrees, 'for-you');
    const told = (product: number) => items.find((item) => item.product === product)!;
    const worthOf = (product: number) =>
      told(product).explanation.contributions.find(({ feature }) => feature === 'own.baskets');
    const [often, never] = [TEAS[2]!, COFFEES[0]!];
    expect(worthOf(often)).toMatchObject({ value: 2, weight: null });
    expect(worthOf(never)).toMatchObject({ value: 0, weight: null });
    expect(worthOf(often)!.contribution).toBeGreaterThan(worthOf(never)!.contribution);
    expect(told(often).explanation.places).toMatchObject({ personal: 1 });
    expect(told(never).explanation.places).not.toHaveProperty('personal');
    expect(told(often).features?.length).toBe(FEATURE_NAMES.length);
    expect(told(often).features?.[FEATURE_NAMES.indexOf('own.baskets')]).toBe(2);
  });

  it('of the blend tells every signal and its weight', () => {
    const own = itemsOf(byBlend, 'for-you').find(({ product }) => product === TEAS[0]);
    const { weights } = DEFAULT_SETTINGS;
    const told = own!.explanation.contributions;
    expect(new Set(told.map(({ feature }) => feature))).toEqual(new Set(['rate', 'recency', 'als']));
    for (const { feature, value, weight, contribution } of told) {
      expect(weight).toBe(weights[feature as keyof typeof weights]);
      expect(contribution).toBe(value! * weight!);
    }
    expect(own?.features).toBeNull();
  });
});
