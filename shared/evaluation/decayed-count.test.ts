import { expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { decayedCount } from './decayed-count.ts';
import { splitAt } from './temporal-split.ts';

const sold = (customer: number, product: number, day: number, basket: number) => ({
  customer,
  product,
  basket,
  at: day * DAY_MS,
  quantity: 1,
});

it("halves the customer's own baskets and adds everybody's recent ones, as worked out by hand", () => {
  // Before day 20, product 1 stands in baskets 1 and 2 of customer 1; the last 5 days hold baskets 3 and 4.
  const purchases = [
    sold(1, 1, 0, 1),
    sold(1, 1, 10, 2),
    sold(1, 1, 10, 2),
    sold(2, 2, 16, 3),
    sold(3, 2, 17, 4),
    sold(3, 3, 17, 4),
    sold(1, 1, 21, 5),
  ];
  const split = splitAt(purchases, 20 * DAY_MS, 14);
  const method = decayedCount(split, Int32Array.of(1, 2, 3), new Float64Array(3), {
    halfLifeDays: 10,
    popularityWeight: 2,
    popularityDays: 5,
  });
  expect([...method.score(split.customers[0]!).any]).toEqual([0.25 + 0.5, 2, 1]);
});
