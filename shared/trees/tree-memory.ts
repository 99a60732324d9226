import {
  CREW_BYTES,
  type KernelMemory,
  MemoryLayout,
  sharedMemory,
  stopWord,
  writeCrew,
} from '../wasm/index.ts';
import { assignBins, type FeatureBins } from './feature-bins.ts';
import { discountAt, gainOf, maxDcg } from './ndcg.ts';
import type { RankerParameters } from './ranker-parameters.ts';
import { HIGHEST_GRADE, queryStarts, type RankingRows } from './ranking-rows.ts';
import {
  BLOCK_ROWS,
  CANDIDATE_BYTES,
  LEAF_BYTES,
  NODE_BYTES,
  TREE_PLAN_BYTES,
  type TreePlan,
  writeTreePlan,
} from './tree-plan.ts';

/** The shared memory of one training, filled with its rows. */
export interface TreeMemory extends KernelMemory {
  readonly layout: TreePlan;
  /** Set to another number than 0 it ends the tree that is grown. */
  readonly stop: Int32Array;
  /** Whether a tree takes a few milliseconds, less than a thread takes to start. */
  readonly isSmall: boolean;
  /** The greatest DCG of each validation query; 0 where there is nothing to find. */
  readonly validationBest: Float64Array;
}

export interface TreeInput {
  readonly rows: RankingRows;
  readonly bins: readonly FeatureBins[];
  readonly validation: RankingRows | null;
}

const PURPOSE = { code: 'ranker_memory', what: 'a training', hint: 'leave out rows or features' };
/** Values of rows that a tree takes some milliseconds for. */
const VALUES_OF_SMALL = 500_000;

/**
 * Bytes: for each row one a feature and 61; for each validation row one a feature and 9; for each leaf and feature some 4 KB of
 * histogram; and for every thread 48 for each row of the longest query.
 * Hands the event loop back between chunks of rows.
 * @throws PlatformError `ranking_rows`; `ranker_memory` where that exceeds the 4 GiB of a WebAssembly memory
 */
export async function treeMemory(
  input: TreeInput,
  parameters: RankerParameters,
  mostThreads: number,
  breathe: () => Promise<void>,
): Promise<TreeMemory> {
  const { rows, bins, validation } = input;
  const starts = queryStarts(rows);
  const validationStarts = validation === null ? Int32Array.of(0) : queryStarts(validation);
  const rowCount = rows.labels.length;
  const isSmall = rowCount * bins.length <= VALUES_OF_SMALL;
  const threads = isSmall ? 1 : Math.max(1, mostThreads);
  const space = new MemoryLayout();
  const plan = space.take(TREE_PLAN_BYTES);
  const longest = longestOf(starts);
  const listed = Math.min(parameters.ndcgAt, longestOf(validationStarts));
  const layout = layOut(space, input, parameters, { longest, listed, threads });
  const scratchBytes =
    parameters.leaves * (LEAF_BYTES + NODE_BYTES) +
    4 * bins.length +
    512 +
    Math.max(BYTES_A_ROW_OF_QUERY * longest, BYTES_A_PLACE * listed);
  const scratches = Array.from({ length: threads }, () => space.take(scratchBytes));

  const memory = sharedMemory(space.end, PURPOSE);
  const { buffer } = memory;
  writeTreePlan(buffer, plan, layout);
  writeCrew(buffer, layout.crew, threads);
  const numbers = (address: number, values: Float64Array) =>
    new Float64Array(buffer, address, values.length).set(values);
  const wholes = (address: number, values: Int32Array) =>
    new Int32Array(buffer, address, values.length).set(values);
  const bytes = (address: number, values: Uint8Array) => new Uint8Array(buffer, address).set(values);
  wholes(layout.binCounts, Int32Array.from(bins, binCountOf));
  wholes(layout.offsets, offsetsOf(bins));
  wholes(layout.queryStarts, starts);
  numbers(
    layout.inverseBest,
    bestOf(rows, starts, parameters.truncationLevel).map((best) => (best > 0 ? 1 / best : 0)),
  );
  bytes(layout.labels, rows.labels);
  numbers(
    layout.gains,
    Float64Array.from({ length: HIGHEST_GRADE + 1 }, (_, grade) => gainOf(grade)),
  );
  numbers(
    layout.discounts,
    Float64Array.from({ length: Math.max(longest, listed) }, (_, place) => discountAt(place)),
  );
  wholes(layout.order, Int32Array.from(rows.labels.keys()));
  const columns = new Uint8Array(buffer, layout.columns, rowCount * bins.length);
  await assignBins(rows, bins, columns, 'by-feature', breathe);
  let validationBest: Float64Array = new Float64Array(0);
  if (validation !== null) {
    validationBest = bestOf(validation, validationStarts, parameters.ndcgAt);
    const values = validation.labels.length * bins.length;
    await assignBins(
      validation,
      bins,
      new Uint8Array(buffer, layout.validationBins, values),
      'by-row',
      breathe,
    );
    bytes(layout.validationLabels, validation.labels);
    wholes(layout.validationStarts, validationStarts);
    numbers(layout.validationBest, validationBest);
  }
  return {
    memory,
    plan,
    scratches,
    layout,
    stop: stopWord(buffer, layout.crew),
    isSmall,
    validationBest,
  };
}

/** What `gradients.ts` and `scores.ts` of the kernel lay out in their scratch. */
const BYTES_A_ROW_OF_QUERY = 48;
const BYTES_A_PLACE = 12;

function layOut(
  space: MemoryLayout,
  { rows, bins, validation }: TreeInput,
  parameters: RankerParameters,
  { longest, listed, threads }: { longest: number; listed: number; threads: number },
): TreePlan {
  const { l2, minHessianPerLeaf, learningRate, leaves, minRowsPerLeaf, truncationLevel } = parameters;
  const count = rows.labels.length;
  const queries = rows.groups.length;
  const validationRows = validation?.labels.length ?? 0;
  const validationQueries = validation?.groups.length ?? 0;
  const histogramBytes = BIN_BYTES * bins.reduce((sum, one) => sum + binCountOf(one) + 1, 0);
  return {
    l2,
    minHessianPerLeaf,
    learningRate,
    gradientUnit: 1,
    hessianUnit: 1,
    crew: space.take(CREW_BYTES),
    leaves,
    // A leaf has no more rows than there are; the kernel counts in 32 bits.
    minRowsPerLeaf: Math.min(minRowsPerLeaf, count + 1),
    truncationLevel: Math.min(truncationLevel, longest),
    ndcgAt: listed,
    rows: count,
    features: bins.length,
    columns: space.take(count * bins.length),
    binCounts: space.take(4 * bins.length),
    offsets: space.take(4 * bins.length),
    histogramBytes,
    histograms: space.take(leaves * histogramBytes),
    queries,
    queryStarts: space.take(4 * (queries + 1)),
    inverseBest: space.take(8 * queries),
    labels: space.take(count),
    gains: space.take(8 * (HIGHEST_GRADE + 1)),
    discounts: space.take(8 * Math.max(longest, listed)),
    longestQuery: longest,
    order: space.take(4 * count),
    scores: space.take(8 * count),
    gradients: space.take(16 * count),
    leafRows: space.take(4 * count),
    inBag: 0,
    outOfBag: space.take(4 * count),
    outOfBagCount: 0,
    // A row is written to both sides before it is known where it goes.
    spareLeft: space.take(4 * (count + 1)),
    spareRight: space.take(4 * (count + 1)),
    blockLefts: space.take(4 * Math.ceil(count / BLOCK_ROWS)),
    ordered: space.take(16 * count),
    usable: space.take(leaves * bins.length),
    candidates: space.take(2 * CANDIDATE_BYTES * bins.length),
    partials: space.take(16 * threads),
    rowBits: Math.ceil(Math.log2(count + 1)),
    validationRows,
    validationBins: space.take(validationRows * bins.length),
    validationScores: space.take(8 * validationRows),
    validationLabels: space.take(validationRows),
    validationQueries,
    validationStarts: space.take(4 * (validationQueries + 1)),
    validationBest: space.take(8 * validationQueries),
    validationNdcg: space.take(8 * validationQueries),
    leafCount: 0,
    isHalted: 0,
  };
}

const BIN_BYTES = 16;

function binCountOf({ upperBounds }: FeatureBins): number {
  return upperBounds.length;
}

/** Bytes before the bins of each feature; every one has a bin for missing values. */
function offsetsOf(bins: readonly FeatureBins[]): Int32Array {
  let offset = 0;
  return Int32Array.from(bins, (one) => {
    const own = offset;
    offset += BIN_BYTES * (binCountOf(one) + 1);
    return own;
  });
}

function longestOf(starts: Int32Array): number {
  let longest = 0;
  for (let query = 0; query + 1 < starts.length; query++)
    longest = Math.max(longest, starts[query + 1]! - starts[query]!);
  return longest;
}

function bestOf({ labels }: RankingRows, starts: Int32Array, at: number): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, query) =>
    maxDcg(labels, starts[query]!, starts[query + 1]!, at),
  );
}
