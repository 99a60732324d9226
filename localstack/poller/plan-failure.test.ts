import { describe, expect, it } from 'vitest';
import { backoffMs, type FailurePlan, planFailure } from './plan-failure.ts';

describe('planFailure', () => {
  it.each<[string, number, number, boolean, boolean, number, FailurePlan]>([
    ['retries a batch as a whole', 4, 1, false, false, 2, { type: 'retry' }],
    ['uses the last retry', 4, 2, false, false, 2, { type: 'retry' }],
    ['bisects when retries are used up', 4, 3, false, false, 2, { type: 'split', at: 2 }],
    ['gives the first half the odd record', 5, 3, false, false, 2, { type: 'split', at: 3 }],
    ['cuts off the first record where the function named it', 5, 3, false, true, 2, { type: 'split', at: 1 }],
    ['tries a half only once', 2, 1, true, false, 2, { type: 'split', at: 1 }],
    ['gives a single record its own retries', 1, 1, true, false, 2, { type: 'retry' }],
    ['gives up on a single record', 1, 3, true, false, 2, { type: 'dead-letter' }],
    ['never gives up with -1', 9, 1_000_000, false, false, -1, { type: 'retry' }],
  ])('%s', (_, size, failures, isolating, firstIsNamed, maximumRetryAttempts, plan) => {
    expect(planFailure({ size, failures, isolating, firstIsNamed }, maximumRetryAttempts)).toEqual(plan);
  });
});

describe('backoffMs', () => {
  it('doubles from the first delay up to the cap, and jitters downwards by at most a half', () => {
    const limits = { firstMs: 100, mostMs: 1000 };
    expect([1, 2, 3, 4, 5, 5000].map((n) => backoffMs(n, limits, () => 1))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(backoffMs(3, limits, () => 0)).toBe(200);
  });
});
