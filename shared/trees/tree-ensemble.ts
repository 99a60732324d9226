/** One tree: `n` inner nodes, of which node 0 is the root, and `n + 1` leaves. A child of 0 or more is a node, one below is leaf `~child`. */
export interface DecisionTree {
  /** Feature of each inner node. */
  readonly features: Int32Array;
  /** A value at or below it goes left. */
  readonly thresholds: Float64Array;
  /** What counts as missing at each inner node, and where it goes: `MISSING_…` plus `DEFAULT_LEFT` or nothing. */
  readonly decisions: Uint8Array;
  readonly leftChildren: Int32Array;
  readonly rightChildren: Int32Array;
  /** Gain of each inner node's split in the objective, before the learning rate. */
  readonly gains: Float64Array;
  /** Added to the score of a row that reaches the leaf; the learning rate is in it. */
  readonly leafValues: Float64Array;
  /** Sums of hessians of the training rows of each leaf. */
  readonly leafWeights: Float64Array;
  /** Training rows of each leaf. */
  readonly leafCounts: Int32Array;
  /** The learning rate that the leaf values are multiplied by. */
  readonly shrinkage: number;
}

/** The score of a row is the sum of the values of the leaves that it reaches. */
export interface TreeEnsemble {
  /** What the trees were trained for, in LightGBM's words: `lambdarank`. Scores are those before any transformation. */
  readonly objective: string;
  readonly featureNames: readonly string[];
  /** The range of each feature in training, in LightGBM's words: `[least:greatest]`, or `none` where it could not split. */
  readonly featureInfos: readonly string[];
  readonly trees: readonly DecisionTree[];
}

/** The decision is LightGBM's `decision_type`: bit 0 categorical (refused), bit 1 default left, bits 2-3 what is missing. */
export const DEFAULT_LEFT = 2;
/** Nothing is missing: NaN is read as 0. */
export const MISSING_NONE = 0;
/** Zero and NaN are missing. */
export const MISSING_ZERO = 4;
/** NaN is missing. */
export const MISSING_NAN = 8;
/** The bits of a decision that tell what is missing. */
export const MISSING_BITS = 12;
/** Values at most so far from 0 are zero to LightGBM (its constant is a float). */
export const ZERO_THRESHOLD = Math.fround(1e-35);

/** Inner nodes of a tree, each after the inner nodes below it. */
export function childrenFirst({ leftChildren, rightChildren }: DecisionTree): number[] {
  const nodes = leftChildren.length === 0 ? [] : [0];
  for (let at = 0; at < nodes.length; at++) {
    for (const children of [leftChildren, rightChildren]) {
      const child = children[nodes[at]!]!;
      if (child >= 0) nodes.push(child);
    }
  }
  return nodes.reverse();
}
