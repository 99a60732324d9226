import { expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { splitAt } from './temporal-split.ts';
import { upCf, userWisePopularity } from './up-cf.ts';

const order = (customer: number, day: number, ...products: number[]): CustomerPurchase[] =>
  products.map((product) => ({
    customer,
    product,
    basket: 100 * customer + day,
    at: day * DAY_MS,
    quantity: 1,
  }));

it('counts shares of the last baskets', () => {
  const { positions, values } = userWisePopularity([new Set([0]), new Set([0, 1]), new Set([2])], 2);
  expect(new Map([...positions].map((position, i) => [position, values[i]]))).toEqual(
    new Map([
      [0, 1],
      [1, 0.5],
    ]),
  );
});

it('weighs everybody by a power of the asymmetric cosine, as worked out by hand', () => {
  // Sets: customer 1 {1}, customer 2 {1, 2}, customer 3 {3}. Cosine with α = 0.5: 1, 1/√2, 0; squared: 1, 1/2, 0.
  const purchases = [
    ...order(1, 1, 1),
    ...order(2, 1, 1),
    ...order(2, 2, 2),
    ...order(3, 1, 3),
    ...order(1, 11, 1),
  ];
  const split = splitAt(purchases, 10 * DAY_MS, 14);
  const method = upCf(split, Int32Array.of(1, 2, 3), new Float64Array(3), {
    recency: 10,
    asymmetry: 0.5,
    locality: 2,
  });
  const [one, two, three] = method.score(split.customers[0]!).any;
  expect(one).toBeCloseTo(1 + 0.5 * 0.5, 12);
  expect(two).toBeCloseTo(0.5 * 0.5, 12);
  expect(three).toBe(0);
});
