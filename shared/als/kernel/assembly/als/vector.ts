/** Vectors of float32 whose length in bytes is a multiple of 16; entries beyond the rank are 0 and stay 0. */

// @ts-ignore: decorator
@inline
export function sumOfLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3))
  );
}

/** The sums of the lanes of four vectors, as one vector. */
// @ts-ignore: decorator
@inline
export function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** x · y */
export function dot(x: usize, y: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(x + at), v128.load(y + at)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(x + at, 16), v128.load(y + at, 16)));
  }
  if (at < bytes) even = f32x4.add(even, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  return sumOfLanes(f32x4.add(even, odd));
}

/** y += scale x */
export function addScaled(y: usize, scale: f32, x: usize, bytes: usize): void {
  const factor = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(factor, v128.load(x + at))));
  }
}

/** y = x + scale y */
export function scaleAndAdd(y: usize, scale: f32, x: usize, bytes: usize): void {
  const factor = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f32x4.add(v128.load(x + at), f32x4.mul(factor, v128.load(y + at))));
  }
}

/** Whether no entry is infinite or NaN. */
export function isFiniteVector(x: usize, bytes: usize): bool {
  let sum = f32x4.splat(0);
  // Infinity times 0 is NaN, and NaN stays.
  for (let at: usize = 0; at < bytes; at += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x + at), f32x4.splat(0)));
  return sumOfLanes(sum) == 0;
}
