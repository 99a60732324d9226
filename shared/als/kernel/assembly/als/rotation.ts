/**
 * ALS does not depend on the basis that factors are written in: with an orthogonal Q, X Q and Y Q predict what X and Y do, and λI
 * stays λI. In the basis in which YᵀY = Q T Qᵀ is tridiagonal, a product with T costs 3 multiplications an entry instead of a
 * whole row of YᵀY, for every step of every row. Q comes by Householder's reflections (Golub and Van Loan, Matrix Computations,
 * 4th edition, section 8.3.1), which unlike eigenvectors take a fixed number of operations.
 */
import { rowBytes, scratch } from './problem';

/**
 * @param gram a symmetric square of float64; used up
 * @param rank the entries of a row that count; the rest is 0
 * @param reflectors scratch memory of the size of the square
 * @param diagonal f32, one a row: the diagonal of T
 * @param beside f32, one a row and one before: beside[i] is T[i][i + 1]; the one before the first and those past the end are 0
 * @param q square of float32, out; row by row, a vector x becomes x Q
 */
export function tridiagonalise(
  gram: usize,
  rank: i32,
  reflectors: usize,
  diagonal: usize,
  beside: usize,
  q: usize,
): void {
  const size = <i32>(rowBytes >> 2);
  memory.fill(reflectors, 0, <usize>(size * size) << 3);
  memory.fill(diagonal, 0, rowBytes);
  memory.fill(beside - 4, 0, rowBytes + 8);
  for (let column = 0; column < rank; column++) {
    const v = at64(reflectors, size, column, 0);
    store<f32>(diagonal + (<usize>column << 2), <f32>load<f64>(at64(gram, size, column, column)));
    if (column + 1 === rank) break;
    store<f32>(beside + (<usize>column << 2), <f32>reflect(gram, size, rank, column, v));
  }
  // Q = H0 H1 …, built from the last reflector on: gram's memory becomes Q in float64.
  memory.fill(gram, 0, <usize>(size * size) << 3);
  for (let i = 0; i < size; i++) store<f64>(at64(gram, size, i, i), 1);
  for (let column = rank - 3; column >= 0; column--) {
    applyReflector(gram, size, rank, column + 1, at64(reflectors, size, column, 0));
  }
  for (let i = 0; i < size * size; i++) store<f32>(q + (<usize>i << 2), <f32>load<f64>(gram + (<usize>i << 3)));
}

/** Writes the transposed of a square of float32. */
export function transpose(square: usize, into: usize): void {
  const size = <i32>(rowBytes >> 2);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      store<f32>(into + (<usize>(j * size + i) << 2), load<f32>(square + (<usize>(i * size + j) << 2)));
    }
  }
}

/** x := x Q for `count` rows x, each rounded alike however many there are. */
export function rotateRows(rows: usize, count: i32, q: usize): void {
  let row = rows;
  const end = rows + <usize>count * rowBytes;
  for (const four = rowBytes << 2; row + four <= end; row += four) {
    let j: usize = 0;
    for (; j + 32 <= rowBytes; j += 32) multiplyFour(row, q + j, scratch + j);
    if (j < rowBytes) {
      for (let offset: usize = 0; offset < four; offset += rowBytes) multiplyOne(row + offset, q + j, scratch + offset + j);
    }
    memory.copy(row, scratch, four);
  }
  for (; row < end; row += rowBytes) {
    for (let j: usize = 0; j < rowBytes; j += 16) multiplyOne(row, q + j, scratch + j);
    memory.copy(row, scratch, rowBytes);
  }
}

/** Eight columns of x Q for four rows. */
function multiplyFour(rows: usize, q: usize, into: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let a = rows;
  let b = a + rowBytes;
  let c = b + rowBytes;
  let d = c + rowBytes;
  let from = q;
  for (const end = b; a < end; a += 4, b += 4, c += 4, d += 4, from += rowBytes) {
    const q0 = v128.load(from);
    const q1 = v128.load(from, 16);
    const xa = v128.load32_splat(a);
    a0 = f32x4.add(a0, f32x4.mul(xa, q0));
    a1 = f32x4.add(a1, f32x4.mul(xa, q1));
    const xb = v128.load32_splat(b);
    b0 = f32x4.add(b0, f32x4.mul(xb, q0));
    b1 = f32x4.add(b1, f32x4.mul(xb, q1));
    const xc = v128.load32_splat(c);
    c0 = f32x4.add(c0, f32x4.mul(xc, q0));
    c1 = f32x4.add(c1, f32x4.mul(xc, q1));
    const xd = v128.load32_splat(d);
    d0 = f32x4.add(d0, f32x4.mul(xd, q0));
    d1 = f32x4.add(d1, f32x4.mul(xd, q1));
  }
  let at = into;
  v128.store(at, a0);
  v128.store(at, a1, 16);
  at += rowBytes;
  v128.store(at, b0);
  v128.store(at, b1, 16);
  at += rowBytes;
  v128.store(at, c0);
  v128.store(at, c1, 16);
  at += rowBytes;
  v128.store(at, d0);
  v128.store(at, d1, 16);
}

/** Four columns of x Q for one row. */
function multiplyOne(row: usize, q: usize, into: usize): void {
  let sum = f32x4.splat(0);
  let from = q;
  for (let x = row, end = row + rowBytes; x < end; x += 4, from += rowBytes) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(x), v128.load(from)));
  }
  v128.store(into, sum);
}

/**
 * Brings a column below the diagonal into its first entry, which is returned, and applies the same reflection I - v vᵀ to the
 * square below and to the right. v, of length √2, is kept; it stays 0 where there is nothing to bring.
 */
function reflect(a: usize, size: i32, rank: i32, column: i32, v: usize): f64 {
  const first = column + 1;
  const row = at64(a, size, column, 0);
  const leading = load<f64>(row + (<usize>first << 3));
  let rest: f64 = 0;
  for (let i = first + 1; i < rank; i++) rest += square(load<f64>(row + (<usize>i << 3)));
  if (rest === 0) return leading;
  const length = Math.sqrt(leading * leading + rest);
  const brought = leading > 0 ? -length : length;
  // |x - brought e|² = 2 length (length + |leading|)
  const scale = 1 / Math.sqrt(length * (length + Math.abs(leading)));
  for (let i = first; i < rank; i++) {
    const x = load<f64>(row + (<usize>i << 3)) - (i === first ? brought : 0);
    store<f64>(v + (<usize>i << 3), x * scale);
  }
  // A := A - v wᵀ - w vᵀ with w = A v - (vᵀ A v / 2) v, kept in the row that has been brought.
  const w = row;
  let inner: f64 = 0;
  const even = first & ~1;
  for (let i = first; i < rank; i++) {
    const product = dot64(at64(a, size, i, 0), v, even, size);
    inner += product * load<f64>(v + (<usize>i << 3));
    store<f64>(w + (<usize>i << 3), product);
  }
  for (let i = 0; i < size; i++) {
    const at = <usize>i << 3;
    const below = i >= first && i < rank;
    store<f64>(w + at, below ? load<f64>(w + at) - 0.5 * inner * load<f64>(v + at) : 0);
  }
  for (let i = first; i < rank; i++) {
    const entries = at64(a, size, i, 0);
    const vi = f64x2.splat(load<f64>(v + (<usize>i << 3)));
    const wi = f64x2.splat(load<f64>(w + (<usize>i << 3)));
    for (let at = <usize>even << 3, end = <usize>size << 3; at < end; at += 16) {
      const change = f64x2.add(f64x2.mul(vi, v128.load(w + at)), f64x2.mul(wi, v128.load(v + at)));
      v128.store(entries + at, f64x2.sub(v128.load(entries + at), change));
    }
  }
  return brought;
}

/** Q := (I - v vᵀ) Q, where rows and columns before `first` are those of the identity. */
function applyReflector(q: usize, size: i32, rank: i32, first: i32, v: usize): void {
  const even = <usize>(first & ~1) << 3;
  const end = <usize>size << 3;
  const sums = scratch;
  memory.fill(sums, 0, end);
  for (let i = first; i < rank; i++) {
    addScaled64(sums + even, load<f64>(v + (<usize>i << 3)), at64(q, size, i, 0) + even, end - even);
  }
  for (let i = first; i < rank; i++) {
    addScaled64(at64(q, size, i, 0) + even, -load<f64>(v + (<usize>i << 3)), sums + even, end - even);
  }
}

/** y += scale x */
function addScaled64(y: usize, scale: f64, x: usize, bytes: usize): void {
  const factor = f64x2.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(factor, v128.load(x + at))));
  }
}

/** Σ x y over the entries [from, to), both even. */
function dot64(x: usize, y: usize, from: i32, to: i32): f64 {
  let sum = f64x2.splat(0);
  for (let at = <usize>from << 3, end = <usize>to << 3; at < end; at += 16) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(x + at), v128.load(y + at)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
function square(x: f64): f64 {
  return x * x;
}

/** Address of an entry of a square of float64. */
// @ts-ignore: decorator
@inline
function at64(square: usize, size: i32, row: i32, column: i32): usize {
  return square + (<usize>(row * size + column) << 3);
}
