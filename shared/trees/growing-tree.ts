import type { LeafSums, Split } from './best-split.ts';
import type { FeatureBins } from './binned-rows.ts';
import { DEFAULT_LEFT, type DecisionTree, MISSING_NAN } from './tree-ensemble.ts';

/** Inner nodes in the order of their splits. A split leaf keeps its number for its left child. */
export class GrowingTree {
  readonly #splits: Split[] = [];
  readonly #leftChildren: number[] = [];
  readonly #rightChildren: number[] = [];
  /** Of each leaf, the node that it hangs from; -1 for the root. */
  readonly #parents: number[] = [-1];
  readonly #leaves: LeafSums[];

  constructor(root: LeafSums) {
    this.#leaves = [root];
  }

  get leafCount(): number {
    return this.#leaves.length;
  }

  sumsOf(leaf: number): LeafSums {
    return this.#leaves[leaf]!;
  }

  /** The right child becomes the next leaf. */
  split(leaf: number, split: Split): void {
    const node = this.#splits.length;
    const next = this.#leaves.length;
    const parent = this.#parents[leaf]!;
    if (parent >= 0) {
      const children = this.#leftChildren[parent] === ~leaf ? this.#leftChildren : this.#rightChildren;
      children[parent] = node;
    }
    this.#splits.push(split);
    this.#leftChildren.push(~leaf);
    this.#rightChildren.push(~next);
    this.#parents[leaf] = node;
    this.#parents.push(node);
    this.#leaves[leaf] = split.left;
    this.#leaves.push(split.right);
  }

  /** Each leaf gets the value that lowers the objective most, -G/(H + λ), times the learning rate. */
  finish(bins: readonly FeatureBins[], l2: number, learningRate: number): DecisionTree {
    const splits = this.#splits;
    return {
      features: Int32Array.from(splits, ({ feature }) => feature),
      thresholds: Float64Array.from(splits, ({ feature, bin }) => bins[feature]!.upperBounds[bin]!),
      decisions: Uint8Array.from(splits, ({ missingLeft }) => MISSING_NAN | (missingLeft ? DEFAULT_LEFT : 0)),
      leftChildren: Int32Array.from(this.#leftChildren),
      rightChildren: Int32Array.from(this.#rightChildren),
      gains: Float64Array.from(splits, ({ gain }) => gain),
      leafValues: Float64Array.from(this.#leaves, ({ gradient, hessian }) =>
        gradient === 0 ? 0 : (-gradient / (hessian + l2)) * learningRate,
      ),
      leafWeights: Float64Array.from(this.#leaves, ({ hessian }) => hessian),
      leafCounts: Int32Array.from(this.#leaves, ({ count }) => count),
      shrinkage: learningRate,
    };
  }
}
