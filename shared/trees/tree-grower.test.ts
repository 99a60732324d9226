import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestSplitOf, type LeafSums, leafGain } from './best-split.ts';
import { binRows } from './binned-rows.ts';
import { leafOf } from './decide.ts';
import { roundForExactSums } from './exact-sums.ts';
import { addToHistogram, histogramLayout, subtractHistogram } from './histograms.ts';
import { RANKER_DEFAULTS } from './ranker-parameters.ts';
import { rowsOf, trainingValue } from './testing.fixture.ts';
import { TreeGrower } from './tree-grower.ts';

const idle = () => Promise.resolve();
const WIDTH = 3;
const anyGradient = fc.double({ min: -5, max: 5, noNaN: true });
const anyHessian = fc.double({ min: 0, max: 3, noNaN: true });
const anyLeaf = fc.array(fc.tuple(trainingValue, trainingValue, trainingValue, anyGradient, anyHessian), {
  minLength: 1,
  maxLength: 80,
});

async function prepared(leaf: readonly (readonly number[])[]) {
  const rows = rowsOf(
    leaf.flatMap((row) => row.slice(0, WIDTH)),
    new Array(leaf.length).fill(0),
    [leaf.length],
  );
  const gradients = Float64Array.from(leaf, (row) => row[WIDTH]!);
  const hessians = Float64Array.from(leaf, (row) => row[WIDTH + 1]!);
  roundForExactSums(gradients);
  roundForExactSums(hessians);
  const binned = await binRows(rows, 16, 0, idle);
  return { rows, gradients, hessians, binned, layout: histogramLayout(binned) };
}

const USABLE = Int32Array.of(0, 1, 2);

describe('roundForExactSums', () => {
  it('leaves values whose sum is the same in any order, and changes none by more than a billionth of the greatest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { maxLength: 300 }), (values) => {
        const rounded = Float64Array.from(values);
        roundForExactSums(rounded);
        const greatest = Math.max(0, ...values.map(Math.abs));
        for (const [at, value] of values.entries())
          expect(Math.abs(rounded[at]! - value)).toBeLessThanOrEqual(1e-9 * greatest);
        const forwards = rounded.reduce((sum, value) => sum + value, 0);
        expect(rounded.reduceRight((sum, value) => sum + value, 0)).toBe(forwards);
        expect(rounded.sort().reduce((sum, value) => sum + value, 0)).toBe(forwards);
      }),
    );
  });
});

describe('histograms', () => {
  it('of a leaf less that of a child are exactly that of the other child', async () => {
    await fc.assert(
      fc.asyncProperty(anyLeaf, fc.integer({ min: 1, max: 7 }), async (leaf, part) => {
        const { gradients, hessians, binned, layout } = await prepared(leaf);
        const build = (isIn: (row: number) => boolean) => {
          const rows = Int32Array.from(gradients.keys()).filter(isIn);
          const histogram = new Float64Array(layout.length);
          addToHistogram(histogram, layout, binned.columns, USABLE, {
            rows,
            gradients: Float64Array.from(rows, (row) => gradients[row]!),
            hessians: Float64Array.from(rows, (row) => hessians[row]!),
          });
          return histogram;
        };
        const parent = build(() => true);
        subtractHistogram(
          parent,
          build((row) => row % 8 < part),
        );
        // Adding 0 makes a 0 of a -0.
        expect(parent.map((sum) => sum + 0)).toEqual(build((row) => row % 8 >= part).map((sum) => sum + 0));
      }),
    );
  });
});

describe('bestSplitOf', () => {
  it('gains as much as the best of all ways to part the rows by a bin, missing values on either side', async () => {
    const limits = { l2: 1, minRowsPerLeaf: 2, minHessianPerLeaf: 0.1 };
    await fc.assert(
      fc.asyncProperty(anyLeaf, async (leaf) => {
        const { gradients, hessians, binned, layout } = await prepared(leaf);
        const rows = Int32Array.from(gradients.keys());
        const sums = (isIn: (row: number) => boolean): LeafSums => {
          const chosen = [...rows].filter(isIn);
          return {
            gradient: chosen.reduce((sum, row) => sum + gradients[row]!, 0),
            hessian: chosen.reduce((sum, row) => sum + hessians[row]!, 0),
            count: chosen.length,
          };
        };
        const histogram = new Float64Array(layout.length);
        addToHistogram(histogram, layout, binned.columns, USABLE, { rows, gradients, hessians });
        const all = sums(() => true);
        for (const feature of USABLE) {
          const { upperBounds } = binned.bins[feature]!;
          const column = binned.columns[feature]!;
          let best = 0;
          for (let bin = 0; bin < upperBounds.length; bin++) {
            for (const missingLeft of [false, true]) {
              const isLeft = (row: number) =>
                column[row] === upperBounds.length ? missingLeft : column[row]! <= bin;
              const left = sums(isLeft);
              const right = sums((row) => !isLeft(row));
              if (Math.min(left.count, right.count) < limits.minRowsPerLeaf) continue;
              if (Math.min(left.hessian, right.hessian) < limits.minHessianPerLeaf) continue;
              best = Math.max(
                best,
                leafGain(left, limits.l2) + leafGain(right, limits.l2) - leafGain(all, limits.l2),
              );
            }
          }
          const offset = layout.offsets[feature]!;
          const split = bestSplitOf(feature, binned.bins[feature]!, histogram, offset, all, limits);
          expect(split?.gain ?? 0).toBeCloseTo(best, 9);
          if (split === null) continue;
          const isLeft = (row: number) =>
            column[row] === upperBounds.length ? split.missingLeft : column[row]! <= split.bin;
          expect(split.left).toEqual(sums(isLeft));
        }
      }),
    );
  });
});

describe('TreeGrower', () => {
  it('leaves rows where a walk by their values leads, and gives each leaf the value that lowers the objective most', async () => {
    const parameters = { ...RANKER_DEFAULTS, minRowsPerLeaf: 2, leaves: 6, l2: 1, learningRate: 0.5 };
    await fc.assert(
      fc.asyncProperty(anyLeaf, async (leaf) => {
        const { rows, gradients, hessians, binned } = await prepared(leaf);
        const all = Int32Array.from(gradients.keys());
        const { tree, leafRows } = await new TreeGrower(binned, parameters).grow(
          all,
          USABLE,
          gradients,
          hessians,
          idle,
        );
        expect(tree.leafValues.length).toBeLessThanOrEqual(parameters.leaves);
        for (const [at, value] of tree.leafValues.entries()) {
          const found = leafRows.of(at);
          expect([...found]).toEqual(
            [...all].filter((row) => leafOf(tree, rows.features, row * WIDTH) === at),
          );
          expect(tree.leafCounts[at]).toBe(found.length);
          const gradient = found.reduce((sum, row) => sum + gradients[row]!, 0);
          const hessian = found.reduce((sum, row) => sum + hessians[row]!, 0);
          expect(value).toBeCloseTo((-gradient / (hessian + 1)) * 0.5, 12);
        }
      }),
    );
  });
});
