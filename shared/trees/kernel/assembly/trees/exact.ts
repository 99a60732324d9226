/**
 * Gradients as whole numbers of units so coarse that no sum overflows: sums are exact whatever their order, what is left of a sum
 * after a part is subtracted is what adding up the rest gives, and any number of threads gives the same trees. One addition of
 * 16 bytes sums all of a row: i64 gradient, and i64 with the hessian above the `rowBits` bits that count rows. Of 400,000 rows the
 * greatest gradient has 34 bits and the greatest hessian 25, of 10 million rows 29 and 15.
 */
import { Plan } from './plan';
import { powerOfTwo } from './elementary';

/** What a gradient and a hessian of 1 unit are worth, and how far the hessian is above the number of rows. */
export let gradientUnit: f64 = 1;
export let hessianUnit: f64 = 1;
export let countBits: i64 = 0;

/** Finer units would not be told apart in float64. */
const GRADIENT_BITS = 53;
const REST_BITS = 63;

/** By the greatest that there is of each. */
export function chooseUnits(plan: Plan, greatestGradient: f64, greatestHessian: f64): void {
  const rowBits = plan.rowBits;
  countBits = rowBits;
  gradientUnit = unitOf(greatestGradient, GRADIENT_BITS - rowBits);
  hessianUnit = unitOf(greatestHessian, min(REST_BITS - rowBits, GRADIENT_BITS) - rowBits);
}

/** Makes whole numbers of the f64 gradients and hessians of rows, in their place. */
export function roundGradients(gradients: usize, count: i32): void {
  const perGradient = 1 / gradientUnit;
  const perHessian = 1 / hessianUnit;
  const end = gradients + (<usize>count << 4);
  for (let at = gradients; at < end; at += 16) {
    const gradient = <i64>nearest(load<f64>(at) * perGradient);
    const hessian = <i64>nearest(load<f64>(at, 8) * perHessian);
    store<i64>(at, gradient);
    store<i64>(at, (hessian << countBits) | 1, 8);
  }
}

// @ts-ignore: decorator
@inline
export function gradientOf(gradient: i64): f64 {
  return <f64>gradient * gradientUnit;
}

// @ts-ignore: decorator
@inline
export function hessianOf(rest: i64): f64 {
  return <f64>(rest >> countBits) * hessianUnit;
}

// @ts-ignore: decorator
@inline
export function countOf(rest: i64): i32 {
  return <i32>(rest & ((<i64>1 << countBits) - 1));
}

/** The power of two of which the greatest is at most 2^bits. */
function unitOf(greatest: f64, bits: i32): f64 {
  if (greatest === 0) return 1;
  const exponent = <i32>(reinterpret<u64>(greatest) >> 52) - 1022;
  return powerOfTwo(max(-1000, exponent - bits));
}
