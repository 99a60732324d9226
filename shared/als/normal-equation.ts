import { PlatformError } from '../errors.ts';

/**
 * One least squares problem `(A + lambda I) x = b` of a fixed size, in float64. A is kept as its lower triangle, row by row:
 * entry (i, j <= i) at `i (i + 1) / 2 + j`. One instance serves row after row without allocating.
 */
export class NormalEquation {
  readonly rank: number;
  readonly #triangle: Float64Array;
  readonly #right: Float64Array;
  /** Vectors not yet in A, one after the other, and their weights: four at a time touch A once instead of four times. */
  readonly #pending: Float64Array;
  readonly #weights = new Float64Array(4);
  #pendingCount = 0;

  constructor(rank: number) {
    this.rank = rank;
    this.#triangle = new Float64Array(triangleSize(rank));
    this.#right = new Float64Array(rank);
    this.#pending = new Float64Array(4 * rank);
  }

  /** Starts a new problem with A = `gram` (a packed triangle) or 0, and b = 0. */
  reset(gram: Float64Array | null): void {
    if (gram === null) this.#triangle.fill(0);
    else this.#triangle.set(gram);
    this.#right.fill(0);
    this.#pendingCount = 0;
  }

  /** A += weight y yᵀ and b += target y, with y = `factors[from, from + rank)`. */
  add(factors: Float32Array, from: number, weight: number, target: number): void {
    const right = this.#right;
    const pending = this.#pending;
    const start = this.#pendingCount * this.rank;
    for (let i = 0; i < this.rank; i++) {
      const yi = factors[from + i]!;
      pending[start + i] = yi;
      right[i]! += target * yi;
    }
    this.#weights[this.#pendingCount++] = weight;
    if (this.#pendingCount === 4) this.#flush();
  }

  /**
   * Writes x to `into[from, from + rank)`, rounded to float32; the problem is used up.
   * @throws PlatformError `als_singular` where A + lambda I is not positive definite
   */
  solve(lambda: number, into: Float32Array, from: number): void {
    const { rank } = this;
    const right = this.#right;
    this.#flush();
    for (let i = 0; i < rank; i++) this.#triangle[diagonal(i)]! += lambda;
    factorise(this.#triangle, rank);
    const lower = this.#triangle;
    for (let i = 0; i < rank; i++) {
      const row = diagonal(i) - i;
      let sum = right[i]!;
      for (let j = 0; j < i; j++) sum -= lower[row + j]! * right[j]!;
      right[i] = sum / lower[row + i]!;
    }
    for (let i = rank - 1; i >= 0; i--) {
      const row = diagonal(i) - i;
      const x = right[i]! / lower[row + i]!;
      right[i] = x;
      for (let j = 0; j < i; j++) right[j]! -= lower[row + j]! * x;
    }
    into.set(right, from);
  }

  #flush(): void {
    const { rank } = this;
    const weights = this.#weights;
    weights.fill(0, this.#pendingCount);
    this.#pending.fill(0, this.#pendingCount * rank);
    this.#pendingCount = 0;
    addFour(this.#triangle, this.#pending, weights[0]!, weights[1]!, weights[2]!, weights[3]!, rank);
  }
}

/** A += Σ of four weighted y yᵀ. */
function addFour(
  triangle: Float64Array,
  vectors: Float64Array,
  weight0: number,
  weight1: number,
  weight2: number,
  weight3: number,
  rank: number,
): void {
  const second = rank;
  const third = 2 * rank;
  const fourth = 3 * rank;
  for (let i = 0, at = 0; i < rank; i++) {
    const a = weight0 * vectors[i]!;
    const b = weight1 * vectors[second + i]!;
    const c = weight2 * vectors[third + i]!;
    const d = weight3 * vectors[fourth + i]!;
    for (let j = 0; j <= i; j++, at++) {
      triangle[at]! +=
        a * vectors[j]! + b * vectors[second + j]! + c * vectors[third + j]! + d * vectors[fourth + j]!;
    }
  }
}

/** Sum of y yᵀ over all rows of `factors`, as a packed lower triangle. */
export function gramOf(factors: Float32Array, rank: number): Float64Array {
  const triangle = new Float64Array(triangleSize(rank));
  for (let from = 0; from < factors.length; from += rank) {
    for (let i = 0, at = 0; i < rank; i++) {
      const yi = factors[from + i]!;
      for (let j = 0; j <= i; j++, at++) triangle[at]! += yi * factors[from + j]!;
    }
  }
  return triangle;
}

export function triangleSize(rank: number): number {
  return (rank * (rank + 1)) / 2;
}

function diagonal(i: number): number {
  return (i * (i + 3)) / 2;
}

/** A = L Lᵀ in place (Cholesky, row by row). */
function factorise(triangle: Float64Array, rank: number): void {
  for (let i = 0; i < rank; i++) {
    const rowI = diagonal(i) - i;
    for (let j = 0; j < i; j++) {
      const rowJ = diagonal(j) - j;
      let sum = triangle[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= triangle[rowI + k]! * triangle[rowJ + k]!;
      triangle[rowI + j] = sum / triangle[rowJ + j]!;
    }
    let pivot = triangle[rowI + i]!;
    for (let k = 0; k < i; k++) pivot -= triangle[rowI + k]! ** 2;
    if (!(pivot > 0)) {
      throw new PlatformError(
        'als_singular',
        `a row's equations have no single solution (pivot ${i} of ${rank} is ${pivot}); raise regParam or lower rank`,
      );
    }
    triangle[rowI + i] = Math.sqrt(pivot);
  }
}
