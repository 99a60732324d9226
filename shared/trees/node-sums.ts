import { childrenFirst, type DecisionTree } from './tree-ensemble.ts';

/** Of each inner node of a tree, over the training rows below it. */
export interface NodeSums {
  readonly weights: Float64Array;
  readonly counts: Float64Array;
  /** Mean of the values of the leaves, by rows. */
  readonly means: Float64Array;
}

export function nodeSums(tree: DecisionTree): NodeSums {
  const nodes = tree.features.length;
  const weights = new Float64Array(nodes);
  const counts = new Float64Array(nodes);
  const means = new Float64Array(nodes);
  for (const node of childrenFirst(tree)) {
    const children = [tree.leftChildren[node]!, tree.rightChildren[node]!];
    const countsBelow = children.map((child) => (child < 0 ? tree.leafCounts[~child]! : counts[child]!));
    const meansBelow = children.map((child) => (child < 0 ? tree.leafValues[~child]! : means[child]!));
    for (const child of children) weights[node]! += child < 0 ? tree.leafWeights[~child]! : weights[child]!;
    const [left = 0, right = 0] = countsBelow;
    const [leftMean = 0, rightMean = 0] = meansBelow;
    counts[node] = left + right;
    // A node that no row reached in training has no mean; halfway between its children is as good as any.
    means[node] =
      left + right === 0
        ? (leftMean + rightMean) / 2
        : (left * leftMean + right * rightMean) / (left + right);
  }
  return { weights, counts, means };
}
