import { countOf, gradientOf, hessianOf } from './exact';
import { Candidate, Plan } from './plan';

/** What a leaf's sums are worth to the objective: G²/(H + λ). */
// @ts-ignore: decorator
@inline
function worth(gradient: f64, hessian: f64, l2: f64): f64 {
  return (gradient * gradient) / (hessian + l2);
}

/**
 * The best split of a leaf by one feature, missing values tried on both sides. Of equal gains the lowest bin wins, then missing
 * values to the right. Where a leaf has no missing value, they go to the side with more rows.
 * @param histogram of the feature in the leaf
 * @param bins how many values have
 */
export function findSplit(plan: Plan, histogram: usize, bins: i32, gradient: i64, rest: i64, out: Candidate): void {
  const l2 = plan.l2;
  const minRows = plan.minRowsPerLeaf;
  const minHessian = plan.minHessianPerLeaf;
  const leafGradient = gradientOf(gradient);
  const leafHessian = hessianOf(rest);
  const leafCount = countOf(rest);
  const before = gradient === 0 ? 0 : worth(leafGradient, leafHessian, l2);
  const missing = histogram + (<usize>bins << 4);
  const missingGradient = load<i64>(missing);
  const missingRest = load<i64>(missing, 8);
  const hasMissing = countOf(missingRest) > 0;
  // With no missing value in the leaf both sides are the same split, and the last bin leaves nothing for the right.
  const sides = hasMissing ? 2 : 1;
  const lastBin = bins - (hasMissing ? 1 : 2);
  out.gain = 0;
  let sumGradient: i64 = 0;
  let sumRest: i64 = 0;
  for (let bin = 0; bin <= lastBin; bin++) {
    const at = histogram + (<usize>bin << 4);
    const binRest = load<i64>(at, 8);
    // Without rows it splits as the bin before it does.
    if (binRest === 0) continue;
    sumGradient += load<i64>(at);
    sumRest += binRest;
    for (let side = 0; side < sides; side++) {
      const leftGradient = side === 0 ? sumGradient : sumGradient + missingGradient;
      const leftRest = side === 0 ? sumRest : sumRest + missingRest;
      const leftCount = countOf(leftRest);
      if (leftCount < minRows || leafCount - leftCount < minRows) continue;
      const leftHessian = hessianOf(leftRest);
      const rightHessian = hessianOf(rest - leftRest);
      if (leftHessian < minHessian || rightHessian < minHessian) continue;
      const gain =
        worth(gradientOf(leftGradient), leftHessian, l2) +
        worth(gradientOf(gradient - leftGradient), rightHessian, l2) -
        before;
      if (gain > out.gain) {
        out.gain = gain;
        out.leftGradient = leftGradient;
        out.leftRest = leftRest;
        out.bin = bin;
        out.missingLeft = side;
      }
    }
  }
  if (out.gain > 0 && !hasMissing) {
    const leftCount = countOf(out.leftRest);
    out.missingLeft = i32(leftCount >= leafCount - leftCount);
  }
}
