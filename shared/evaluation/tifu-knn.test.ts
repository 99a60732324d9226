import { expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { splitAt } from './temporal-split.ts';
import { tifuKnn, tifuVector } from './tifu-knn.ts';

const order = (customer: number, day: number, ...products: number[]): CustomerPurchase[] =>
  products.map((product) => ({
    customer,
    product,
    basket: 100 * customer + day,
    at: day * DAY_MS,
    quantity: 1,
  }));

it('decays within groups of baskets and across them, as worked out by hand', () => {
  // Latest first, in groups of two: [{0}, {0, 1}] and [{2}].
  const baskets = [new Set([0]), new Set([0, 1]), new Set([2])];
  const { positions, values } = tifuVector(baskets, { groupSize: 2, basketDecay: 0.5, groupDecay: 0.8 });
  expect([...positions]).toEqual([0, 1, 2]);
  // Two groups: (1 + 0.5) / 2 / 2, 0.5 / 2 / 2, and the older group of one basket 0.8 / 1 / 2.
  expect([...values]).toEqual([0.375, 0.125, 0.4]);
});

it('adds the mean of the nearest, never of the customer alone, and knows nothing of a stranger', () => {
  // Products 1, 2, 3 at positions 0, 1, 2. Customer 1 is nearer to 2 than to 3.
  const purchases = [...order(1, 1, 1), ...order(2, 1, 1, 2), ...order(3, 1, 3), ...order(1, 11, 1)];
  const split = splitAt(purchases, 10 * DAY_MS, 14);
  const catalogue = Int32Array.of(1, 2, 3);
  const parameters = { groupSize: 7, basketDecay: 1, groupDecay: 1, neighbours: 1, alpha: 0.75 };
  const method = tifuKnn(split, catalogue, new Float64Array(3), parameters);
  expect([...method.score(split.customers[0]!).any]).toEqual([1, 0.25, 0]);
  const stranger = { customer: 9, history: [], truth: new Set([1]), novelTruth: new Set([1]) };
  expect([...method.score(stranger).any]).toEqual([0, 0, 0]);
});
