// memory: shared
/**
 * The inner loops of alternating least squares over float32 SIMD.
 */

/** Σ of x[i] y[i] over `length` floats, a multiple of 4. */
export function dot(x: usize, y: usize, length: i32): f32 {
  let sum = f32x4.splat(0);
  for (let end = x + ((<usize>length) << 2); x < end; x += 16, y += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(y)));
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
}
