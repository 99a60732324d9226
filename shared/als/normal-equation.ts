import { PlatformError } from '../errors.ts';

/**
 * One least squares problem `(A + lambda I) x = b` of a fixed size, in float64. A is kept as its lower triangle, row by row:
 * entry (i, j <= i) at `i (i + 1) / 2 + j`. One instance serves row after row without allocating.
 */
export class NormalEquation {
  readonly rank: number;
  readonly #triangle: Float64Array;
  readonly #right: Float64Array;
  /**
   * Vectors not yet in A, number `n` at `4 i + n` for its entry i: four at a time touch A once instead of four times.
   * With an odd rank a last entry of 0 makes rows of A come in pairs; the row that it adds to A is never read.
   */
  readonly #pending: Float64Array;
  readonly #weights = new Float64Array(4);
  #pendingCount = 0;

  constructor(rank: number) {
    this.rank = rank;
    const even = rank + (rank % 2);
    this.#triangle = new Float64Array(triangleSize(even));
    this.#right = new Float64Array(rank);
    this.#pending = new Float64Array(4 * even);
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
    const column = this.#pendingCount;
    for (let i = 0; i < this.rank; i++) {
      const yi = factors[from + i]!;
      pending[4 * i + column] = yi;
      right[i]! += target * yi;
    }
    this.#weights[this.#pendingCount++] = weight;
    if (this.#pendingCount === 4) this.#flush();
  }

  /**
   * Writes x to `into[from, from + rank)`, rounded to float32. After it, only `solveFor` and `reset` may be called.
   * @throws PlatformError `als_singular` where A + lambda I is not positive definite
   */
  solve(lambda: number, into: Float32Array, from: number): void {
    const { rank } = this;
    const right = this.#right;
    this.#flush();
    for (let i = 0; i < rank; i++) this.#triangle[diagonal(i)]! += lambda;
    factorise(this.#triangle, rank);
    substitute(this.#triangle, right);
    into.set(right, from);
  }

  /** x for another b of the problem that was solved last, whose A is factorised already. */
  solveFor(b: Float32Array): Float64Array {
    const solution = Float64Array.from(b);
    substitute(this.#triangle, solution);
    return solution;
  }

  #flush(): void {
    if (this.#pendingCount === 0) return;
    const weights = this.#weights;
    weights.fill(0, this.#pendingCount);
    this.#pendingCount = 0;
    addFour(this.#triangle, this.#pending, weights[0]!, weights[1]!, weights[2]!, weights[3]!);
  }
}

/** A += Σ of four weighted y yᵀ, two rows of A at a time. A weight of 0 leaves its vector, a finite leftover, out. */
function addFour(
  triangle: Float64Array,
  vectors: Float64Array,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): void {
  const rank = vectors.length / 4;
  for (let i = 0; i < rank; i += 2) {
    const from = 4 * i;
    const a0 = w0 * vectors[from]!;
    const a1 = w1 * vectors[from + 1]!;
    const a2 = w2 * vectors[from + 2]!;
    const a3 = w3 * vectors[from + 3]!;
    const b0 = w0 * vectors[from + 4]!;
    const b1 = w1 * vectors[from + 5]!;
    const b2 = w2 * vectors[from + 6]!;
    const b3 = w3 * vectors[from + 7]!;
    let upper = triangleSize(i);
    let lower = triangleSize(i + 1);
    for (let at = 0; at <= from; at += 4, upper++, lower++) {
      const y0 = vectors[at]!;
      const y1 = vectors[at + 1]!;
      const y2 = vectors[at + 2]!;
      const y3 = vectors[at + 3]!;
      triangle[upper]! += a0 * y0 + a1 * y1 + a2 * y2 + a3 * y3;
      triangle[lower]! += b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3;
    }
    triangle[lower]! +=
      b0 * vectors[from + 4]! + b1 * vectors[from + 5]! + b2 * vectors[from + 6]! + b3 * vectors[from + 7]!;
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

/** Makes of b the solution x of L Lᵀ x = b. */
function substitute(lower: Float64Array, b: Float64Array): void {
  const rank = b.length;
  for (let i = 0; i < rank; i++) {
    const row = diagonal(i) - i;
    let sum = b[i]!;
    for (let j = 0; j < i; j++) sum -= lower[row + j]! * b[j]!;
    b[i] = sum / lower[row + i]!;
  }
  for (let i = rank - 1; i >= 0; i--) {
    const row = diagonal(i) - i;
    const x = b[i]! / lower[row + i]!;
    b[i] = x;
    for (let j = 0; j < i; j++) b[j]! -= lower[row + j]! * x;
  }
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
