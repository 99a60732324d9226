/**
 * LambdaRank's gradients (Burges 2010, "From RankNet to LambdaRank to LambdaMART", MSR-TR-2010-82) as LightGBM takes them
 * (https://lightgbm.readthedocs.io/en/latest/Parameters.html, `lambdarank`, with `sigmoid` 1 and `lambdarank_norm`): for a pair
 * of rows with grades high > low, of which one is among the first `truncationLevel` by score, with Δ the change of NDCG when
 * both change places, divided by 0.01 + |s_high - s_low|, and ρ = 1 / (1 + exp(s_high - s_low)):
 *   gradient -ρ Δ for high and +ρ Δ for low, hessian ρ (1 - ρ) Δ for both;
 * all of a query multiplied by log2(1 + Σ) / Σ, with Σ the sum of the absolute gradients of its pairs.
 */
import { binaryLogarithm, exponential } from './elementary';
import { orderByScore } from './order';
import { Plan } from './plan';

/** Below it an exponential comes near to what a float64 cannot hold: of scores so far apart the lower counts as nothing. */
const LEAST_EXPONENT: f64 = -700;

/** Of what `findGradients` has seen since they were set to 0. */
export let greatestGradient: f64 = 0;
export let greatestHessian: f64 = 0;

export function forgetGreatest(): void {
  greatestGradient = 0;
  greatestHessian = 0;
}

/** Writes the gradients and hessians of one query's rows. Takes 48 bytes of scratch for each row of the longest query. */
export function findGradients(plan: Plan, query: i32, scratch: usize): void {
  const starts = plan.queryStarts + (<usize>query << 2);
  const from = load<i32>(starts);
  const length = load<i32>(starts, 4) - from;
  const inverseBest = load<f64>(plan.inverseBest + (<usize>query << 3));
  const out = plan.gradients + (<usize>from << 4);
  if (inverseBest === 0) {
    memory.fill(out, 0, <usize>length << 4);
    return;
  }
  const column = <usize>plan.longestQuery << 3;
  const scores = scratch;
  const exponentials = scores + column;
  const gains = exponentials + column;
  const lambdas = gains + column;
  const curvatures = lambdas + column;
  const graded = curvatures + column;
  const partners = graded + (column >> 1);

  const order = plan.order + (<usize>from << 2);
  orderByScore(order, length, plan.scores, partners);
  const top = load<f64>(plan.scores + (<usize>load<i32>(order) << 3));
  let gradedCount = 0;
  for (let place = 0; place < length; place++) {
    const row = <usize>load<i32>(order + (<usize>place << 2));
    const at = <usize>place << 3;
    const score = load<f64>(plan.scores + (row << 3));
    const gain = load<f64>(plan.gains + (<usize>load<u8>(plan.labels + row) << 3));
    store<f64>(scores + at, score);
    store<f64>(exponentials + at, exponential(max(score - top, LEAST_EXPONENT)));
    store<f64>(gains + at, gain);
    store<i32>(graded + (<usize>gradedCount << 2), place);
    gradedCount += i32(gain > 0);
  }
  memory.fill(lambdas, 0, <usize>length << 3);
  memory.fill(curvatures, 0, <usize>length << 3);

  const isSpread = load<f64>(scores) !== load<f64>(scores + (<usize>(length - 1) << 3));
  const last = min(length - 1, plan.truncationLevel);
  let firstGraded = 0;
  let sum: f64 = 0;
  for (let i = 0; i < last; i++) {
    const gain = load<f64>(gains + (<usize>i << 3));
    while (firstGraded < gradedCount && load<i32>(graded + (<usize>firstGraded << 2)) <= i) firstGraded++;
    let list = graded + (<usize>firstGraded << 2);
    let count = gradedCount - firstGraded;
    if (gain > 0) {
      list = partners;
      count = 0;
      for (let j = i + 1; j < length; j++) {
        store<i32>(partners + (<usize>count << 2), j);
        count += i32(load<f64>(gains + (<usize>j << 3)) !== gain);
      }
    }
    if (count > 0) sum += addPairs(plan, scratch, i, list, count, inverseBest, isSpread);
  }

  const factor = sum > 0 ? binaryLogarithm(1 + sum) / sum : 1;
  for (let place = 0; place < length; place++) {
    const at = <usize>place << 3;
    const gradient = load<f64>(lambdas + at) * factor;
    const hessian = load<f64>(curvatures + at) * factor;
    const row = plan.gradients + (<usize>load<i32>(order + (<usize>place << 2)) << 4);
    store<f64>(row, gradient);
    store<f64>(row, hessian, 8);
    greatestGradient = max(greatestGradient, abs(gradient));
    greatestHessian = max(greatestHessian, hessian);
  }
}

/** Pairs of place `i` with `count` later ones, listed as i32. Returns the sum of the absolute gradients. */
function addPairs(
  plan: Plan,
  scratch: usize,
  i: i32,
  list: usize,
  count: i32,
  inverseBest: f64,
  isSpread: bool,
): f64 {
  const column = <usize>plan.longestQuery << 3;
  const own = scratch + (<usize>i << 3);
  const score = load<f64>(own);
  // Beside a score so far below the greatest, exponentials that start from that say nothing.
  const isFar = score < load<f64>(scratch) + LEAST_EXPONENT;
  const exponentialOwn = isFar ? 1 : load<f64>(own + column);
  const gain = load<f64>(own + 2 * column);
  const discount = load<f64>(plan.discounts + (<usize>i << 3));
  let lambdaSum: f64 = 0;
  let curvatureSum: f64 = 0;
  let sum: f64 = 0;
  const end = list + (<usize>count << 2);
  for (let at = list; at < end; at += 4) {
    const j = <usize>load<i32>(at) << 3;
    const other = scratch + j;
    const difference = gain - load<f64>(other + 2 * column);
    const exponentialOther = isFar
      ? exponential(max(load<f64>(other) - score, LEAST_EXPONENT))
      : load<f64>(other + column);
    const isOwnHigh = difference > 0;
    const distance = isSpread ? 0.01 + score - load<f64>(other) : 1;
    const both = exponentialOwn + exponentialOther;
    // ρ = exp(s_low) / (exp(s_high) + exp(s_low)); one division for it and for Δ.
    const inverse = 1 / (distance * both);
    const delta =
      abs(difference) * (discount - load<f64>(plan.discounts + j)) * inverseBest * (both * inverse);
    const rho = (isOwnHigh ? exponentialOther : exponentialOwn) * (distance * inverse);
    const size = rho * delta;
    const lambda = isOwnHigh ? -size : size;
    const curvature = (1 - rho) * size;
    lambdaSum += lambda;
    curvatureSum += curvature;
    store<f64>(other + 3 * column, load<f64>(other + 3 * column) - lambda);
    store<f64>(other + 4 * column, load<f64>(other + 4 * column) + curvature);
    sum += 2 * size;
  }
  store<f64>(own + 3 * column, load<f64>(own + 3 * column) + lambdaSum);
  store<f64>(own + 4 * column, load<f64>(own + 4 * column) + curvatureSum);
  return sum;
}
