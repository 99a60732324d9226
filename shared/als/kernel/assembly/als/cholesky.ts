/**
 * The exact solution, in float64 as in Spark (CholeskySolver): A is built by its lower triangle from a batch of ratings at a
 * time and factorised as L Lᵀ in place.
 */
import { NOT_FINITE, SINGULAR } from './plan';
import { addresses, charges, ratings, rowBytes, scratch, starts, target, targetsOf, weightsOf } from './problem';
import { isFiniteVector } from './vector';

/** Ratings that are added to A at a time, a multiple of 4: their factors stay in the first-level cache. */
const BATCH = 16;

/** Writes the lower triangle of the sum of y yᵀ over `count` rows to `into`, a square of float64. */
export function gramOfPart64(rows: usize, count: i32, into: usize): void {
  memory.fill(into, 0, (rowBytes << 1) * (rowBytes >> 2));
  const plain = scratch;
  for (let first = 0; first < count; first += BATCH) {
    const batch = min(BATCH, count - first);
    for (let n = 0; n < batch; n++) widen(rows + <usize>(first + n) * rowBytes, 1, plain + <usize>n * (rowBytes << 1));
    addBatch(plain, plain, batch, into);
  }
}

/** Writes the sum of `parts` float64 triangles, each in a square, to `into`, as the lower triangle of a square. */
export function sumOfParts64(first: usize, parts: i32, into: usize): void {
  const bytes = (rowBytes << 1) * (rowBytes >> 2);
  memory.copy(into, first, bytes);
  for (let n = 1; n < parts; n++) {
    const part = first + <usize>n * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(into + at, f64x2.add(v128.load(into + at), v128.load(part + at)));
    }
  }
}

/**
 * Solves rows [from, to).
 * @param gram the lower triangle of a square of float64, or 0 for explicit ratings
 * @returns 0, or why not all rows are solved
 */
export function solveByCholesky(from: i32, to: i32, rank: i32, gram: usize): i32 {
  let reason = 0;
  for (let row = from; row < to; row++) {
    const x = target + <usize>row * rowBytes;
    const lambda = load<f64>(charges + (<usize>row << 3));
    if (lambda < 0) memory.fill(x, 0, rowBytes);
    else {
      const entries = starts + (<usize>row << 2);
      if (!solveRow(x, load<i32>(entries), load<i32>(entries, 4), lambda, rank, gram)) return SINGULAR;
      if (!isFiniteVector(x, rowBytes)) reason = NOT_FINITE;
    }
  }
  return reason;
}

function solveRow(x: usize, from: i32, to: i32, lambda: f64, rank: i32, gram: usize): bool {
  const wide = rowBytes << 1;
  const plain = scratch;
  const weighted = plain + BATCH * wide;
  const right = weighted + BATCH * wide;
  const matrix = right + wide;
  const size = wide * (rowBytes >> 2);
  if (gram === 0) memory.fill(matrix, 0, size);
  else memory.copy(matrix, gram, size);
  memory.fill(right, 0, wide);
  for (let first = from; first < to; first += BATCH) {
    const batch = min(BATCH, to - first);
    for (let n = 0; n < batch; n++) {
      const entry = <usize>(first + n) << 2;
      const y = <usize>load<u32>(addresses + entry);
      const rating = f32x4.splat(load<f32>(ratings + entry));
      const weight = weightsOf(rating);
      widen(y, 1, plain + <usize>n * wide);
      widen(y, <f64>f32x4.extract_lane(weight, 0), weighted + <usize>n * wide);
      addScaled64(right, <f64>f32x4.extract_lane(targetsOf(rating, weight), 0), plain + <usize>n * wide, wide);
    }
    addBatch(weighted, plain, batch, matrix);
  }
  for (let i = 0; i < rank; i++) {
    const diagonal = matrix + <usize>i * wide + (<usize>i << 3);
    store<f64>(diagonal, load<f64>(diagonal) + lambda);
  }
  if (!factorise(matrix, rank)) return false;
  substitute(matrix, rank, right);
  for (let i: usize = 0; i < <usize>rank; i++) store<f32>(x + (i << 2), <f32>load<f64>(right + (i << 3)));
  return true;
}

/** A += Σ left rightᵀ over a batch of pairs of vectors: the lower triangle, by tiles of 4 × 4. */
function addBatch(left: usize, right: usize, batch: i32, into: usize): void {
  const wide = rowBytes << 1;
  const length = <usize>batch * wide;
  for (let i: usize = 0; i < wide; i += 32) {
    for (let j: usize = 0; j <= i; j += 32) addTile(left + i, right + j, length, into + (i >> 3) * wide + j);
  }
}

function addTile(left: usize, right: usize, length: usize, into: usize): void {
  const wide = rowBytes << 1;
  let a0 = f64x2.splat(0);
  let a1 = f64x2.splat(0);
  let b0 = f64x2.splat(0);
  let b1 = f64x2.splat(0);
  let c0 = f64x2.splat(0);
  let c1 = f64x2.splat(0);
  let d0 = f64x2.splat(0);
  let d1 = f64x2.splat(0);
  for (let at: usize = 0; at < length; at += wide) {
    const y0 = v128.load(right + at);
    const y1 = v128.load(right + at, 16);
    const a = v128.load64_splat(left + at);
    a0 = f64x2.add(a0, f64x2.mul(a, y0));
    a1 = f64x2.add(a1, f64x2.mul(a, y1));
    const b = v128.load64_splat(left + at, 8);
    b0 = f64x2.add(b0, f64x2.mul(b, y0));
    b1 = f64x2.add(b1, f64x2.mul(b, y1));
    const c = v128.load64_splat(left + at, 16);
    c0 = f64x2.add(c0, f64x2.mul(c, y0));
    c1 = f64x2.add(c1, f64x2.mul(c, y1));
    const d = v128.load64_splat(left + at, 24);
    d0 = f64x2.add(d0, f64x2.mul(d, y0));
    d1 = f64x2.add(d1, f64x2.mul(d, y1));
  }
  let at = into;
  addTo(at, a0);
  addTo(at + 16, a1);
  at += wide;
  addTo(at, b0);
  addTo(at + 16, b1);
  at += wide;
  addTo(at, c0);
  addTo(at + 16, c1);
  at += wide;
  addTo(at, d0);
  addTo(at + 16, d1);
}

/** A = L Lᵀ over its lower triangle; false where A is not positive definite. */
function factorise(matrix: usize, rank: i32): bool {
  const wide = rowBytes << 1;
  for (let j = 0; j < rank; j++) {
    const column = <usize>j << 3;
    const rowJ = matrix + <usize>j * wide;
    const pivot = load<f64>(rowJ + column) - dot64(rowJ, rowJ, j);
    if (!(pivot > 0)) return false;
    const diagonal = Math.sqrt(pivot);
    store<f64>(rowJ + column, diagonal);
    const inverse = 1 / diagonal;
    let i = j + 1;
    for (; i + 4 <= rank; i += 4) {
      const rows = matrix + <usize>i * wide;
      eliminateFour(rows, rowJ, j, inverse);
    }
    for (; i < rank; i++) {
      const entry = matrix + <usize>i * wide;
      store<f64>(entry + column, (load<f64>(entry + column) - dot64(entry, rowJ, j)) * inverse);
    }
  }
  return true;
}

/** Column j of L for four rows from `rows` on. */
function eliminateFour(rows: usize, rowJ: usize, j: i32, inverse: f64): void {
  const wide = rowBytes << 1;
  const second = rows + wide;
  const third = second + wide;
  const fourth = third + wide;
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const paired = <usize>(j & ~1) << 3;
  for (let at: usize = 0; at < paired; at += 16) {
    const y = v128.load(rowJ + at);
    a = f64x2.add(a, f64x2.mul(y, v128.load(rows + at)));
    b = f64x2.add(b, f64x2.mul(y, v128.load(second + at)));
    c = f64x2.add(c, f64x2.mul(y, v128.load(third + at)));
    d = f64x2.add(d, f64x2.mul(y, v128.load(fourth + at)));
  }
  finishEntry(rows, rowJ, j, sum64(a), inverse);
  finishEntry(second, rowJ, j, sum64(b), inverse);
  finishEntry(third, rowJ, j, sum64(c), inverse);
  finishEntry(fourth, rowJ, j, sum64(d), inverse);
}

/** L[i][j] from the sum over an even number of columns before j. */
// @ts-ignore: decorator
@inline
function finishEntry(row: usize, rowJ: usize, j: i32, sum: f64, inverse: f64): void {
  const column = <usize>j << 3;
  const odd = (j & 1) !== 0 ? load<f64>(row + column - 8) * load<f64>(rowJ + column - 8) : 0;
  store<f64>(row + column, (load<f64>(row + column) - (sum + odd)) * inverse);
}

/** b := A⁻¹ b */
function substitute(lower: usize, rank: i32, b: usize): void {
  const wide = rowBytes << 1;
  for (let i = 0; i < rank; i++) {
    const row = lower + <usize>i * wide;
    const at = <usize>i << 3;
    store<f64>(b + at, (load<f64>(b + at) - dot64(row, b, i)) / load<f64>(row + at));
  }
  for (let i = rank - 1; i >= 0; i--) {
    const row = lower + <usize>i * wide;
    const at = <usize>i << 3;
    const x = load<f64>(b + at) / load<f64>(row + at);
    store<f64>(b + at, x);
    for (let j: usize = 0; j < at; j += 8) store<f64>(b + j, load<f64>(b + j) - load<f64>(row + j) * x);
  }
}

/** Σ x y over the first `count` entries. */
function dot64(x: usize, y: usize, count: i32): f64 {
  let sum = f64x2.splat(0);
  const paired = <usize>(count & ~1) << 3;
  for (let at: usize = 0; at < paired; at += 16) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(x + at), v128.load(y + at)));
  }
  const odd = (count & 1) !== 0 ? load<f64>(x + paired) * load<f64>(y + paired) : 0;
  return sum64(sum) + odd;
}

/** wide = scale × x, from float32 to float64 */
function widen(x: usize, scale: f64, wide: usize): void {
  const factor = f64x2.splat(scale);
  for (let at: usize = 0; at < rowBytes; at += 8) {
    v128.store(wide + (at << 1), f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(x + at))));
  }
}

function addScaled64(y: usize, scale: f64, x: usize, bytes: usize): void {
  const factor = f64x2.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(factor, v128.load(x + at))));
  }
}

// @ts-ignore: decorator
@inline
function sum64(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  v128.store(at, f64x2.add(v128.load(at), sum));
}
