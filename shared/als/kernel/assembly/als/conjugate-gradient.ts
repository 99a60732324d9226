/**
 * Conjugate gradient from the row's factors of the iteration before (Takács, Pilászy, Tikk 2011, "Applications of the conjugate
 * gradient method for implicit feedback collaborative filtering", https://doi.org/10.1145/2043932.2043987). No row's matrix is
 * built. The last step needs no residual: its length is r·r / p·Ap, and p·Ap is a sum of squares that takes half the products.
 */
import { charges, rowBytes, scratch, starts, steps, target } from './problem';
import { addProducts, addResiduals, sumOfSquares } from './ratings-pass';
import { addScaled, dot, isFiniteVector, scaleAndAdd, sumOfLanes } from './vector';

/** No G: explicit ratings. */
export const NO_GRAM = 0;
/** G as a whole square of float32. */
export const WHOLE_GRAM = 1;
/** G as three diagonals. */
export const TRIDIAGONAL_GRAM = 2;

/** Squared length below which a residual is rounding; the same limit as in benfred/implicit. */
const SOLVED: f32 = 1e-20;

/**
 * Solves rows [from, to).
 * @param gram the square, or the diagonal of T
 * @param beside the entries beside the diagonal of T, see `tridiagonalise`
 * @returns whether all solutions are finite
 */
export function solveByConjugateGradient(from: i32, to: i32, kind: i32, gram: usize, beside: usize): bool {
  let finite = true;
  for (let row = from; row < to; row++) {
    const x = target + <usize>row * rowBytes;
    const lambda = <f32>load<f64>(charges + (<usize>row << 3));
    if (lambda < 0) memory.fill(x, 0, rowBytes);
    else {
      const entries = starts + (<usize>row << 2);
      solveRow(x, load<i32>(entries), load<i32>(entries, 4), lambda, kind, gram, beside);
    }
    finite = finite && isFiniteVector(x, rowBytes);
  }
  return finite;
}

function solveRow(x: usize, from: i32, to: i32, lambda: f32, kind: i32, gram: usize, beside: usize): void {
  // The product with T reads one entry to either side of p.
  const p = scratch + 16;
  const r = p + rowBytes + 16;
  const q = r + rowBytes;
  memory.copy(p, x, rowBytes);
  multiply(p, q, lambda, kind, gram, beside);
  memory.fill(r, 0, rowBytes);
  addScaled(r, -1, q, rowBytes);
  addResiduals(from, to, p, r);
  memory.copy(p, r, rowBytes);
  let squared = dot(r, r, rowBytes);
  for (let step = 1; squared >= SOLVED; step++) {
    if (step === steps) {
      const curvature = quadraticForm(p, q, lambda, kind, gram, beside) + sumOfSquares(from, to, p);
      if (curvature > 0) addScaled(x, squared / curvature, p, rowBytes);
      return;
    }
    multiply(p, q, lambda, kind, gram, beside);
    addProducts(from, to, p, q);
    const curvature = dot(p, q, rowBytes);
    if (!(curvature > 0)) return;
    const length = squared / curvature;
    addScaled(x, length, p, rowBytes);
    addScaled(r, -length, q, rowBytes);
    const before = squared;
    squared = dot(r, r, rowBytes);
    scaleAndAdd(p, squared / before, r, rowBytes);
  }
}

/** q = (G + λ I) p */
// @ts-ignore: decorator
@inline
function multiply(p: usize, q: usize, lambda: f32, kind: i32, gram: usize, beside: usize): void {
  if (kind === TRIDIAGONAL_GRAM) multiplyByDiagonals(p, q, lambda, gram, beside);
  else {
    memory.fill(q, 0, rowBytes);
    addScaled(q, lambda, p, rowBytes);
    if (kind === WHOLE_GRAM) addSquareTimes(p, q, gram);
  }
}

/** p · (G + λ I) p; overwrites q. */
// @ts-ignore: decorator
@inline
function quadraticForm(p: usize, q: usize, lambda: f32, kind: i32, gram: usize, beside: usize): f32 {
  if (kind === TRIDIAGONAL_GRAM) {
    multiplyByDiagonals(p, q, lambda, gram, beside);
    return dot(p, q, rowBytes);
  }
  const own = lambda * dot(p, p, rowBytes);
  return kind === WHOLE_GRAM ? own + squareBetween(p, gram) : own;
}

function multiplyByDiagonals(p: usize, q: usize, lambda: f32, diagonal: usize, beside: usize): void {
  const shift = f32x4.splat(lambda);
  for (let at: usize = 0; at < rowBytes; at += 16) {
    const own = f32x4.mul(f32x4.add(v128.load(diagonal + at), shift), v128.load(p + at));
    const after = f32x4.mul(v128.load(beside + at), v128.load(p + at, 4));
    const before = f32x4.mul(v128.load(beside + at - 4), v128.load(p + at - 4));
    v128.store(q + at, f32x4.add(own, f32x4.add(after, before)));
  }
}

/** q += G p for a symmetric G, four rows of G at a time. */
function addSquareTimes(p: usize, q: usize, gram: usize): void {
  let rows = gram;
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const p0 = v128.load32_splat(p + i);
    const p1 = v128.load32_splat(p + i, 4);
    const p2 = v128.load32_splat(p + i, 8);
    const p3 = v128.load32_splat(p + i, 12);
    const after = rows + rowBytes;
    const third = after + rowBytes;
    const fourth = third + rowBytes;
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const sum = f32x4.add(
        f32x4.add(f32x4.mul(p0, v128.load(rows + at)), f32x4.mul(p1, v128.load(after + at))),
        f32x4.add(f32x4.mul(p2, v128.load(third + at)), f32x4.mul(p3, v128.load(fourth + at))),
      );
      v128.store(q + at, f32x4.add(v128.load(q + at), sum));
    }
    rows = fourth + rowBytes;
  }
}

/** p · G p for a symmetric G, from the blocks of 4 × 4 on its diagonal and to the right of it. */
function squareBetween(p: usize, gram: usize): f32 {
  let total = f32x4.splat(0);
  let rows = gram;
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const p0 = v128.load32_splat(p + i);
    const p1 = v128.load32_splat(p + i, 4);
    const p2 = v128.load32_splat(p + i, 8);
    const p3 = v128.load32_splat(p + i, 12);
    const after = rows + rowBytes;
    const third = after + rowBytes;
    const fourth = third + rowBytes;
    let beyond = f32x4.splat(0);
    for (let at = i + 16; at < rowBytes; at += 16) {
      const sum = f32x4.add(
        f32x4.add(f32x4.mul(p0, v128.load(rows + at)), f32x4.mul(p1, v128.load(after + at))),
        f32x4.add(f32x4.mul(p2, v128.load(third + at)), f32x4.mul(p3, v128.load(fourth + at))),
      );
      beyond = f32x4.add(beyond, f32x4.mul(sum, v128.load(p + at)));
    }
    const on = f32x4.add(
      f32x4.add(f32x4.mul(p0, v128.load(rows + i)), f32x4.mul(p1, v128.load(after + i))),
      f32x4.add(f32x4.mul(p2, v128.load(third + i)), f32x4.mul(p3, v128.load(fourth + i))),
    );
    total = f32x4.add(total, f32x4.add(f32x4.add(beyond, beyond), f32x4.mul(on, v128.load(p + i))));
    rows = fourth + rowBytes;
  }
  return sumOfLanes(total);
}
