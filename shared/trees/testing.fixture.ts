import fc from 'fast-check';
import type { RankingRows } from './ranking-rows.ts';
import {
  DEFAULT_LEFT,
  type DecisionTree,
  MISSING_NAN,
  MISSING_NONE,
  MISSING_ZERO,
  type TreeEnsemble,
} from './tree-ensemble.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

/** Values of which many are equal, some missing and some at the edges of what a float32 holds. */
export const anyValue: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.NaN, 0, -0, 1e-36, -1e-36, Infinity, -Infinity).map(Math.fround),
  finite,
);

/** What rows for training may hold. */
export const trainingValue = anyValue.filter((value) => Math.abs(value) !== Infinity);

export function rowsOf(
  values: readonly number[],
  labels: readonly number[],
  groups: readonly number[],
): RankingRows {
  const width = values.length / labels.length;
  return {
    features: Float32Array.from(values),
    labels: Uint8Array.from(labels),
    groups: Int32Array.from(groups),
    featureNames: Array.from({ length: width }, (_, feature) => `feature_${feature}`),
  };
}

/** Ensembles of any shape with every kind of decision, thresholds on the values that rows have. */
export function anyEnsemble(width: number): fc.Arbitrary<TreeEnsemble> {
  return fc.array(anyTree(width), { maxLength: 4 }).map((trees) => ({
    objective: 'lambdarank',
    featureNames: Array.from({ length: width }, (_, feature) => `feature_${feature}`),
    featureInfos: Array.from({ length: width }, () => '[-3:3]'),
    trees,
  }));
}

const anyDecision = fc
  .tuple(fc.constantFrom(MISSING_NONE, MISSING_ZERO, MISSING_NAN), fc.constantFrom(0, DEFAULT_LEFT))
  .map(([missing, side]) => missing | side);

function anyTree(width: number): fc.Arbitrary<DecisionTree> {
  const split = fc.record({
    /** Which of the leaves there are is split. */
    leaf: fc.double({ min: 0, max: 0.999, noNaN: true }),
    feature: fc.integer({ min: 0, max: width - 1 }),
    threshold: anyValue.filter((value) => !Number.isNaN(value)),
    decision: anyDecision,
  });
  return fc
    .tuple(fc.array(split, { maxLength: 12 }), fc.array(finite, { minLength: 13, maxLength: 13 }))
    .map(([splits, values]): DecisionTree => {
      const children = { left: [] as number[], right: [] as number[] };
      /** Of each leaf where it hangs. */
      const places: { side: number[]; node: number }[] = [];
      for (const [node, { leaf }] of splits.entries()) {
        const split = Math.floor(leaf * places.length);
        const place = places[split];
        if (place !== undefined) place.side[place.node] = node;
        children.left.push(~split);
        children.right.push(~(node + 1));
        places[split] = { side: children.left, node };
        places.push({ side: children.right, node });
        if (place === undefined) places[1] = { side: children.right, node };
      }
      const leaves = splits.length + 1;
      return {
        features: Int32Array.from(splits, ({ feature }) => feature),
        // A text has no -0.
        thresholds: Float64Array.from(splits, ({ threshold }) => threshold + 0),
        decisions: Uint8Array.from(splits, ({ decision }) => decision),
        leftChildren: Int32Array.from(children.left),
        rightChildren: Int32Array.from(children.right),
        gains: Float64Array.from(splits, (_, node) => 1 / (node + 1)),
        leafValues: Float64Array.from(values.slice(0, leaves), (value) => value + 0),
        leafWeights: Float64Array.from({ length: leaves }, (_, leaf) => leaf + 0.5),
        leafCounts: Int32Array.from({ length: leaves }, (_, leaf) => leaf % 3),
        shrinkage: 0.1,
      };
    });
}
