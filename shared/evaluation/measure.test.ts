import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { DEFAULT_SETTINGS, popularityOf, prepareRanker } from '../ranking/index.ts';
import { measure } from './measure.ts';
import { personalFrequency, popularity } from './methods.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { splitAt } from './temporal-split.ts';

const CUT = 100 * DAY_MS;
let basket = 0;
const order = (customer: number, day: number, ...products: number[]): CustomerPurchase[] => {
  basket += 1;
  return products.map((product) => ({ customer, product, basket, at: day * DAY_MS, quantity: 1 }));
};

// Orders per product before the cut: 1 four times, 2 three, 3 twice, 4 once; 5 is sold after the cut only.
const purchases = [
  ...order(1, 10, 1, 2),
  ...order(1, 20, 2, 3),
  ...order(2, 30, 1, 2),
  ...order(2, 95, 1, 4),
  ...order(3, 99.99, 1, 3),
  ...order(1, 100, 3, 1, 5),
  ...order(2, 113.99, 3),
  ...order(3, 114, 2),
  ...order(4, 101, 1),
];
const split = splitAt(purchases, CUT, 14);

describe('splitAt', () => {
  it('parts histories from truths at the cut, to the instant', () => {
    expect([...split.before]).toHaveLength(10);
    expect(
      split.customers.map(({ customer, truth, novelTruth }) => [customer, [...truth], [...novelTruth]]),
    ).toEqual([
      [1, [3, 1], []],
      [2, [3], [3]],
    ]);
  });

  it('leaves out of the truth what nobody could know, and counts the customers nobody knew', () => {
    expect(split.customers[0]?.truth.has(5)).toBe(false);
    expect(split.unknown.map(({ customer, history, truth }) => [customer, history, [...truth]])).toEqual([
      [4, [], [1]],
    ]);
    expect([...split.histories.keys()]).toEqual([1, 2, 3]);
  });
});

describe('measure', () => {
  const ranker = prepareRanker({
    settings: DEFAULT_SETTINGS,
    popularity: popularityOf(split.before, CUT, 14),
    items: null,
  });

  it('ranks the whole catalogue by popularity, with and without what was bought', () => {
    expect([...ranker.catalogue]).toEqual([1, 2, 3, 4]);
    const { any, novel } = measure(popularity(ranker), ranker.catalogue, split.customers, 2);
    // Lists: [1, 2] for both. Customer 1 finds 1 of {3, 1}; customer 2 nothing of {3}.
    expect(any).toMatchObject({
      customers: 2,
      recall: 0.25,
      hitRate: 0.5,
      precision: 0.25,
      mrr: 0.5,
      coverage: 0.5,
    });
    expect([...any.ndcgOf]).toEqual([1 / (1 + 1 / Math.log2(3)), 0]);
    // Only customer 2 has something new to find; the only product new to them is 3.
    expect(novel).toMatchObject({ customers: 1, ndcg: 1, recall: 1, precision: 0.5, coverage: 0.25 });
  });

  it('lists only what the customer had bought where repeats alone are to be found', () => {
    const { repeat } = measure(popularity(ranker), ranker.catalogue, split.customers, 2);
    // Only customer 1 buys again, both 1 and 3 of the own products 1, 2 and 3, and is shown 1 and 2.
    expect(repeat).toMatchObject({ customers: 1, recall: 0.5, precision: 0.5, mrr: 1, coverage: 0.5 });
    expect([...repeat.customerIds]).toEqual([1]);
  });

  it('counts baskets for personal frequency and breaks ties by the last 28 days', () => {
    const method = personalFrequency(ranker, split);
    expect(split.customers.map((customer) => [...method.score(customer).any])).toEqual([
      [1, 2, 1, 0],
      [2, 1, 0, 1],
    ]);
    expect([...method.ties]).toEqual([2, 0, 1, 1]);
    const { any } = measure(method, ranker.catalogue, split.customers, 2);
    // Customer 1: [2, 1], as 1 was sold more lately than 3; customer 2: [1, 4].
    expect([...any.ndcgOf]).toEqual([1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 0]);
  });
});
