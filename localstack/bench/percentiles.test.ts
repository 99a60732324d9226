import { expect, it } from 'vitest';
import { percentile, percentilesText } from './percentiles.ts';

it.each([
  [0.5, 5],
  [0.95, 10],
  [0.99, 10],
  [0.1, 1],
  [0, 1],
])('share %d of 1 to 10 lies at %d', (share, value) => {
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share)).toBe(value);
});

it('sorts what it is given', () => {
  expect(percentilesText([3, 1, 2], 'ms')).toBe('p50 2.0 · p95 3.0 · p99 3.0 ms');
});
