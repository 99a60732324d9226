/** Elementary functions in float64, to some units in the last place. */

const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts, of which the first has so few bits that products with small whole numbers are exact. */
const LN_2_HIGH: f64 = 0.693147180369123816490;
const LN_2_LOW: f64 = 1.90821492927058770002e-10;

/** e^x for x from -700 to 700: 2^k e^r with |r| <= ln 2 / 2, by the series of e^r. */
export function exponential(x: f64): f64 {
  const k = nearest(x * LOG2_E);
  const r = x - k * LN_2_HIGH - k * LN_2_LOW;
  let sum: f64 = 1 / 479001600.0;
  sum = sum * r + 1 / 39916800.0;
  sum = sum * r + 1 / 3628800.0;
  sum = sum * r + 1 / 362880.0;
  sum = sum * r + 1 / 40320.0;
  sum = sum * r + 1 / 5040.0;
  sum = sum * r + 1 / 720.0;
  sum = sum * r + 1 / 120.0;
  sum = sum * r + 1 / 24.0;
  sum = sum * r + 1 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  return sum * powerOfTwo(<i32>k);
}

/** log2 x for finite x > 0 that are not subnormal: that of the power of two in it, and a series of what is left, by (m - 1) / (m + 1). */
export function binaryLogarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 1 / 21.0;
  for (let power = 19; power >= 1; power -= 2) sum = sum * square + 1 / <f64>power;
  return <f64>exponent + 2 * s * sum * LOG2_E;
}

/** 2^k for k from -1022 to 1023. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>((<u64>(k + 1023)) << 52);
}
