import { expect, it } from 'vitest';
import type { Method } from './measure.ts';
import type { CustomerAtCut } from './temporal-split.ts';
import { type ValidationWindow, validationMeasures } from './validation-measures.ts';

const CATALOGUE = Int32Array.from({ length: 20 }, (_, position) => position + 1);
/** Ten customers, each of whom buys the product of its own number, two for the first time. */
const customers: CustomerAtCut[] = Array.from({ length: 10 }, (_, index) => ({
  customer: index + 1,
  history: [{ product: index < 2 ? 20 : index + 1, basket: index, at: 0, quantity: 1 }],
  truth: new Set([index + 1]),
  novelTruth: new Set(index < 2 ? [index + 1] : []),
}));

function method(name: string, favourite: (customer: number) => number): Method {
  return {
    name,
    ties: new Float64Array(CATALOGUE.length),
    score: ({ customer }) => {
      const scores = Float64Array.from(CATALOGUE, (product) => (product === favourite(customer) ? 1 : 0));
      return { any: scores, novel: scores };
    },
  };
}

const windowOf = (
  ours: Method,
  baselines: readonly Method[],
  measured: readonly CustomerAtCut[] = customers,
): ValidationWindow => ({ ours, baselines, catalogue: CATALOGUE, customers: measured });

it('writes numbers of ours and of each baseline with the interval of our lead', () => {
  const oracle = method('oracle', (customer) => customer);
  const first = method('first of the catalogue', () => 1);
  const { metrics, baselines } = validationMeasures([windowOf(oracle, [first, oracle])], 1);
  expect(metrics).toEqual({
    validationCustomers: 10,
    ndcgAt10: 1,
    recallAt10: 1,
    hitRateAt10: 1,
    coverageAt10: 0.5,
    novelNdcgAt10: 1,
  });
  const discounted = Array.from({ length: 10 }, (_, place) => 1 / Math.log2(place + 2));
  const ndcg = discounted.reduce((sum, gain) => sum + gain, 0) / 10;
  const { leadAt10Low, leadAt10High, ...rest } = baselines['first of the catalogue']!;
  expect(rest).toEqual({
    ndcgAt10: expect.closeTo(ndcg, 12),
    novelNdcgAt10: expect.closeTo((1 + 1 / Math.log2(3)) / 2, 12),
    leadAt10: expect.closeTo(1 - ndcg, 12),
  });
  expect(leadAt10Low).toBeGreaterThan(0);
  expect(leadAt10High).toBeGreaterThan(1 - ndcg);
  expect(baselines.oracle).toMatchObject({ leadAt10: 0, leadAt10Low: 0, leadAt10High: 0 });
});

it('pools windows by how many customers each has, and counts a customer of two once', () => {
  const oracle = method('oracle', (customer) => customer);
  const nothing = method('nothing', () => 20);
  const four = customers.slice(0, 4);
  const { metrics, baselines } = validationMeasures(
    [windowOf(oracle, [nothing]), windowOf(nothing, [oracle], four)],
    1,
  );
  const missed = validationMeasures([windowOf(nothing, [oracle], four)], 1).metrics;
  expect(metrics).toMatchObject({ validationCustomers: 10, coverageAt10: 0.5 });
  expect(metrics.ndcgAt10).toBeCloseTo((10 + 4 * missed.ndcgAt10!) / 14, 12);
  expect(metrics.hitRateAt10).toBeCloseTo((10 + 4 * missed.hitRateAt10!) / 14, 12);
  const { leadAt10, leadAt10Low } = baselines.nothing!;
  expect(leadAt10).toBeCloseTo(metrics.ndcgAt10! - baselines.nothing!.ndcgAt10, 12);
  expect(leadAt10Low).toBeLessThan(leadAt10);
});

it('says that nobody was measured', () => {
  const nobody = validationMeasures(
    [
      windowOf(
        method('any', () => 1),
        [],
        [],
      ),
    ],
    1,
  );
  expect(nobody).toEqual({ metrics: { validationCustomers: 0 }, baselines: {} });
});
