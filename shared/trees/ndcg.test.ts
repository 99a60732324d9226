import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanNdcg } from './ndcg.ts';
import { orderByScore } from './score-order.ts';
import { rowsOf } from './testing.fixture.ts';

/** Scores of which some are equal. */
const anyScore = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -8, max: 8, noNaN: true }));

describe('orderByScore', () => {
  it('gives the order of falling scores, equal ones by index, from whatever order', () => {
    const query = fc.array(fc.tuple(anyScore, fc.double({ noNaN: true })), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(query, (pairs) => {
        const scores = Float64Array.from(pairs, ([score]) => score);
        const start = [...scores.keys()].sort((a, b) => pairs[a]![1] - pairs[b]![1]);
        const order = Int32Array.from(start);
        orderByScore(order, 0, order.length, scores);
        expect([...order]).toEqual([...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b));
      }),
    );
  });
});

describe('meanNdcg', () => {
  it('is that of a small case by hand, without the queries that have nothing to find', () => {
    const rows = rowsOf([0, 0, 0, 0, 0], [0, 2, 1, 0, 0], [3, 2]);
    const ideal = 3 + 1 / Math.log2(3);
    expect(meanNdcg(Float64Array.of(3, 2, 1, 1, 2), rows, 10)).toBeCloseTo(
      (3 / Math.log2(3) + 1 / 2) / ideal,
      12,
    );
    expect(meanNdcg(Float64Array.of(1, 3, 2, 1, 2), rows, 10)).toBe(1);
    expect(meanNdcg(Float64Array.of(3, 2, 1, 1, 2), rows, 1)).toBe(0);
  });
});
