import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grownOnce, roundedGradients } from './grown-once.fixture.ts';

/** Scores of which some are equal. */
const anyScore = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -8, max: 8, noNaN: true }));
const anyQuery = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), anyScore), {
  minLength: 2,
  maxLength: 60,
});

/** The formulas as they are written at the top of `assembly/trees/gradients.ts`, pair by pair. */
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

describe('gradients of the kernel', () => {
  it('are those of the formulas but for rounding, for any grades, scores and truncation', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuery, anyQuery, fc.integer({ min: 1, max: 70 }), async (one, two, truncation) => {
        const expected = [one, two].map((query) =>
          byTheBook(
            query.map(([label]) => label),
            query.map(([, score]) => score),
            truncation,
          ),
        );
        const all = [...one, ...two];
        const { memory } = await grownOnce(
          {
            values: all.map(() => 0),
            labels: all.map(([label]) => label),
            groups: [one.length, two.length],
          },
          { truncationLevel: truncation },
          { scores: all.map(([, score]) => score) },
        );
        const found = roundedGradients(memory);
        for (const name of ['gradients', 'hessians'] as const) {
          const exact = expected.flatMap((query) => query[name]);
          const greatest = Math.max(...exact.map(Math.abs));
          for (const [row, value] of exact.entries())
            expect(Math.abs(found[name][row]! - value)).toBeLessThanOrEqual(1e-9 * greatest);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are 0 where no row is better than another', async () => {
    const { memory } = await grownOnce(
      { values: [0, 0, 0, 0, 0, 0, 0], labels: [0, 0, 0, 1, 0, 2, 2], groups: [3, 2, 2] },
      {},
      { scores: [3, 1, 2, 0, 1, 0, 1] },
    );
    const gradients = roundedGradients(memory).gradients;
    expect([...gradients.subarray(0, 3), ...gradients.subarray(5)]).toEqual([0, 0, 0, 0, 0]);
    expect(gradients[3]).toBeLessThan(0);
    expect(gradients[4]).toBe(-gradients[3]!);
  });

  it('are those of the formulas also when scores are further apart than an exponential can hold', async () => {
    const labels = [0, 1, 0, 1, 2];
    const scores = [5e4, 0, -5e4, -6e4, -7e4];
    const { memory } = await grownOnce({ values: [0, 0, 0, 0, 0], labels, groups: [5] }, {}, { scores });
    const expected = byTheBook(labels, scores, 20).gradients;
    const greatest = Math.max(...expected.map(Math.abs));
    const found = roundedGradients(memory).gradients;
    for (const [row, value] of expected.entries())
      expect(Math.abs(found[row]! - value)).toBeLessThanOrEqual(1e-9 * greatest);
  });
});
