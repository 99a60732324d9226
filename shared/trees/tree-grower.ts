import { bestSplitOf, type LeafSums, type Split } from './best-split.ts';
import type { BinnedRows } from './binned-rows.ts';
import { GrowingTree } from './growing-tree.ts';
import { addToHistogram, type HistogramLayout, histogramLayout, subtractHistogram } from './histograms.ts';
import { LeafRows } from './leaf-rows.ts';
import type { RankerParameters } from './ranker-parameters.ts';
import type { DecisionTree } from './tree-ensemble.ts';

export interface GrownTree {
  readonly tree: DecisionTree;
  /** Of each leaf the rows that it was grown from, ascending. */
  readonly leafRows: LeafRows;
}

/** Grows trees leaf by leaf: the leaf whose best split gains most is split next, until no split gains or there are enough. */
export class TreeGrower {
  readonly #binned: BinnedRows;
  readonly #parameters: RankerParameters;
  readonly #layout: HistogramLayout;
  /** One for each leaf, kept from tree to tree. */
  readonly #histograms: Float64Array[] = [];
  // Of the rows of one leaf, so that they are read in a row.
  readonly #gradients: Float64Array;
  readonly #hessians: Float64Array;

  constructor(binned: BinnedRows, parameters: RankerParameters) {
    this.#binned = binned;
    this.#parameters = parameters;
    this.#layout = histogramLayout(binned);
    this.#gradients = new Float64Array(binned.rowCount);
    this.#hessians = new Float64Array(binned.rowCount);
  }

  /**
   * @param rows to grow from, ascending
   * @param usable features that may split
   * @param gradients of every row, rounded for exact sums; `hessians` likewise
   * @param breathe called between splits
   */
  async grow(
    rows: Int32Array,
    usable: Int32Array,
    gradients: Float64Array,
    hessians: Float64Array,
    breathe: () => Promise<void>,
  ): Promise<GrownTree> {
    const { leaves, l2, learningRate, minRowsPerLeaf } = this.#parameters;
    const growing = new GrowingTree(sumsOf(rows, gradients, hessians));
    const leafRows = new LeafRows(rows);
    const splits: (Split | null)[] = [null];
    /** Of each leaf the features that gained in the leaf that it comes from: LightGBM tries no others either. */
    const tried: Int32Array[] = [usable];
    if (rows.length >= 2 * minRowsPerLeaf) {
      this.#build(0, rows, usable, gradients, hessians);
      splits[0] = this.#bestSplit(0, growing.sumsOf(0), tried);
    }
    while (growing.leafCount < leaves) {
      await breathe();
      const leaf = leafOfGreatestGain(splits);
      const split = splits[leaf];
      if (split === null || split === undefined) break;
      const next = growing.leafCount;
      leafRows.split(leaf, split, this.#binned);
      growing.split(leaf, split);
      splits[leaf] = null;
      splits.push(null);
      tried.push(tried[leaf]!);
      const isSplittable = Math.max(split.left.count, split.right.count) >= 2 * minRowsPerLeaf;
      if (growing.leafCount === leaves || !isSplittable) continue;
      const smaller = split.left.count < split.right.count ? leaf : next;
      this.#buildChildren(leaf, next, smaller, leafRows.of(smaller), tried[leaf]!, gradients, hessians);
      splits[leaf] = this.#bestSplit(leaf, split.left, tried);
      splits[next] = this.#bestSplit(next, split.right, tried);
    }
    return { tree: growing.finish(this.#binned.bins, l2, learningRate), leafRows };
  }

  /** Builds the smaller child's histogram and leaves the other's, by subtraction, in the place of their parent's. */
  #buildChildren(
    leaf: number,
    next: number,
    smaller: number,
    rows: Int32Array,
    usable: Int32Array,
    gradients: Float64Array,
    hessians: Float64Array,
  ): void {
    this.#build(next, rows, usable, gradients, hessians);
    subtractHistogram(this.#histogramOf(leaf), this.#histogramOf(next));
    if (smaller === next) return;
    const built = this.#histogramOf(next);
    this.#histograms[next] = this.#histogramOf(leaf);
    this.#histograms[leaf] = built;
  }

  #build(
    leaf: number,
    rows: Int32Array,
    usable: Int32Array,
    gradients: Float64Array,
    hessians: Float64Array,
  ): void {
    const histogram = this.#histogramOf(leaf).fill(0);
    for (let at = 0; at < rows.length; at++) {
      this.#gradients[at] = gradients[rows[at]!]!;
      this.#hessians[at] = hessians[rows[at]!]!;
    }
    const leafGradients = { rows, gradients: this.#gradients, hessians: this.#hessians };
    addToHistogram(histogram, this.#layout, this.#binned.columns, usable, leafGradients);
  }

  /** Leaves in `tried[leaf]` the features that gain. */
  #bestSplit(leaf: number, sums: LeafSums, tried: Int32Array[]): Split | null {
    if (sums.count < 2 * this.#parameters.minRowsPerLeaf) return null;
    const histogram = this.#histogramOf(leaf);
    let best: Split | null = null;
    tried[leaf] = tried[leaf]!.filter((feature) => {
      const bins = this.#binned.bins[feature]!;
      const offset = this.#layout.offsets[feature]!;
      const split = bestSplitOf(feature, bins, histogram, offset, sums, this.#parameters);
      if (split !== null && (best === null || split.gain > best.gain)) best = split;
      return split !== null;
    });
    return best;
  }

  #histogramOf(leaf: number): Float64Array {
    this.#histograms[leaf] ??= new Float64Array(this.#layout.length);
    return this.#histograms[leaf];
  }
}

function sumsOf(rows: Int32Array, gradients: Float64Array, hessians: Float64Array): LeafSums {
  let gradient = 0;
  let hessian = 0;
  for (let at = 0; at < rows.length; at++) {
    gradient += gradients[rows[at]!]!;
    hessian += hessians[rows[at]!]!;
  }
  return { gradient, hessian, count: rows.length };
}

function leafOfGreatestGain(splits: readonly (Split | null)[]): number {
  let best = 0;
  for (let leaf = 1; leaf < splits.length; leaf++) {
    if ((splits[leaf]?.gain ?? 0) > (splits[best]?.gain ?? 0)) best = leaf;
  }
  return best;
}
