import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LambdaGradients } from './lambda-gradients.ts';
import { meanNdcg } from './ndcg.ts';
import { orderByScore } from './score-order.ts';
import { rowsOf } from './testing.fixture.ts';

const rowsOfLabels = (labels: readonly number[], groups: readonly number[] = [labels.length]) =>
  rowsOf(new Array(labels.length).fill(0), labels, groups);

/** Scores of which some are equal. */
const anyScore = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -8, max: 8, noNaN: true }));
const anyQuery = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), anyScore), {
  minLength: 2,
  maxLength: 40,
});

/** The formulas as they are written at the top of the file, pair by pair. */
function byTheBook(labels: readonly number[], scores: readonly number[], truncation: number) {
  const order = [...labels.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const gain = (row: number) => 2 ** labels[row]! - 1;
  const ideal = [...labels].sort((a, b) => b - a).slice(0, truncation);
  const maxDcg = ideal.reduce((sum, label, place) => sum + (2 ** label - 1) / Math.log2(place + 2), 0);
  const gradients = labels.map(() => 0);
  const hessians = labels.map(() => 0);
  let sum = 0;
  for (let i = 0; i < Math.min(truncation, labels.length); i++) {
    for (let j = i + 1; j < labels.length; j++) {
      const [high, low] = gain(order[i]!) > gain(order[j]!) ? [order[i]!, order[j]!] : [order[j]!, order[i]!];
      if (gain(high) === gain(low)) continue;
      let delta = ((gain(high) - gain(low)) * (1 / Math.log2(i + 2) - 1 / Math.log2(j + 2))) / maxDcg;
      const spread = scores[order[0]!]! - scores[order.at(-1)!]!;
      if (spread > 0) delta /= 0.01 + Math.abs(scores[high]! - scores[low]!);
      const rho = 1 / (1 + Math.exp(scores[high]! - scores[low]!));
      gradients[high]! -= rho * delta;
      gradients[low]! += rho * delta;
      hessians[high]! += rho * (1 - rho) * delta;
      hessians[low]! += rho * (1 - rho) * delta;
      sum += 2 * rho * delta;
    }
  }
  const factor = sum > 0 ? Math.log2(1 + sum) / sum : 1;
  return { gradients: gradients.map((g) => g * factor), hessians: hessians.map((h) => h * factor) };
}

describe('LambdaGradients', () => {
  it('are those of the formulas, for any grades, scores and truncation', () => {
    fc.assert(
      fc.property(anyQuery, fc.integer({ min: 1, max: 50 }), (query, truncation) => {
        const labels = query.map(([label]) => label);
        const scores = query.map(([, score]) => score);
        const found = new LambdaGradients(rowsOfLabels(labels), truncation);
        found.update(0, Float64Array.from(scores));
        const expected = byTheBook(labels, scores, truncation);
        for (const row of labels.keys()) {
          expect(found.gradients[row]).toBeCloseTo(expected.gradients[row]!, 10);
          expect(found.hessians[row]).toBeCloseTo(expected.hessians[row]!, 10);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('touch no other query, and are 0 where no row is better than another', () => {
    const found = new LambdaGradients(rowsOfLabels([0, 0, 0, 1, 0, 2, 2], [3, 2, 2]), 10);
    for (let query = 0; query < 3; query++) found.update(query, Float64Array.of(3, 1, 2, 0, 1, 0, 1));
    expect([...found.gradients.subarray(0, 3), ...found.gradients.subarray(5)]).toEqual([0, 0, 0, 0, 0]);
    expect(found.gradients[3]).toBeLessThan(0);
    expect(found.gradients[4]).toBe(-found.gradients[3]!);
  });

  it('stay finite when scores are further apart than an exponential can hold', () => {
    const found = new LambdaGradients(rowsOfLabels([0, 1, 0, 1, 2]), 10);
    found.update(0, Float64Array.of(5e4, 0, -5e4, -6e4, -7e4));
    expect([...found.gradients, ...found.hessians].every(Number.isFinite)).toBe(true);
  });
});

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
    const rows = rowsOfLabels([0, 2, 1, 0, 0], [3, 2]);
    const ideal = 3 + 1 / Math.log2(3);
    expect(meanNdcg(Float64Array.of(3, 2, 1, 1, 2), rows, 10)).toBeCloseTo(
      (3 / Math.log2(3) + 1 / 2) / ideal,
      12,
    );
    expect(meanNdcg(Float64Array.of(1, 3, 2, 1, 2), rows, 10)).toBe(1);
    expect(meanNdcg(Float64Array.of(3, 2, 1, 1, 2), rows, 1)).toBe(0);
  });
});
