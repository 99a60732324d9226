import type { FeatureBins } from './binned-rows.ts';
import { BIN_FIELDS } from './histograms.ts';
import type { RankerParameters } from './ranker-parameters.ts';

/** Sums over the rows of a leaf. */
export interface LeafSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

export interface Split {
  readonly feature: number;
  /** Rows of this bin and below go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  /** How much the objective falls, twice: G²/(H + λ) of both children less that of the leaf. */
  readonly gain: number;
  readonly left: LeafSums;
  readonly right: LeafSums;
}

export type SplitLimits = Pick<RankerParameters, 'l2' | 'minRowsPerLeaf' | 'minHessianPerLeaf'>;

/** What a leaf's sums are worth to the objective: G²/(H + λ). */
export function leafGain(sums: LeafSums, l2: number): number {
  return sums.gradient === 0 ? 0 : sums.gradient ** 2 / (sums.hessian + l2);
}

/**
 * The best split of a leaf by one feature, missing values tried on both sides; null if none gains.
 * Of equal gains the lowest bin wins, then missing values to the right. Where a leaf has no missing value, they go to the side
 * with more rows.
 * @param histogram the leaf's; the feature's bins start at `offset`
 */
export function bestSplitOf(
  feature: number,
  { upperBounds, hasMissing }: FeatureBins,
  histogram: Float64Array,
  offset: number,
  leaf: LeafSums,
  limits: SplitLimits,
): Split | null {
  const { l2, minRowsPerLeaf, minHessianPerLeaf } = limits;
  const before = leafGain(leaf, l2);
  const missing = hasMissing ? offset + upperBounds.length * BIN_FIELDS : -1;
  const missingGradient = hasMissing ? histogram[missing]! : 0;
  const missingHessian = hasMissing ? histogram[missing + 1]! : 0;
  const missingCount = hasMissing ? histogram[missing + 2]! : 0;
  // With no missing value in the leaf both sides are the same split, and the last bin leaves nothing for the right.
  const sides = missingCount > 0 ? 2 : 1;
  const lastBin = upperBounds.length - (missingCount > 0 ? 1 : 2);
  let bestGain = 0;
  let bestBin = -1;
  let bestMissingLeft = false;
  let gradient = 0;
  let hessian = 0;
  let count = 0;
  for (let bin = 0; bin <= lastBin; bin++) {
    const at = offset + bin * BIN_FIELDS;
    gradient += histogram[at]!;
    hessian += histogram[at + 1]!;
    count += histogram[at + 2]!;
    for (let side = 0; side < sides; side++) {
      const leftGradient = side === 0 ? gradient : gradient + missingGradient;
      const leftHessian = side === 0 ? hessian : hessian + missingHessian;
      const leftCount = side === 0 ? count : count + missingCount;
      const rightHessian = leaf.hessian - leftHessian;
      if (leftCount < minRowsPerLeaf || leaf.count - leftCount < minRowsPerLeaf) continue;
      if (leftHessian < minHessianPerLeaf || rightHessian < minHessianPerLeaf) continue;
      const rightGradient = leaf.gradient - leftGradient;
      const gain =
        (leftGradient * leftGradient) / (leftHessian + l2) +
        (rightGradient * rightGradient) / (rightHessian + l2) -
        before;
      if (gain > bestGain) {
        bestGain = gain;
        bestBin = bin;
        bestMissingLeft = side === 1;
      }
    }
  }
  if (bestBin < 0) return null;
  const left = sumsOf(histogram, offset, bestBin, bestMissingLeft ? missing : -1);
  const right = {
    gradient: leaf.gradient - left.gradient,
    hessian: leaf.hessian - left.hessian,
    count: leaf.count - left.count,
  };
  const missingLeft = missingCount > 0 ? bestMissingLeft : left.count >= right.count;
  return { feature, bin: bestBin, missingLeft, gain: bestGain, left, right };
}

/** Sums of the bins up to `last`, and of the one at `missing` if that is 0 or more. */
function sumsOf(histogram: Float64Array, offset: number, last: number, missing: number): LeafSums {
  let gradient = missing < 0 ? 0 : histogram[missing]!;
  let hessian = missing < 0 ? 0 : histogram[missing + 1]!;
  let count = missing < 0 ? 0 : histogram[missing + 2]!;
  for (let at = offset; at <= offset + last * BIN_FIELDS; at += BIN_FIELDS) {
    gradient += histogram[at]!;
    hessian += histogram[at + 1]!;
    count += histogram[at + 2]!;
  }
  return { gradient, hessian, count };
}
