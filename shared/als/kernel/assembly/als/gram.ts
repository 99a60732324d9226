/**
 * YᵀY. The rows of Y are cut into parts whose number does not depend on the number of threads; the sum of each part and then the
 * sum over the parts are taken in a fixed order, so that the result is the same for any number of threads.
 */
import { rowBytes } from './problem';

/** Rows that stay in the first-level cache while all tiles pass over them. */
const BLOCK_OF_ROWS = 32;

/** Writes the lower triangle of the sum of y yᵀ over `count` rows to `into`, a square of float32. */
export function gramOfPart(rows: usize, count: i32, into: usize): void {
  memory.fill(into, 0, rowBytes * (rowBytes >> 2));
  for (let first = 0; first < count; first += BLOCK_OF_ROWS) {
    const from = rows + <usize>first * rowBytes;
    const to = rows + <usize>min(first + BLOCK_OF_ROWS, count) * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      let j: usize = 0;
      for (; j < i; j += 32) addTileOfEight(from, to, i, j, into);
      if (j === i) addTileOfFour(from, to, i, j, into);
    }
  }
}

/** Writes the sum of `parts` float32 triangles, each in a square, to `into`: a whole symmetric square of float64. */
export function sumOfParts(first: usize, parts: i32, into: usize): void {
  const size = <i32>(rowBytes >> 2);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let part = first + (<usize>(i * size + j) << 2);
      let sum: f64 = 0;
      for (let n = 0; n < parts; n++, part += rowBytes * <usize>size) sum += <f64>load<f32>(part);
      store<f64>(into + (<usize>(i * size + j) << 3), sum);
      store<f64>(into + (<usize>(j * size + i) << 3), sum);
    }
  }
}

/** Rounds a square of float64 to float32. */
export function roundSquare(from: usize, into: usize): void {
  const entries = rowBytes * (rowBytes >> 4);
  for (let at: usize = 0; at < entries; at++) store<f32>(into + (at << 2), <f32>load<f64>(from + (at << 3)));
}

/** Adds to rows i to i + 3 and columns j to j + 7; i and j are given in bytes. */
function addTileOfEight(from: usize, to: usize, i: usize, j: usize, into: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let left = from + i;
  let right = from + j;
  for (; right < to; left += rowBytes, right += rowBytes) {
    const y0 = v128.load(right);
    const y1 = v128.load(right, 16);
    const a = v128.load32_splat(left);
    a0 = f32x4.add(a0, f32x4.mul(a, y0));
    a1 = f32x4.add(a1, f32x4.mul(a, y1));
    const b = v128.load32_splat(left, 4);
    b0 = f32x4.add(b0, f32x4.mul(b, y0));
    b1 = f32x4.add(b1, f32x4.mul(b, y1));
    const c = v128.load32_splat(left, 8);
    c0 = f32x4.add(c0, f32x4.mul(c, y0));
    c1 = f32x4.add(c1, f32x4.mul(c, y1));
    const d = v128.load32_splat(left, 12);
    d0 = f32x4.add(d0, f32x4.mul(d, y0));
    d1 = f32x4.add(d1, f32x4.mul(d, y1));
  }
  let at = into + (i >> 2) * rowBytes + j;
  addTo(at, a0);
  addTo(at + 16, a1);
  at += rowBytes;
  addTo(at, b0);
  addTo(at + 16, b1);
  at += rowBytes;
  addTo(at, c0);
  addTo(at + 16, c1);
  at += rowBytes;
  addTo(at, d0);
  addTo(at + 16, d1);
}

/** Adds to rows i to i + 3 and columns j to j + 3. */
function addTileOfFour(from: usize, to: usize, i: usize, j: usize, into: usize): void {
  let a0 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let left = from + i;
  let right = from + j;
  for (; right < to; left += rowBytes, right += rowBytes) {
    const y0 = v128.load(right);
    a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(left), y0));
    b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(left, 4), y0));
    c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(left, 8), y0));
    d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(left, 12), y0));
  }
  let at = into + (i >> 2) * rowBytes + j;
  addTo(at, a0);
  at += rowBytes;
  addTo(at, b0);
  at += rowBytes;
  addTo(at, c0);
  at += rowBytes;
  addTo(at, d0);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  v128.store(at, f32x4.add(v128.load(at), sum));
}
