/** What lies where, as `tree-plan.ts` writes it: 4 bytes a field, the first five 8. Addresses are bytes in the shared memory. */
import { Crew } from '../../../../wasm/assembly/crew';

// @ts-ignore: decorator
@unmanaged
export class Plan {
  l2: f64;
  minHessianPerLeaf: f64;
  learningRate: f64;
  // Written by the first thread: what 1 of the whole numbers is worth that gradients and hessians were rounded to.
  gradientUnit: f64;
  hessianUnit: f64;

  crew: Crew;
  leaves: i32;
  minRowsPerLeaf: i32;
  truncationLevel: i32;
  ndcgAt: i32;

  rows: i32;
  features: i32;
  /** u8: the bin of each row, feature by feature. */
  columns: usize;
  /** i32 for each feature: how many bins values have. Missing values are in the bin behind them. */
  binCounts: usize;
  /** u32 for each feature: where its bins are in a histogram. */
  offsets: usize;
  /** A bin is 16 bytes: i64 gradients, i64 of hessians and rows (see `exact.ts`). */
  histogramBytes: usize;
  /** One for each leaf. */
  histograms: usize;

  queries: i32;
  /** i32 for each query and one more: its first row. */
  queryStarts: usize;
  /** f64 for each query: 1 / the greatest DCG, or 0 where no row is above another. */
  inverseBest: usize;
  /** u8 for each row. */
  labels: usize;
  /** f64 by grade. */
  gains: usize;
  /** f64 by place, as many as the longest query has rows. */
  discounts: usize;
  longestQuery: i32;
  /** i32: the rows of each query by the scores of the tree before. */
  order: usize;
  /** f64 for each row: the sum of what the trees say. */
  scores: usize;
  /** 16 bytes for each row: f64 gradient and hessian, and then the same as whole numbers. */
  gradients: usize;

  /** i32: the rows of each leaf, together and ascending; before the tree all that it is grown from. */
  leafRows: usize;
  inBag: i32;
  /** i32: rows that the tree is not grown from. */
  outOfBag: usize;
  outOfBagCount: i32;
  /** i32 for each row: where blocks of a leaf's rows are parted. */
  spareLeft: usize;
  spareRight: usize;
  /** i32 for each block: rows that go left. */
  blockLefts: usize;
  /** 16 bytes for each row of a leaf: its gradients, in the order of the rows. */
  ordered: usize;
  /** u8 for each leaf and feature: whether it may split. The first leaf's are those that the tree may use. */
  usable: usize;
  /** Two `Candidate` for each feature. */
  candidates: usize;
  /** 16 bytes for each thread: the greatest gradient and hessian, or sums of them. */
  partials: usize;
  /** Bits that a number of rows fits in. */
  rowBits: i32;

  validationRows: i32;
  /** u8: the bins of each row, row by row. */
  validationBins: usize;
  validationScores: usize;
  validationLabels: usize;
  validationQueries: i32;
  validationStarts: usize;
  /** f64 for each query: the greatest DCG. */
  validationBest: usize;
  /** f64 for each query: its NDCG after the tree, or 0 where there is nothing to find. */
  validationNdcg: usize;

  // Written by the first thread.
  /** Leaves of the tree. */
  leafCount: i32;
  /** Whether the tree is given up. */
  isHalted: i32;
}

/** The best split of a leaf by one feature. */
// @ts-ignore: decorator
@unmanaged
export class Candidate {
  /** 0: none gains. */
  gain: f64;
  leftGradient: i64;
  leftRest: i64;
  bin: i32;
  missingLeft: i32;
}

/** Every thread has all leaves and nodes, and makes the same of them. */
// @ts-ignore: decorator
@unmanaged
export class Leaf {
  /** What its rows get. */
  value: f64;
  hessianSum: f64;
  gradient: i64;
  rest: i64;
  /** Of its best split; 0: none gains. */
  gain: f64;
  leftGradient: i64;
  leftRest: i64;
  /** Its rows are `count` of `leafRows`. */
  from: i32;
  count: i32;
  histogram: usize;
  feature: i32;
  bin: i32;
  missingLeft: i32;
  /** The node that it hangs from; -1 for the first leaf. */
  parent: i32;
  unused: i32;
}

// @ts-ignore: decorator
@unmanaged
export class Node {
  gain: f64;
  feature: i32;
  /** Rows of this bin and below go left. */
  bin: i32;
  missingLeft: i32;
  missingBin: i32;
  /** A node, or a leaf as its complement. */
  leftChild: i32;
  rightChild: i32;
}
