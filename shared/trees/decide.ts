import {
  DEFAULT_LEFT,
  type DecisionTree,
  MISSING_BITS,
  MISSING_NONE,
  MISSING_ZERO,
  ZERO_THRESHOLD,
} from './tree-ensemble.ts';

/** Whether a value goes left at a node, as LightGBM decides for a numeric feature. */
export function goesLeft(value: number, threshold: number, decision: number): boolean {
  const missing = decision & MISSING_BITS;
  if (Number.isNaN(value)) {
    if (missing === MISSING_NONE) return threshold >= 0;
    return (decision & DEFAULT_LEFT) !== 0;
  }
  if (missing === MISSING_ZERO && Math.abs(value) <= ZERO_THRESHOLD) return (decision & DEFAULT_LEFT) !== 0;
  return value <= threshold;
}

/** The leaf that the row reaches whose first value is `values[at]`. */
export function leafOf(tree: DecisionTree, values: Float32Array, at: number): number {
  const { features, thresholds, decisions, leftChildren, rightChildren } = tree;
  if (features.length === 0) return 0;
  let node = 0;
  while (node >= 0) {
    const left = goesLeft(values[at + features[node]!]!, thresholds[node]!, decisions[node]!);
    node = left ? leftChildren[node]! : rightChildren[node]!;
  }
  return ~node;
}
