/**
 * Features as small whole numbers. A feature with few distinct values gets a bin for each; otherwise values with more rows than
 * a bin's fair share get a bin of their own and the rest are shared evenly, as LightGBM's greedy mapping does
 * (https://lightgbm.readthedocs.io/en/latest/Features.html#optimization-in-speed-and-memory-usage).
 * Missing values have a bin of their own, the last. Zero is a value like any other.
 */
import { PlatformError } from '../errors.ts';
import { drawPositions, randomNumbers } from './random.ts';
import type { RankingRows } from './ranking-rows.ts';

export interface FeatureBins {
  /** A value is in the first bin whose upper bound is not below it; the last bound is `Infinity`. */
  readonly upperBounds: Float64Array;
  /** Whether there are missing values, which are in bin `upperBounds.length`. */
  readonly hasMissing: boolean;
  /** The range of the values that are not missing; `Infinity` to `-Infinity` if all are. */
  readonly least: number;
  readonly greatest: number;
}

/** Rows that bins are found from; LightGBM takes twice as many (`bin_construct_sample_cnt`). */
const SAMPLED_ROWS = 100_000;

/** Rows whose values are binned feature by feature before they have left the cache. */
const ROWS_IN_CACHE = 1024;
/** How often so many between two turns of the event loop. */
const CHUNKS_PER_TURN = 16;

/**
 * Hands the event loop back between features.
 * @param maxBins bins of a feature at most, 2 to 255, that of missing values among them
 * @param breathe called between chunks of work
 * @throws PlatformError `ranking_rows` for an infinite value
 */
export async function findBins(
  rows: RankingRows,
  maxBins: number,
  seed: number,
  breathe: () => Promise<void>,
): Promise<FeatureBins[]> {
  const { features, featureNames, labels } = rows;
  const width = featureNames.length;
  const ranges = rangesOf(rows);
  const rowCount = labels.length;
  const sample = drawPositions(rowCount, Math.min(rowCount, SAMPLED_ROWS), randomNumbers(seed, -1));
  const sampled = new Float32Array(sample.length);
  const spare = new Uint32Array(sample.length);
  const bins: FeatureBins[] = [];
  for (const [feature, range] of ranges.entries()) {
    let present = 0;
    for (let at = 0; at < sample.length; at++) {
      const value = features[sample[at]! * width + feature]!;
      sampled[present] = value;
      present += Number(!Number.isNaN(value));
    }
    const sorted = sampled.subarray(0, present);
    sortFloats(sorted, spare);
    bins.push({ ...range, upperBounds: upperBounds(sorted, range.hasMissing ? maxBins - 1 : maxBins) });
    await breathe();
  }
  return bins;
}

/**
 * Writes the bin of every value, those of a row beside each other, or those of a feature; that of a missing value is the number of
 * bins that values have. Hands the event loop back between chunks of rows.
 */
export async function assignBins(
  { features, labels }: RankingRows,
  bins: readonly FeatureBins[],
  into: Uint8Array,
  order: 'by-row' | 'by-feature',
  breathe: () => Promise<void>,
): Promise<void> {
  const width = bins.length;
  const rowCount = labels.length;
  const [perRow, perFeature] = order === 'by-row' ? [width, 1] : [1, rowCount];
  for (let from = 0; from < rowCount; from += ROWS_IN_CACHE) {
    const to = Math.min(rowCount, from + ROWS_IN_CACHE);
    for (let feature = 0; feature < width; feature++) {
      const bounds = bins[feature]!.upperBounds;
      for (let row = from; row < to; row++) {
        const value = features[row * width + feature]!;
        into[row * perRow + feature * perFeature] = Number.isNaN(value)
          ? bounds.length
          : binOf(value, bounds);
      }
    }
    if ((from / ROWS_IN_CACHE) % CHUNKS_PER_TURN === 0) await breathe();
  }
}

function rangesOf({ features, featureNames }: RankingRows): Omit<FeatureBins, 'upperBounds'>[] {
  const width = featureNames.length;
  const least = new Float32Array(width).fill(Infinity);
  const greatest = new Float32Array(width).fill(-Infinity);
  const missing = new Uint8Array(width);
  for (let row = 0; row < features.length / width; row++) {
    for (let feature = 0; feature < width; feature++) {
      const value = features[row * width + feature]!;
      // Neither NaN nor infinite.
      if (value - value === 0) {
        if (value < least[feature]!) least[feature] = value;
        if (value > greatest[feature]!) greatest[feature] = value;
      } else if (Number.isNaN(value)) missing[feature] = 1;
      else
        throw new PlatformError(
          'ranking_rows',
          `${featureNames[feature]} of row ${row} is ${value}; make it NaN or a number`,
        );
    }
  }
  return featureNames.map((_, feature) => ({
    hasMissing: missing[feature] === 1,
    least: least[feature]!,
    greatest: greatest[feature]!,
  }));
}

/** @param sorted ascending */
function upperBounds(sorted: Float32Array, maxBins: number): Float64Array {
  const { distinct, counts } = distinctValues(sorted);
  const bounds: number[] = [];
  const close = (at: number) => bounds.push((distinct[at]! + distinct[at + 1]!) / 2);
  if (distinct.length <= maxBins) {
    for (let at = 0; at + 1 < distinct.length; at++) close(at);
  } else {
    const fairShare = sorted.length / maxBins;
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
  readonly distinct: Float32Array;
  readonly counts: Int32Array;
} {
  const distinct = new Float32Array(sorted.length);
  const counts = new Int32Array(sorted.length);
  let last = -1;
  for (let at = 0; at < sorted.length; at++) {
    const value = sorted[at]!;
    if (last < 0 || value !== distinct[last]) distinct[++last] = value;
    counts[last]! += 1;
  }
  return { distinct: distinct.subarray(0, last + 1), counts: counts.subarray(0, last + 1) };
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Radix sort by the bits of the numbers, whose order is that of the numbers once negative ones are turned round. No NaN. */
function sortFloats(values: Float32Array<ArrayBuffer>, spare: Uint32Array<ArrayBuffer>): void {
  let from = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let to = spare.subarray(0, values.length);
  for (let at = 0; at < from.length; at++)
    from[at] = from[at]! ^ (from[at]! & 0x80000000 ? 0xffffffff : 0x80000000);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const next = new Int32Array(DIGITS + 1);
    for (let at = 0; at < from.length; at++) next[((from[at]! >>> shift) & (DIGITS - 1)) + 1]! += 1;
    for (let digit = 1; digit < DIGITS; digit++) next[digit]! += next[digit - 1]!;
    for (let at = 0; at < from.length; at++) to[next[(from[at]! >>> shift) & (DIGITS - 1)]!++] = from[at]!;
    [from, to] = [to, from];
  }
  // After three digits the numbers lie in the spare.
  for (let at = 0; at < from.length; at++)
    to[at] = from[at]! ^ (from[at]! & 0x80000000 ? 0x80000000 : 0xffffffff);
}

/** The first bin whose upper bound is not below the value. */
function binOf(value: number, bounds: Float64Array): number {
  let low = 0;
  let length = bounds.length - 1;
  // Halves without a branch that could be guessed wrong.
  while (length > 0) {
    const half = (length + 1) >> 1;
    low += half * Number(value > bounds[low + half - 1]!);
    length -= half;
  }
  return low;
}
