import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contributionsOf } from './contributions.ts';
import { leafOf } from './decide.ts';
import { predictRows } from './predict-rows.ts';
import { anyEnsemble, anyValue } from './testing.fixture.ts';

const WIDTH = 3;
const anyRows = fc
  .array(fc.tuple(anyValue, anyValue, anyValue), { maxLength: 50 })
  .map((rows) => Float32Array.from(rows.flat()));

describe('predictRows', () => {
  it('gives what a walk down each tree gives, for any trees, decisions and rows', () => {
    fc.assert(
      fc.property(anyEnsemble(WIDTH), anyRows, (ensemble, features) => {
        const walked = Array.from({ length: features.length / WIDTH }, (_, row) =>
          ensemble.trees.reduce(
            (sum, tree) => sum + tree.leafValues[leafOf(tree, features, row * WIDTH)]!,
            0,
          ),
        );
        const out = new Float64Array(walked.length).fill(7);
        predictRows(ensemble, features, out);
        expect([...out]).toEqual(walked);
        // Nothing of one call is left for the next.
        predictRows(ensemble, features.slice(0, WIDTH), out.subarray(0, Math.min(1, out.length)));
        expect([...out]).toEqual(walked);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses rows of another width', () => {
    const ensemble = {
      objective: 'lambdarank',
      featureNames: ['a', 'b'],
      featureInfos: ['none', 'none'],
      trees: [],
    };
    expect(() => predictRows(ensemble, new Float32Array(5), new Float64Array(2))).toThrow(
      '5 values for 2 rows of 2 features',
    );
  });
});

describe('contributionsOf', () => {
  it('adds up to the score, and gives nothing to a feature that no tree splits by', () => {
    fc.assert(
      fc.property(anyEnsemble(WIDTH), fc.tuple(anyValue, anyValue, anyValue), (ensemble, values) => {
        const row = Float32Array.from(values);
        const score = new Float64Array(1);
        predictRows(ensemble, row, score);
        const contributions = new Float64Array(WIDTH + 1);
        contributionsOf(ensemble, row, contributions);
        const greatest = ensemble.trees
          .flatMap(({ leafValues }) => [...leafValues].map(Math.abs))
          .reduce((a, b) => Math.max(a, b), 0);
        const sum = contributions.reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - score[0]!)).toBeLessThanOrEqual(1e-12 * greatest);
        const used = new Set(ensemble.trees.flatMap(({ features }) => [...features]));
        for (let feature = 0; feature < WIDTH; feature++)
          if (!used.has(feature)) expect(contributions[feature]).toBe(0);
      }),
    );
  });

  it('tells how the mean of the training rows moved at each split', () => {
    const tree = {
      features: Int32Array.of(0, 1),
      thresholds: Float64Array.of(1, 1),
      decisions: Uint8Array.of(8, 8),
      leftChildren: Int32Array.of(~0, ~1),
      rightChildren: Int32Array.of(1, ~2),
      gains: Float64Array.of(1, 1),
      leafValues: Float64Array.of(-1, 1, 4),
      leafWeights: Float64Array.of(1, 1, 1),
      leafCounts: Int32Array.of(6, 2, 4),
      shrinkage: 1,
    };
    const ensemble = {
      objective: 'lambdarank',
      featureNames: ['a', 'b'],
      featureInfos: ['[0:2]', '[0:2]'],
      trees: [tree],
    };
    const contributions = new Float64Array(3);
    contributionsOf(ensemble, Float32Array.of(2, 2), contributions);
    // Mean of all 1, right of the root (2 × 1 + 4 × 4) / 6 = 3, the leaf 4.
    expect([...contributions]).toEqual([2, 1, 1]);
  });
});
