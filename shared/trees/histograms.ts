import type { BinnedRows } from './binned-rows.ts';

/** Numbers kept of each bin: the sum of gradients, the sum of hessians, and the rows. */
export const BIN_FIELDS = 3;

/** Where each feature's bins are in a histogram of a leaf, an array of `BIN_FIELDS` numbers a bin. */
export interface HistogramLayout {
  readonly length: number;
  /** First number of each feature. */
  readonly offsets: Int32Array;
}

export function histogramLayout({ bins }: BinnedRows): HistogramLayout {
  const offsets = new Int32Array(bins.length);
  let length = 0;
  for (const [feature, { upperBounds, hasMissing }] of bins.entries()) {
    offsets[feature] = length;
    length += (upperBounds.length + (hasMissing ? 1 : 0)) * BIN_FIELDS;
  }
  return { length, offsets };
}

/**
 * Adds rows to the bins of one feature.
 * @param rows of a leaf
 * @param gradients of each of `rows`, in their order
 * @param hessians likewise
 */
export function addToHistogram(
  histogram: Float64Array,
  offset: number,
  column: Uint8Array,
  rows: Int32Array,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  for (let at = 0; at < rows.length; at++) {
    const bin = offset + column[rows[at]!]! * BIN_FIELDS;
    histogram[bin]! += gradients[at]!;
    histogram[bin + 1]! += hessians[at]!;
    histogram[bin + 2]! += 1;
  }
}

/** Takes a child's sums from its parent's, which leaves those of the other child: exactly, for the sums are exact. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let at = 0; at < parent.length; at++) parent[at]! -= child[at]!;
}
