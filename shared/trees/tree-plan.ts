/** The plan of a training as its threads read it in the shared memory: the counterpart of `kernel/assembly/trees/plan.ts`. */

/** Fields of 8 bytes, then fields of 4, in this order; what addresses lead to stands in the counterpart. */
const NUMBERS = ['l2', 'minHessianPerLeaf', 'learningRate', 'gradientUnit', 'hessianUnit'] as const;
const WORDS = [
  'crew',
  'leaves',
  'minRowsPerLeaf',
  'truncationLevel',
  'ndcgAt',
  'rows',
  'features',
  'columns',
  'binCounts',
  'offsets',
  'histogramBytes',
  'histograms',
  'queries',
  'queryStarts',
  'inverseBest',
  'labels',
  'gains',
  'discounts',
  'longestQuery',
  'order',
  'scores',
  'gradients',
  'leafRows',
  'inBag',
  'outOfBag',
  'outOfBagCount',
  'spareLeft',
  'spareRight',
  'blockLefts',
  'ordered',
  'usable',
  'candidates',
  'partials',
  'rowBits',
  'validationRows',
  'validationBins',
  'validationScores',
  'validationLabels',
  'validationQueries',
  'validationStarts',
  'validationBest',
  'validationNdcg',
  'leafCount',
  'isHalted',
] as const;

export type PlanWord = (typeof WORDS)[number];
export type TreePlan = Readonly<Record<PlanWord | (typeof NUMBERS)[number], number>>;

export const TREE_PLAN_BYTES = 8 * NUMBERS.length + 4 * WORDS.length;

export function writeTreePlan(buffer: ArrayBufferLike, address: number, plan: TreePlan): void {
  new Float64Array(buffer, address, NUMBERS.length).set(NUMBERS.map((name) => plan[name]));
  new Uint32Array(buffer, address + 8 * NUMBERS.length, WORDS.length).set(WORDS.map((name) => plan[name]));
}

/** One word of a plan, to read or to write. */
export function planWord(buffer: ArrayBufferLike, address: number, name: PlanWord): Int32Array {
  return new Int32Array(buffer, address + 8 * NUMBERS.length + 4 * WORDS.indexOf(name), 1);
}

/** What 1 of the whole numbers is worth that gradients and hessians were rounded to for the tree grown last. */
export function unitsOf(buffer: ArrayBufferLike, address: number): { gradient: number; hessian: number } {
  const numbers = new Float64Array(buffer, address, NUMBERS.length);
  return {
    gradient: numbers[NUMBERS.indexOf('gradientUnit')]!,
    hessian: numbers[NUMBERS.indexOf('hessianUnit')]!,
  };
}

export const CANDIDATE_BYTES = 32;
/** Rows of a leaf that are parted at a time. */
export const BLOCK_ROWS = 4096;

/** What the first thread's scratch begins with: the leaves of the tree, then its nodes. */
export interface LeafRecord {
  readonly value: number;
  readonly hessian: number;
  readonly from: number;
  readonly count: number;
}
export const LEAF_BYTES = 88;

export function readLeaf(view: DataView, address: number): LeafRecord {
  return {
    value: view.getFloat64(address, true),
    hessian: view.getFloat64(address + 8, true),
    from: view.getInt32(address + 56, true),
    count: view.getInt32(address + 60, true),
  };
}

export interface NodeRecord {
  readonly gain: number;
  readonly feature: number;
  /** Rows of this bin and below go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly leftChild: number;
  readonly rightChild: number;
}
export const NODE_BYTES = 32;

export function readNode(view: DataView, address: number): NodeRecord {
  return {
    gain: view.getFloat64(address, true),
    feature: view.getInt32(address + 8, true),
    bin: view.getInt32(address + 12, true),
    missingLeft: view.getInt32(address + 16, true) !== 0,
    leftChild: view.getInt32(address + 24, true),
    rightChild: view.getInt32(address + 28, true),
  };
}
