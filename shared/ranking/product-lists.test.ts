import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alsParameters, fitAls, interactionMatrix, itemSpace } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { interactionsOf } from './history.ts';
import { popularityOf } from './popularity.ts';
import { prepareRanker, type Ranker } from './ranker.ts';
import { type RecommendationRequest, recommend } from './recommend.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { shopStateOf } from './shop-state.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const TEA = 1;
const BISCUIT = 2;
const HONEY = 3;
const COFFEE = 11;
const SUGAR = 12;
const MUG = 50;

/**
 * Tea drinkers buy biscuits in the same order and honey in another one, coffee drinkers sugar; everybody had a mug lately, in an
 * order of its own.
 */
const histories = Array.from({ length: 30 }, (_, customer): Purchase[] => {
  const order = (number: number, days: number, ...products: number[]): Purchase[] =>
    products.map((product) => ({
      product,
      basket: 10 * customer + number,
      at: NOW - days * DAY_MS,
      quantity: 1,
    }));
  const drinks =
    customer % 2 === 0
      ? [...order(1, 50, TEA, BISCUIT), ...order(2, 40, HONEY)]
      : [...order(1, 50, COFFEE, SUGAR), ...order(2, 40, COFFEE)];
  return [...drinks, ...order(3, 2, MUG)];
});
const settings = DEFAULT_SETTINGS;
const popularity = popularityOf(histories.flat(), NOW, settings.popularityDays);
const ratings = histories.flatMap((history, user) =>
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
const learned = { shop: shopStateOf(histories, NOW), trees: { any: null, novel: null } };
const whole = prepareRanker({ settings, popularity, items, learned });
const withoutShop = prepareRanker({ settings, popularity, items });
const untrained = prepareRanker({ settings, popularity, items: null });

const ask = (
  ranker: Ranker,
  request: Partial<RecommendationRequest> & Pick<RecommendationRequest, 'shelf' | 'about'>,
) =>
  recommend(ranker, {
    history: [],
    now: NOW,
    n: 3,
    nameOf: (product) => (product === TEA ? 'Tea' : `Product ${product}`),
    ...request,
  });

describe('bought-together', () => {
  it('is what lies in the same orders, with how many', () => {
    const { fallback, items: found } = ask(whole, { shelf: 'bought-together', about: [TEA] });
    expect(fallback).toBeNull();
    expect(found[0]).toMatchObject({
      product: BISCUIT,
      source: 'together',
      reason: 'bought together with Tea in 15 orders',
    });
  });

  it('goes on with what the same customers buy, then with what is popular, each item saying so', () => {
    const { items: found } = ask(whole, { shelf: 'bought-together', about: [TEA], n: 100 });
    expect(found.map(({ source }) => source)).toEqual(expect.arrayContaining(['together', 'als', 'popular']));
    expect(found.map(({ product }) => product).sort((a, b) => a - b)).toEqual([2, 3, 11, 12, 50]);
    expect(found.find(({ product }) => product === HONEY)?.source).toBe('als');
  });

  it('says what answers in place of orders that nobody has counted yet', () => {
    expect(ask(withoutShop, { shelf: 'bought-together', about: [TEA] })).toMatchObject({
      fallback: 'als',
      items: [{ source: 'als' }, {}, {}],
    });
    expect(ask(untrained, { shelf: 'bought-together', about: [TEA] })).toMatchObject({
      fallback: 'popular',
      items: [{ product: MUG, source: 'popular' }, {}, {}],
    });
  });
});

describe('similar', () => {
  it('is what the same customers buy, whether together or not', () => {
    const { fallback, items: found } = ask(whole, { shelf: 'similar', about: [TEA], n: 2 });
    expect(fallback).toBeNull();
    expect(found.map(({ product }) => product).sort()).toEqual([BISCUIT, HONEY]);
    expect(found[0]).toMatchObject({ source: 'als', reason: 'like Tea, by who buys it' });
  });

  it('asks customers in common where factors know nothing of the product', () => {
    const { fallback, items: found } = ask(prepareRanker({ settings, popularity, items: null, learned }), {
      shelf: 'similar',
      about: [TEA],
    });
    expect(fallback).toBe('neighbours');
    expect(found[0]).toMatchObject({ source: 'neighbours', reason: expect.stringContaining('Tea') });
  });

  it('shows what is popular of its kind for a product that nobody bought', () => {
    const { fallback, items: found } = ask(whole, {
      shelf: 'similar',
      about: [999],
      isAlike: (product) => product === SUGAR || product === COFFEE,
    });
    expect(fallback).toBe('popular');
    expect(found.map(({ product }) => product)).toEqual([COFFEE, SUGAR, MUG]);
  });
});

describe('basket', () => {
  it('is what goes with all that lies in it, and nothing of it', () => {
    const { fallback, items: found } = ask(whole, { shelf: 'basket', about: [TEA, COFFEE], n: 100 });
    expect(fallback).toBeNull();
    expect(found.slice(0, 2).map(({ product, reason }) => [product, reason])).toEqual(
      expect.arrayContaining([
        [BISCUIT, 'bought together with Tea in 15 orders'],
        [SUGAR, `bought together with Product ${COFFEE} in 15 orders`],
      ]),
    );
    expect(found.some(({ product }) => product === TEA || product === COFFEE)).toBe(false);
  });
});

describe('shelves around products', () => {
  it('never list what they are about or what is not eligible, nothing twice, and best first', () => {
    const products = [TEA, BISCUIT, HONEY, COFFEE, SUGAR, MUG, 999];
    fc.assert(
      fc.property(
        fc.constantFrom('basket', 'similar', 'bought-together'),
        fc.constantFrom(whole, withoutShop, untrained),
        fc.uniqueArray(fc.constantFrom(...products), { minLength: 1 }),
        fc.uniqueArray(fc.constantFrom(...products)),
        fc.nat(8),
        (shelf, ranker, about, ineligible, n) => {
          const { items: found } = ask(ranker, {
            shelf,
            about,
            n,
            eligible: (product) => !ineligible.includes(product),
          });
          const listed = found.map(({ product }) => product);
          expect(new Set(listed).size).toBe(listed.length);
          expect(listed.filter((product) => about.includes(product) || ineligible.includes(product))).toEqual(
            [],
          );
          const left = products.filter(
            (product) => product !== 999 && !about.includes(product) && !ineligible.includes(product),
          );
          expect(listed).toHaveLength(Math.min(n, left.length));
          const scores = found.map(({ score }) => score);
          expect(scores).toEqual([...scores].sort((a, b) => b - a));
        },
      ),
    );
  });
});
