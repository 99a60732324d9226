import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { candidatesOf, NOT_LISTED } from './candidates.ts';
import { categoryAffinities } from './category-affinity.ts';
import { collaborativeScores } from './collaborative-scores.ts';
import { customerStatisticsOf } from './customer-statistics.ts';
import { denseColumn } from './score-column.ts';
import { selectTop } from './select-top.ts';
import { shopStateOf } from './shop-state.ts';

const NOW = 400 * DAY_MS;
let basket = 0;
const bought = (daysAgo: number, ...products: number[]): Purchase[] => {
  basket += 1;
  return products.map((product) => ({ product, basket, at: NOW - daysAgo * DAY_MS, quantity: 1 }));
};

// 1 and 2 go into one basket, 1 and 3 to the same customers, 4 is popular lately, 5 was sold once long ago.
const others = Array.from({ length: 6 }, (_, i) => [
  ...bought(40, 1, 2),
  ...bought(30, 3),
  ...(i < 4 ? bought(2, 4) : []),
  ...(i === 0 ? bought(90, 5) : []),
]);
const history = [...bought(20, 6, 1), ...bought(50, 6)];
const shop = shopStateOf([...others, history], NOW);
const customer = customerStatisticsOf(basketsOf(history), NOW);
const als = denseColumn(
  Float64Array.from(shop.products, (product) => (product === 5 ? 0.9 : product === 1 ? 0.1 : 0)),
);
const scoresOf = (one: typeof customer) => collaborativeScores(shop, one, categoryAffinities(shop, one), als);
const scores = scoresOf(customer);
const QUOTA = { own: 10, any: 10, unbought: 10 };

describe('candidatesOf', () => {
  const { products, positions, places } = candidatesOf(shop, customer, scores, QUOTA);
  const listOf = (source: keyof typeof places): number[] =>
    [...products]
      .map((product, row) => ({ product, place: places[source][row]! }))
      .filter(({ place }) => place !== NOT_LISTED)
      .sort((a, b) => a.place - b.place)
      .map(({ product }) => product);

  it('lists of each source what that source has something to say about, best first', () => {
    expect(listOf('personal')).toEqual([6, 1]);
    expect(listOf('als')).toEqual([5, 1]);
    expect(listOf('together')).toEqual([2]);
    expect(listOf('neighbours')).toEqual([2, 3, 4]);
    expect(listOf('popular')).toEqual([4]);
  });

  it('holds every product once, with its position in the shop', () => {
    expect(new Set(products).size).toBe(products.length);
    expect([...positions].map((position) => shop.products[position])).toEqual([...products]);
  });

  it('keeps to its quotas, of own products and of those never bought', () => {
    const few = candidatesOf(shop, customer, scores, { own: 1, any: 0, unbought: 1 });
    expect([...few.products]).toEqual([6, 5, 2, 4]);
  });

  it('equals the union of two selections of each source, whatever the scores and the quotas', () => {
    const column = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 });
    const quota = fc.record({ any: fc.nat(4), unbought: fc.nat(4) });
    fc.assert(
      fc.property(column, quota, (values, { any, unbought }) => {
        const drawn = Float64Array.from(values);
        const found = candidatesOf(
          shop,
          customer,
          { ...scores, als: denseColumn(drawn) },
          { own: 10, any, unbought },
        );
        const { orders } = shop.statistics;
        const isNew = (position: number): boolean => !customer.own.has(shop.products[position]!);
        const union = new Set([
          ...selectTop(drawn, orders, any, undefined, 0),
          ...selectTop(drawn, orders, unbought, isNew, 0),
        ]);
        const listed = [...found.products].filter((_, row) => found.places.als[row] !== NOT_LISTED);
        expect(new Set(listed)).toEqual(new Set([...union].map((position) => shop.products[position])));
      }),
    );
  });

  it('puts forward what the customer bought though the shop did not know it yet', () => {
    const later = customerStatisticsOf(basketsOf([...history, ...bought(0, 99)]), NOW);
    const found = candidatesOf(shop, later, scoresOf(later), QUOTA);
    expect(found.positions[found.products.indexOf(99)]).toBe(-1);
  });
});

describe('collaborativeScores', () => {
  it('weighs neighbours by the decayed purchases, and takes of the baskets the latest alone', () => {
    const at = (product: number): number => shop.products.indexOf(product);
    const similarity = (product: number, to: number): number => {
      const { starts, columns, similarities } = shop.neighbours;
      const entry = columns.indexOf(at(to), starts[at(product)]);
      return similarities[entry]!;
    };
    const [near] = scores.neighbours.at(Int32Array.of(at(2)));
    expect(near).toBeCloseTo(Math.log1p(0.5 ** (20 / 90)) * similarity(1, 2), 6);
    const later = customerStatisticsOf(basketsOf([...history, ...bought(1, 3)]), NOW);
    expect([...scoresOf(later).together.at(Int32Array.of(at(2)))]).toEqual([0]);
  });
});
