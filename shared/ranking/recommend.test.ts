import { describe, expect, it } from 'vitest';
import { alsParameters, fitAls, foldIn, interactionMatrix, itemSpace, scoreItems } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { interactionsOf } from './history.ts';
import { popularityOf } from './popularity.ts';
import { foldCustomer, prepareRanker, scoresOf, signalsOf } from './ranker.ts';
import { type RecommendationRequest, recommend } from './recommend.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { SHELVES } from './shelves.ts';

const NOW = Date.UTC(2026, 0, 31);
let basket = 0;
const bought = (daysAgo: number, ...products: number[]): Purchase[] => {
  basket += 1;
  return products.map((product) => ({ product, basket, at: NOW - daysAgo * DAY_MS, quantity: 1 }));
};

// Tea drinkers buy 1, 2 and 3; coffee drinkers buy 11, 12 and 13; half of them buy 50 lately, beside things of
// their own, and 60 was popular once.
const TEA = [1, 2, 3];
const COFFEE = [11, 12, 13];
const histories = new Map<number, Purchase[]>();
for (let customer = 1; customer <= 20; customer++) {
  const taste = customer % 2 === 0 ? TEA : COFFEE;
  histories.set(customer, [
    ...bought(90, ...taste, 60),
    ...bought(60, ...taste, 60),
    ...(customer > 10 ? bought(3, 50) : []),
    ...bought(4, 100 + customer),
    ...bought(5, 200 + customer),
  ]);
}
const purchases = [...histories.values()].flat();
const settings = DEFAULT_SETTINGS;
const popularity = popularityOf(purchases, NOW, settings.popularityDays);
const ratings = [...histories].flatMap(([user, history]) =>
  interactionsOf(basketsOf(history), NOW, settings).map(({ item, rating }) => ({ user, item, rating })),
);
const items = itemSpace(
  await fitAls(
    interactionMatrix({
      users: Int32Array.from(ratings, ({ user }) => user),
      items: Int32Array.from(ratings, ({ item }) => item),
      values: Float32Array.from(ratings, ({ rating }) => rating),
    }),
    alsParameters({ rank: 4, implicitPrefs: true, alpha: 4, regParam: 0.01 }),
  ),
);
const ranker = prepareRanker({ settings, popularity, items });
const ask = (request: Partial<RecommendationRequest>) =>
  recommend(ranker, { history: [], now: NOW, shelf: 'for-you', n: 5, ...request });
const productsOf = (request: Partial<RecommendationRequest>): number[] =>
  ask(request).items.map(({ product }) => product);

const teaNewcomer = [...bought(41, 1, 2), ...bought(20, 1)];

describe('recommend', () => {
  it('puts what the customer buys first, and says how often and when', () => {
    const {
      fallback,
      items: [first],
    } = ask({ history: teaNewcomer });
    expect(fallback).toBeNull();
    expect(first).toMatchObject({
      product: 1,
      source: 'personal',
      reason: 'you buy it about every 21 days, last time 20 days ago',
    });
  });

  it('discovers only what was never bought, by taste, and names the purchase behind it', () => {
    const { items: found } = ask({
      history: teaNewcomer,
      shelf: 'discover',
      eligible: (product) => product !== 50 && product !== 60,
      nameOf: (product) => `Tea ${product}`,
    });
    expect(found[0]).toMatchObject({
      product: 3,
      source: 'als',
      reason: expect.stringMatching(/^like what you bought: Tea [12]$/),
    });
    expect(found.map(({ product }) => product).filter((product) => product === 1 || product === 2)).toEqual(
      [],
    );
  });

  it('answers a purchase at once, without another training', () => {
    const before = productsOf({
      history: teaNewcomer,
      shelf: 'discover',
      n: 3,
      eligible: (product) => product < 50,
    });
    const after = productsOf({
      history: [...teaNewcomer, ...bought(0, 11), ...bought(0, 11, 12)],
      shelf: 'discover',
      n: 3,
      eligible: (product) => product < 50,
    });
    expect(before[0]).toBe(3);
    expect(after).toContain(13);
    expect(after.slice(0, 2)).toContain(13);
    expect(after).not.toContain(11);
  });

  it('lists on buy-again only own products, the due before the one just bought', () => {
    const history = [
      ...bought(60, 1),
      ...bought(40, 1),
      ...bought(20, 1),
      ...bought(40, 2),
      ...bought(20, 2),
      ...bought(0, 2),
    ];
    const { items: due } = ask({ history, shelf: 'buy-again' });
    expect(due.map(({ product, source }) => [product, source])).toEqual([
      [1, 'personal'],
      [2, 'personal'],
    ]);
    expect(due[1]?.reason).toBe('you buy it about every 20 days, last time today');
  });

  it('steps back with what was bought a moment ago where products rest', () => {
    const resting = prepareRanker({ settings: { ...settings, restGaps: 0.15 }, popularity, items });
    const history = [...bought(60, 1, 2), ...bought(40, 1), ...bought(20, 1, 2)];
    const first = (purchases: readonly Purchase[]) =>
      recommend(resting, { history: purchases, now: NOW, shelf: 'for-you', n: 1 }).items[0]?.product;
    expect(first(history)).toBe(1);
    expect(first([...history, ...bought(0, 1)])).toBe(2);
  });

  it('shows what is popular lately to an unknown customer, and says that it fell back', () => {
    for (const shelf of ['for-you', 'buy-again', 'discover'] as const) {
      const { fallback, items: list } = ask({ shelf, n: 2, eligible: (product) => product < 100 });
      expect(fallback).toBe('popular');
      expect(list).toMatchObject([
        { product: 50, source: 'popular', reason: 'popular in the last 14 days: 10 orders' },
        { product: 60, source: 'popular', reason: 'popular over all time: 40 orders' },
      ]);
    }
    expect(ask({ shelf: 'trending', n: 1 })).toMatchObject({ fallback: null, items: [{ product: 50 }] });
  });

  it('never lists what is not eligible, and asks before it selects', () => {
    for (const shelf of SHELVES) {
      for (const history of [[], teaNewcomer]) {
        const list = productsOf({
          shelf,
          history,
          n: 2,
          eligible: (product) => product === 13 || product === 2,
        });
        expect(list.length).toBeGreaterThan(0);
        expect(list.every((product) => product === 13 || product === 2)).toBe(true);
      }
    }
  });

  it('is short, not broken, when asked for more than there is, or for nothing', () => {
    for (const shelf of SHELVES) {
      for (const history of [[], teaNewcomer, bought(1, 999)]) {
        expect(new Set(productsOf({ shelf, history, n: 1000 })).size).toBe(
          productsOf({ shelf, history, n: 1000 }).length,
        );
        expect(productsOf({ shelf, history, n: 0 })).toEqual([]);
        expect(ask({ shelf, history, eligible: () => false }).items).toEqual([]);
      }
    }
    expect(productsOf({ n: 1000 })).toHaveLength(ranker.catalogue.length);
  });

  it('ranks a product that neither model nor popularity knows yet', () => {
    const {
      items: [first],
    } = ask({ history: bought(2, 999) });
    expect(first).toMatchObject({ product: 999, source: 'personal', reason: 'you bought it 2 days ago' });
  });

  it('works before the first training and in a shop without orders', () => {
    const untrained = prepareRanker({ settings, popularity, items: null });
    expect(
      recommend(untrained, { history: teaNewcomer, now: NOW, shelf: 'for-you', n: 1 }).items[0]?.product,
    ).toBe(1);
    const empty = prepareRanker({ settings, popularity: popularityOf([], NOW, 14), items: null });
    expect(recommend(empty, { history: [], now: NOW, shelf: 'for-you', n: 5 })).toEqual({
      fallback: 'popular',
      items: [],
    });
  });
});

describe('scoresOf', () => {
  it('is the weighted sum of rate, recency, popularity and the folded-in prediction', () => {
    const folded = foldIn(items, interactionsOf(basketsOf(teaNewcomer), NOW, settings))!;
    const signals = signalsOf(
      ranker,
      basketsOf(teaNewcomer),
      NOW,
      foldCustomer(ranker, basketsOf(teaNewcomer), NOW)!.factors,
    );
    const scores = scoresOf(signals, { rate: 2, recency: 3, popularity: 5, als: 7 });
    const predicted = scoreItems(items, folded.factors);
    ranker.catalogue.forEach((product, position) => {
      const own = signals.profile.products.get(product);
      const share = (popularity.recent.get(product) ?? 0) / popularity.baskets;
      const expected =
        2 * (own?.rate ?? 0) +
        3 * (own?.recency ?? 0) +
        5 * share +
        7 * predicted[items.itemIds.indexOf(product)]!;
      expect(scores[position]).toBeCloseTo(expected, 10);
    });
  });
});
