import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { catalogueFacts, diversityOf, exposureCurve, exposureOf, giniOf } from './exposure.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { splitAt } from './temporal-split.ts';

const sold = (customer: number, product: number, basket = customer): CustomerPurchase => ({
  customer,
  product,
  basket,
  at: DAY_MS,
  quantity: 1,
});

// Product 1 is bought by all four customers, once twice over; 2 by one; 3 by one. Head of 80 % of 7 purchases: 1 (5) and 2 (1).
const purchases = [sold(1, 1), sold(1, 1, 9), sold(2, 1), sold(3, 1), sold(4, 1), sold(1, 2), sold(2, 3)];
const facts = catalogueFacts(
  Int32Array.of(1, 2, 3),
  splitAt(purchases, 10 * DAY_MS, 1),
  new Map([
    [1, 'Tea'],
    [2, 'Tea'],
    [3, 'Jam'],
  ]),
);

describe('catalogueFacts', () => {
  it('knows how unexpected each product is, and which are beyond the head', () => {
    expect([...facts.selfInformation]).toEqual([0, 2, 2]);
    expect([...facts.isTail]).toEqual([0, 0, 1]);
  });
});

describe('exposureOf', () => {
  it('has the values worked out by hand', () => {
    expect(exposureOf([[1, 3], [1]], facts)).toEqual({
      // Shown 0, 1, 2 times: (-2·0 + 0·1 + 2·2) / (3·3).
      gini: 4 / 9,
      novelty: (1 + 0) / 2,
      tailShare: (0.5 + 0) / 2,
      diversity: 1,
      curve: [
        { products: 1, share: 2 / 3 },
        { products: 2, share: 1 },
        { products: 3, share: 1 },
      ],
    });
  });

  it('is nothing for no lists', () => {
    expect(exposureOf([], facts)).toMatchObject({ gini: 0, novelty: 0, tailShare: 0, diversity: null });
  });
});

describe('diversityOf', () => {
  it('is the share of pairs whose categories differ, among products that have one', () => {
    expect(diversityOf([1, 2, 3], facts.categories)).toBe(2 / 3);
    expect(diversityOf([1, 2, 99], facts.categories)).toBe(0);
    expect(diversityOf([3, 99], facts.categories)).toBeNull();
  });
});

const counts = fc
  .array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 40 })
  .map((values) => Float64Array.from(values).sort());

describe('giniOf', () => {
  it('is half the mean absolute difference over the mean, so from 0 to below 1 and blind to scale', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 9 }), (values, scale) => {
        const total = values.reduce((sum, value) => sum + value, 0);
        let differences = 0;
        for (const a of values) for (const b of values) differences += Math.abs(a - b);
        const expected = total === 0 ? 0 : differences / (2 * values.length * total);
        expect(giniOf(values)).toBeCloseTo(expected, 12);
        expect(giniOf(values)).toBeLessThan(1);
        expect(giniOf(values.map((value) => value * scale))).toBeCloseTo(giniOf(values), 12);
      }),
    );
  });

  it('is 0 where all are shown alike and 1 - 1/n where one is shown alone', () => {
    expect(giniOf(Float64Array.of(3, 3, 3))).toBe(0);
    expect(giniOf(Float64Array.of(0, 0, 0, 7))).toBe(0.75);
  });
});

describe('exposureCurve', () => {
  it('rises to 1 at the whole catalogue, ever more slowly', () => {
    fc.assert(
      fc.property(counts, (values) => {
        const curve = exposureCurve(values);
        const total = values.reduce((sum, value) => sum + value, 0);
        expect(curve.at(-1)).toEqual({
          products: values.length,
          share: total === 0 ? 0 : expect.closeTo(1, 12),
        });
        let steepest = Number.POSITIVE_INFINITY;
        let before = { products: 0, share: 0 };
        for (const point of curve) {
          const slope = (point.share - before.share) / (point.products - before.products);
          expect(slope).toBeLessThanOrEqual(steepest + 1e-12);
          [steepest, before] = [slope, point];
        }
      }),
    );
  });
});
