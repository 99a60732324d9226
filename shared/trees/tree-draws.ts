import type { FeatureBins } from './feature-bins.ts';
import { drawPositions, randomNumbers } from './random.ts';
import type { RankerParameters } from './ranker-parameters.ts';

/** What one tree is grown from, all ascending. */
export interface TreeDraw {
  readonly inBag: Int32Array;
  readonly outOfBag: Int32Array;
  /** Features that may split. */
  readonly usable: Int32Array;
}

/** Draws rows and features for tree after tree. */
export class TreeDraws {
  readonly #rowCount: number;
  readonly #parameters: RankerParameters;
  /** Features with more than one bin. */
  readonly #candidates: Int32Array;
  #tree = 0;
  #inBag: Int32Array;
  #outOfBag: Int32Array = new Int32Array(0);

  constructor(rowCount: number, bins: readonly FeatureBins[], parameters: RankerParameters) {
    this.#rowCount = rowCount;
    this.#parameters = parameters;
    this.#inBag = Int32Array.from({ length: rowCount }, (_, row) => row);
    this.#candidates = Int32Array.from(bins.keys()).filter((feature) => {
      const { upperBounds, hasMissing } = bins[feature]!;
      return upperBounds.length + (hasMissing ? 1 : 0) > 1;
    });
  }

  next(): TreeDraw {
    const { seed, featureFraction, baggingFraction, baggingFrequency } = this.#parameters;
    const tree = this.#tree++;
    if (baggingFraction < 1 && baggingFrequency > 0 && tree % baggingFrequency === 0) {
      const count = Math.max(1, Math.floor(baggingFraction * this.#rowCount));
      this.#inBag = drawPositions(this.#rowCount, count, randomNumbers(seed, 2 * tree));
      this.#outOfBag = complementOf(this.#inBag, this.#rowCount);
    }
    const all = this.#candidates.length;
    const wanted = Math.min(all, Math.max(1, Math.round(featureFraction * all)));
    const drawn = drawPositions(all, wanted, randomNumbers(seed, 2 * tree + 1));
    const usable = drawn.map((position) => this.#candidates[position]!);
    return { inBag: this.#inBag, outOfBag: this.#outOfBag, usable };
  }
}

function complementOf(drawn: Int32Array, total: number): Int32Array {
  // One place more: what is written behind the last of the others is not theirs.
  const others = new Int32Array(total - drawn.length + 1);
  let at = 0;
  let next = 0;
  for (let position = 0; position < total; position++) {
    // Overwritten if it was drawn: no branch that could be guessed wrong.
    others[at] = position;
    const isDrawn = Number(drawn[next] === position);
    next += isDrawn;
    at += 1 - isDrawn;
  }
  return others.subarray(0, at);
}
