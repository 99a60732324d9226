/** The part Σ w y yᵀ of a row's matrix, applied to a vector without ever being built. Four ratings at a time. */
import { addresses, ratings, rowBytes, targetsOf, weightsOf } from './problem';
import { sumOfLanes, sumsOfLanes } from './vector';

/** into += Σ w (y · x) y over the entries [from, to). */
export function addProducts(from: i32, to: i32, x: usize, into: usize): void {
  for (let at = from; at < to; at += 4) {
    const y = addresses + ((<usize>at) << 2);
    const weights = weightsOf(v128.load(ratings + ((<usize>at) << 2)));
    addFour(y, f32x4.mul(weights, dotsOfFour(y, x)), into);
  }
}

/** into += Σ (t - w (y · x)) y over the entries [from, to). */
export function addResiduals(from: i32, to: i32, x: usize, into: usize): void {
  for (let at = from; at < to; at += 4) {
    const y = addresses + ((<usize>at) << 2);
    const four = v128.load(ratings + ((<usize>at) << 2));
    const weights = weightsOf(four);
    addFour(y, f32x4.sub(targetsOf(four, weights), f32x4.mul(weights, dotsOfFour(y, x))), into);
  }
}

/** Σ w (y · x)² over the entries [from, to). */
export function sumOfSquares(from: i32, to: i32, x: usize): f32 {
  let sum = f32x4.splat(0);
  for (let at = from; at < to; at += 4) {
    const y = addresses + ((<usize>at) << 2);
    const dots = dotsOfFour(y, x);
    const weights = weightsOf(v128.load(ratings + ((<usize>at) << 2)));
    sum = f32x4.add(sum, f32x4.mul(weights, f32x4.mul(dots, dots)));
  }
  return sumOfLanes(sum);
}

/** y · x for the four y whose addresses lie at `four`. */
// @ts-ignore: decorator
@inline
function dotsOfFour(four: usize, x: usize): v128 {
  let y0 = <usize>load<u32>(four);
  let y1 = <usize>load<u32>(four, 4);
  let y2 = <usize>load<u32>(four, 8);
  let y3 = <usize>load<u32>(four, 12);
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let p = x;
  const end = x + rowBytes;
  for (const wide = x + (rowBytes & ~63); p < wide; p += 64, y0 += 64, y1 += 64, y2 += 64, y3 += 64) {
    const p0 = v128.load(p);
    a = f32x4.add(a, f32x4.mul(p0, v128.load(y0)));
    b = f32x4.add(b, f32x4.mul(p0, v128.load(y1)));
    c = f32x4.add(c, f32x4.mul(p0, v128.load(y2)));
    d = f32x4.add(d, f32x4.mul(p0, v128.load(y3)));
    const p1 = v128.load(p, 16);
    a = f32x4.add(a, f32x4.mul(p1, v128.load(y0, 16)));
    b = f32x4.add(b, f32x4.mul(p1, v128.load(y1, 16)));
    c = f32x4.add(c, f32x4.mul(p1, v128.load(y2, 16)));
    d = f32x4.add(d, f32x4.mul(p1, v128.load(y3, 16)));
    const p2 = v128.load(p, 32);
    a = f32x4.add(a, f32x4.mul(p2, v128.load(y0, 32)));
    b = f32x4.add(b, f32x4.mul(p2, v128.load(y1, 32)));
    c = f32x4.add(c, f32x4.mul(p2, v128.load(y2, 32)));
    d = f32x4.add(d, f32x4.mul(p2, v128.load(y3, 32)));
    const p3 = v128.load(p, 48);
    a = f32x4.add(a, f32x4.mul(p3, v128.load(y0, 48)));
    b = f32x4.add(b, f32x4.mul(p3, v128.load(y1, 48)));
    c = f32x4.add(c, f32x4.mul(p3, v128.load(y2, 48)));
    d = f32x4.add(d, f32x4.mul(p3, v128.load(y3, 48)));
  }
  for (; p < end; p += 16, y0 += 16, y1 += 16, y2 += 16, y3 += 16) {
    const p0 = v128.load(p);
    a = f32x4.add(a, f32x4.mul(p0, v128.load(y0)));
    b = f32x4.add(b, f32x4.mul(p0, v128.load(y1)));
    c = f32x4.add(c, f32x4.mul(p0, v128.load(y2)));
    d = f32x4.add(d, f32x4.mul(p0, v128.load(y3)));
  }
  return sumsOfLanes(a, b, c, d);
}

/** into += Σ coefficient y for the four y whose addresses lie at `four`. */
// @ts-ignore: decorator
@inline
function addFour(four: usize, coefficients: v128, into: usize): void {
  let y0 = <usize>load<u32>(four);
  let y1 = <usize>load<u32>(four, 4);
  let y2 = <usize>load<u32>(four, 8);
  let y3 = <usize>load<u32>(four, 12);
  const c0 = v128.shuffle<f32>(coefficients, coefficients, 0, 0, 0, 0);
  const c1 = v128.shuffle<f32>(coefficients, coefficients, 1, 1, 1, 1);
  const c2 = v128.shuffle<f32>(coefficients, coefficients, 2, 2, 2, 2);
  const c3 = v128.shuffle<f32>(coefficients, coefficients, 3, 3, 3, 3);
  let q = into;
  const end = into + rowBytes;
  for (const wide = into + (rowBytes & ~31); q < wide; q += 32, y0 += 32, y1 += 32, y2 += 32, y3 += 32) {
    const first = f32x4.add(
      f32x4.add(f32x4.mul(c0, v128.load(y0)), f32x4.mul(c1, v128.load(y1))),
      f32x4.add(f32x4.mul(c2, v128.load(y2)), f32x4.mul(c3, v128.load(y3))),
    );
    v128.store(q, f32x4.add(v128.load(q), first));
    const second = f32x4.add(
      f32x4.add(f32x4.mul(c0, v128.load(y0, 16)), f32x4.mul(c1, v128.load(y1, 16))),
      f32x4.add(f32x4.mul(c2, v128.load(y2, 16)), f32x4.mul(c3, v128.load(y3, 16))),
    );
    v128.store(q, f32x4.add(v128.load(q, 16), second), 16);
  }
  if (q < end) {
    const sum = f32x4.add(
      f32x4.add(f32x4.mul(c0, v128.load(y0)), f32x4.mul(c1, v128.load(y1))),
      f32x4.add(f32x4.mul(c2, v128.load(y2)), f32x4.mul(c3, v128.load(y3))),
    );
    v128.store(q, f32x4.add(v128.load(q), sum));
  }
}
