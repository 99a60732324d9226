/**
 * What a thread solves: one row after the other of one side (say the users), against the fixed factors of the other.
 * A row's equations are (G + Σ w y yᵀ + λ I) x = Σ t y over its ratings r, with y the factors of the rated:
 *   explicit: G = 0, w = 1, t = r;  implicit: G = YᵀY, w = α |r|, t = 1 + w where r > 0 and 0 elsewhere.
 */
import { Plan, Side } from './plan';

/** Bytes of a vector of factors: 4 times the rank, rounded up to a multiple of 16. */
export let rowBytes: usize = 0;
export let implicit: bool = false;
export let alpha: f32 = 0;
/** Steps of conjugate gradient for a row. */
export let steps: i32 = 0;
/** Memory of this thread alone. */
export let scratch: usize = 0;

export let starts: usize = 0;
export let addresses: usize = 0;
export let ratings: usize = 0;
export let charges: usize = 0;
/** Factors of the rows to solve, in and out. */
export let target: usize = 0;

export function setUp(plan: Plan, ofScratch: usize): void {
  rowBytes = plan.rowBytes;
  implicit = plan.implicit !== 0;
  alpha = plan.alpha;
  steps = plan.steps;
  scratch = ofScratch;
}

export function chooseSide(side: Side): void {
  starts = side.starts;
  addresses = side.addresses;
  ratings = side.ratings;
  charges = side.charges;
  target = side.factors;
}

/** w of four ratings. */
// @ts-ignore: decorator
@inline
export function weightsOf(four: v128): v128 {
  return implicit ? f32x4.mul(f32x4.splat(alpha), f32x4.abs(four)) : f32x4.splat(1);
}

/** t of four ratings with the weights w. */
// @ts-ignore: decorator
@inline
export function targetsOf(four: v128, weights: v128): v128 {
  return implicit
    ? v128.and(f32x4.gt(four, f32x4.splat(0)), f32x4.add(f32x4.splat(1), weights))
    : four;
}
