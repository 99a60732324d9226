import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  type FailedPart,
  type FailurePlan,
  planFailure,
  type RetryRules,
} from './plan-failure.ts';

const part: FailedPart = { size: 4, failures: 1, firstIsNamed: false, isRest: false };
const rules: RetryRules = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: false };
const bisecting: RetryRules = { ...rules, bisectBatchOnFunctionError: true };

describe('planFailure', () => {
  it.each<[string, Partial<FailedPart>, RetryRules, FailurePlan]>([
    ['retries a batch as a whole', {}, rules, { type: 'retry' }],
    ['uses the last retry', { failures: 2 }, rules, { type: 'retry' }],
    ['gives up as a whole', { failures: 3 }, rules, { type: 'give-up' }],
    ['gives up at once without retries', {}, { ...rules, maximumRetryAttempts: 0 }, { type: 'give-up' }],
    ['never gives up with -1', { failures: 1e6 }, { ...rules, maximumRetryAttempts: -1 }, { type: 'retry' }],
    ['with bisect, cuts in two at the first failure', {}, bisecting, { type: 'split', at: 2 }],
    ['gives the first half the odd record', { size: 5 }, bisecting, { type: 'split', at: 3 }],
    ['cuts however often it failed', { failures: 9 }, bisecting, { type: 'split', at: 2 }],
    ['cuts off a first record that is named', { firstIsNamed: true }, bisecting, { type: 'split', at: 1 }],
    [
      'has been cut already behind what succeeded',
      { firstIsNamed: true, isRest: true },
      bisecting,
      { type: 'retry' },
    ],
    ['retries a single record', { size: 1 }, bisecting, { type: 'retry' }],
    ['gives up on a single record', { size: 1, failures: 3 }, bisecting, { type: 'give-up' }],
  ])('%s', (_, changed, given, plan) => {
    expect(planFailure({ ...part, ...changed }, given)).toEqual(plan);
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
