import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafOf } from './decide.ts';
import type { FeatureBins } from './feature-bins.ts';
import { grownOnce, roundedGradients } from './kernel/grown-once.fixture.ts';
import { rowsOf, trainingValue } from './testing.fixture.ts';

const WIDTH = 3;
const PARAMETERS = {
  leaves: 6,
  minRowsPerLeaf: 2,
  minHessianPerLeaf: 0.01,
  l2: 1,
  learningRate: 0.5,
  maxBins: 16,
};
const anyRow = fc.record({
  values: fc.tuple(trainingValue, trainingValue, trainingValue),
  label: fc.integer({ min: 0, max: 3 }),
  score: fc.integer({ min: -3, max: 3 }),
  inBag: fc.boolean(),
});
const anyRows = fc.array(anyRow, { minLength: 2, maxLength: 120 });
/** Bits of every set say which features a tree may use. */
const anyFeatures = fc.integer({ min: 1, max: 7 });

interface Sums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

/**
 * The same growth step by step, every sum from the rows themselves: the leaf whose best split gains most is split next, the first
 * of equals; a feature that does not gain in a leaf is not tried again below it.
 */
function byTheBook(
  rows: readonly number[],
  usable: readonly number[],
  bins: readonly FeatureBins[],
  binOf: (row: number, feature: number) => number,
  sumsOf: (rows: readonly number[]) => Sums,
) {
  const { l2, leaves: most, minRowsPerLeaf, minHessianPerLeaf } = PARAMETERS;
  const worth = ({ gradient, hessian }: Sums) => (gradient === 0 ? 0 : gradient ** 2 / (hessian + l2));
  const isLeft = (row: number, { feature, bin, missingLeft }: Omit<Split, 'gain'>) => {
    const own = binOf(row, feature);
    return own === bins[feature]!.upperBounds.length ? missingLeft : own <= bin;
  };
  const bestBy = (feature: number, leaf: readonly number[]): Split | null => {
    let best: Split | null = null;
    const missing = leaf.some((row) => binOf(row, feature) === bins[feature]!.upperBounds.length);
    for (let bin = 0; bin < bins[feature]!.upperBounds.length; bin++) {
      if (!leaf.some((row) => binOf(row, feature) === bin)) continue;
      for (const missingLeft of missing ? [false, true] : [false]) {
        const lefts = leaf.filter((row) => isLeft(row, { feature, bin, missingLeft }));
        const left = sumsOf(lefts);
        const right = sumsOf(leaf.filter((row) => !isLeft(row, { feature, bin, missingLeft })));
        if (Math.min(left.count, right.count) < minRowsPerLeaf) continue;
        if (Math.min(left.hessian, right.hessian) < minHessianPerLeaf) continue;
        const gain = worth(left) + worth(right) - worth(sumsOf(leaf));
        if (gain > (best?.gain ?? 0))
          best = { feature, bin, missingLeft: missing ? missingLeft : left.count >= right.count, gain };
      }
    }
    return best;
  };
  const search = (leaf: readonly number[], tried: readonly number[]) => {
    const found = leaf.length < 2 * minRowsPerLeaf ? [] : tried.map((feature) => bestBy(feature, leaf));
    const gaining = found.filter((split) => split !== null);
    const best = gaining.reduce<Split | null>((a, b) => (b.gain > (a?.gain ?? 0) ? b : a), null);
    return { rows: leaf, best, tried: gaining.map(({ feature }) => feature) };
  };
  const leaves = [search(rows, usable)];
  const splits: Split[] = [];
  while (leaves.length < most) {
    const at = leaves.reduce(
      (best, { best: split }, leaf) => ((split?.gain ?? 0) > (leaves[best]!.best?.gain ?? 0) ? leaf : best),
      0,
    );
    const { rows: leaf, best, tried } = leaves[at]!;
    if (best === null) break;
    splits.push(best);
    leaves[at] = search(
      leaf.filter((row) => isLeft(row, best)),
      tried,
    );
    leaves.push(
      search(
        leaf.filter((row) => !isLeft(row, best)),
        tried,
      ),
    );
  }
  return { splits, leaves: leaves.map(({ rows: leaf }) => leaf) };
}

async function grown(
  rows: readonly (typeof anyRow extends fc.Arbitrary<infer Row> ? Row : never)[],
  features: number,
) {
  const all = [...rows.keys()];
  const inBag = all.filter((row) => rows[row]!.inBag || row === 0);
  const usable = [0, 1, 2].filter((feature) => (features & (1 << feature)) !== 0);
  const draw = {
    inBag: Int32Array.from(inBag),
    outOfBag: Int32Array.from(all.filter((row) => !inBag.includes(row))),
    usable: Int32Array.from(usable),
  };
  const start = rows.map(({ score }) => score);
  const input = {
    values: rows.flatMap(({ values }) => values),
    labels: rows.map(({ label }) => label),
    groups: [rows.length],
  };
  return { ...(await grownOnce(input, PARAMETERS, { scores: start, draw })), inBag, usable, start };
}

describe('TreeGrower', () => {
  it('grows the tree that a plain search over the rows finds, split by split', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, anyFeatures, async (few, features) => {
        const { tree, bins, memory, inBag, usable } = await grown(few, features);
        const columns = new Uint8Array(memory.memory.buffer, memory.layout.columns, few.length * WIDTH);
        // Sums of what was rounded are exact, so that both sides find the same to the last bit.
        const { gradients, hessians } = roundedGradients(memory);
        const sumsOf = (rows: readonly number[]): Sums => ({
          gradient: rows.reduce((sum, row) => sum + gradients[row]!, 0),
          hessian: rows.reduce((sum, row) => sum + hessians[row]!, 0),
          count: rows.length,
        });
        const expected = byTheBook(
          inBag,
          usable,
          bins,
          (row, feature) => columns[feature * few.length + row]!,
          sumsOf,
        );
        expect([...tree.features]).toEqual(expected.splits.map(({ feature }) => feature));
        expect([...tree.thresholds]).toEqual(
          expected.splits.map(({ feature, bin }) => bins[feature]!.upperBounds[bin]),
        );
        expect([...tree.gains]).toEqual(expected.splits.map(({ gain }) => gain));
        expect([...tree.leafCounts]).toEqual(expected.leaves.map(({ length }) => length));
        for (const [leaf, rows] of expected.leaves.entries()) {
          const { gradient, hessian } = sumsOf(rows);
          expect(tree.leafWeights[leaf]).toBe(hessian);
          expect(tree.leafValues[leaf]).toBe(gradient === 0 ? 0 : (-gradient / (hessian + 1)) * 0.5);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('adds to the score of every row what the tree says of its values, whether the tree was grown from it or not', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, anyFeatures, async (few, features) => {
        const { tree, rows, scores, start } = await grown(few, features);
        const said = (row: number) =>
          tree.features.length === 0 ? 0 : tree.leafValues[leafOf(tree, rows.features, row * WIDTH)]!;
        expect([...scores]).toEqual(start.map((score, row) => score + said(row)));
      }),
    );
  });

  it('parts leaves of more rows than are parted at a time', async () => {
    // One feature that orders 10,000 rows of queries of two; the better one is the one with the higher value.
    const count = 10_000;
    const values = Array.from({ length: count }, (_, row) => (7 * row) % count);
    const labels = values.map((value, row) => Number(value > values[row ^ 1]!));
    const groups = new Array<number>(count / 2).fill(2);
    const { tree, scores } = await grownOnce({ values, labels, groups }, { leaves: 8, minRowsPerLeaf: 100 });
    expect(tree.leafCounts.reduce((sum, rows) => sum + rows, 0)).toBe(count);
    const { features } = rowsOf(values, labels, groups);
    for (const row of [0, 1, 4095, 4096, 9999])
      expect(scores[row]).toBe(tree.leafValues[leafOf(tree, features, row)]);
  });
});
