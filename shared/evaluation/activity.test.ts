import fc from 'fast-check';
import { expect, it } from 'vitest';
import { activityQuartiles } from './activity.ts';
import type { CustomerAtCut } from './temporal-split.ts';

const customerOf = (baskets: number, customer: number): CustomerAtCut => ({
  customer,
  history: Array.from({ length: baskets }, (_, basket) =>
    [1, 2].map((product) => ({ product, basket, at: 0, quantity: 1 })),
  ).flat(),
  truth: new Set([1]),
  novelTruth: new Set(),
});

it('parts eight customers into quarters by their baskets, least active first', () => {
  const groups = activityQuartiles([9, 1, 3, 2, 4, 8, 7, 5].map(customerOf));
  expect(groups.map(({ from, to, customers }) => [from, to, customers.length])).toEqual([
    [1, 2, 2],
    [3, 4, 2],
    [5, 7, 2],
    [8, 9, 2],
  ]);
});

it('never parts customers who are alike, and loses none', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 40 }), (baskets) => {
      const groups = activityQuartiles(baskets.map(customerOf));
      expect(groups.length).toBeLessThanOrEqual(4);
      expect(groups.reduce((sum, { customers }) => sum + customers.length, 0)).toBe(baskets.length);
      groups.forEach((group, index) => {
        expect(group.from).toBeLessThanOrEqual(group.to);
        const next = groups[index + 1];
        if (next !== undefined) expect(group.to).toBeLessThan(next.from);
      });
    }),
  );
});
