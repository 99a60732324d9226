/**
 * Features as small whole numbers. A feature with few distinct values gets a bin for each; otherwise values with more rows than
 * a bin's fair share get a bin of their own and the rest are shared evenly, as LightGBM's greedy mapping does
 * (https://lightgbm.readthedocs.io/en/latest/Features.html#optimization-in-speed-and-memory-usage).
 * Missing values have a bin of their own, the last. Zero is a value like any other.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { drawPositions, randomNumbers } from './random.ts';
import type { RankingRows } from './ranking-rows.ts';

export interface FeatureBins {
  /** A value is in the first bin whose upper bound is not below it; the last bound is `Infinity`. */
  readonly upperBounds: Float64Array;
  /** Missing values are in bin `upperBounds.length`. */
  readonly hasMissing: boolean;
  /** The range of the values that are not missing; `Infinity` to `-Infinity` if all are. */
  readonly least: number;
  readonly greatest: number;
}

export interface BinnedRows {
  readonly rowCount: number;
  /** Of each feature. */
  readonly bins: readonly FeatureBins[];
  /** Of each feature the bin of each row. */
  readonly columns: readonly Uint8Array[];
}

/** Rows that bins are found from, as LightGBM's `bin_construct_sample_cnt`. */
const SAMPLED_ROWS = 200_000;

/**
 * Hands the event loop back between features.
 * @param maxBins bins of a feature at most, 2 to 256, that of missing values among them
 * @throws PlatformError `ranking_rows` for an infinite value; what `signal` is aborted with
 */
export async function binRows(
  rows: RankingRows,
  maxBins: number,
  seed: number,
  signal?: AbortSignal,
): Promise<BinnedRows> {
  const { features, featureNames } = rows;
  const width = featureNames.length;
  const rowCount = features.length / width;
  const sample = drawPositions(rowCount, Math.min(rowCount, SAMPLED_ROWS), randomNumbers(seed, -1));
  const bins: FeatureBins[] = [];
  const columns: Uint8Array[] = [];
  const values = new Float32Array(rowCount);
  for (let feature = 0; feature < width; feature++) {
    for (let row = 0; row < rowCount; row++) values[row] = features[row * width + feature]!;
    const found = findBins(values, sample, maxBins, featureNames[feature]!);
    bins.push(found);
    columns.push(binsOf(values, found.upperBounds));
    await nextTurn();
    signal?.throwIfAborted();
  }
  return { rowCount, bins, columns };
}

function findBins(values: Float32Array, sample: Int32Array, maxBins: number, name: string): FeatureBins {
  let least = Infinity;
  let greatest = -Infinity;
  let missing = 0;
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (Number.isNaN(value)) missing++;
  }
  if (least === -Infinity || greatest === Infinity) {
    const row = values.findIndex((value) => Math.abs(value) === Infinity);
    throw new PlatformError('ranking_rows', `${name} of row ${row} is infinite; make it NaN or a number`);
  }
  const sorted = Float32Array.from(sample, (row) => values[row]!).sort();
  return {
    upperBounds: upperBounds(sorted, missing > 0 ? maxBins - 1 : maxBins),
    hasMissing: missing > 0,
    least,
    greatest,
  };
}

/** @param sorted ascending, NaN at the end */
function upperBounds(sorted: Float32Array, maxBins: number): Float64Array {
  const { distinct, counts, total } = distinctValues(sorted);
  const bounds: number[] = [];
  const close = (at: number) => bounds.push((distinct[at]! + distinct[at + 1]!) / 2);
  if (distinct.length <= maxBins) {
    for (let at = 0; at + 1 < distinct.length; at++) close(at);
  } else {
    const fairShare = total / maxBins;
    const isHeavy = (at: number) => counts[at]! >= fairShare;
    let binsLeft = maxBins - counts.filter((count) => count >= fairShare).length;
    let rowsLeft = counts.reduce((sum, count) => (count >= fairShare ? sum : sum + count), 0);
    let share = rowsLeft / binsLeft;
    let inBin = 0;
    for (let at = 0; at + 1 < distinct.length && bounds.length + 1 < maxBins; at++) {
      inBin += counts[at]!;
      if (!isHeavy(at)) rowsLeft -= counts[at]!;
      const isFull = isHeavy(at) || inBin >= share || (isHeavy(at + 1) && inBin >= Math.max(1, share / 2));
      if (!isFull) continue;
      close(at);
      inBin = 0;
      if (!isHeavy(at) && --binsLeft > 0) share = rowsLeft / binsLeft;
    }
  }
  return Float64Array.from([...bounds, Infinity]);
}

function distinctValues(sorted: Float32Array): {
  readonly distinct: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
} {
  const distinct: number[] = [];
  const counts: number[] = [];
  let total = 0;
  for (const value of sorted) {
    if (Number.isNaN(value)) break;
    if (value === distinct.at(-1)) counts[counts.length - 1]! += 1;
    else {
      distinct.push(value);
      counts.push(1);
    }
    total++;
  }
  return { distinct, counts, total };
}

function binsOf(values: Float32Array, bounds: Float64Array): Uint8Array {
  const column = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    column[row] = Number.isNaN(value) ? bounds.length : low;
  }
  return column;
}
