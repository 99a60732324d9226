/**
 * LambdaRank's gradients (Burges 2010, "From RankNet to LambdaRank to LambdaMART", MSR-TR-2010-82) as LightGBM takes them
 * (https://lightgbm.readthedocs.io/en/latest/Parameters.html, `lambdarank`, with `sigmoid` 1 and `lambdarank_norm`): for a pair
 * of rows with grades high > low, of which one is among the first `truncationLevel` by score, with Δ the change of NDCG when
 * both change places, divided by 0.01 + |s_high - s_low|, and ρ = 1 / (1 + exp(s_high - s_low)):
 *   gradient -ρ Δ for high and +ρ Δ for low, hessian ρ (1 - ρ) Δ for both;
 * all of a query multiplied by log2(1 + Σ) / Σ, with Σ the sum of the absolute gradients of its pairs.
 */
import { discountAt, gainOf, maxDcg } from './ndcg.ts';
import { queryStarts, type RankingRows } from './ranking-rows.ts';
import { orderByScore } from './score-order.ts';

/** Below it exp() comes near to what a float64 cannot hold; pairs so far apart have no gradient either way. */
const LEAST_EXPONENT = -700;

export class LambdaGradients {
  readonly queryCount: number;
  /** Of each row, by its score. */
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  readonly #labels: Uint8Array;
  readonly #starts: Int32Array;
  readonly #truncationLevel: number;
  /** 1 / the greatest DCG of each query; 0 where no row has a grade above 0. */
  readonly #inverseMaxDcg: Float64Array;
  readonly #discounts: Float64Array;
  /** The rows of each query by the scores of the last call. */
  readonly #order: Int32Array;
  // Of the rows of one query in the order of their scores.
  readonly #scores: Float64Array;
  readonly #exponentials: Float64Array;
  readonly #gains: Float64Array;
  readonly #lambdas: Float64Array;
  readonly #curvatures: Float64Array;

  /** @throws PlatformError `ranking_rows` */
  constructor(rows: RankingRows, truncationLevel: number) {
    this.#starts = queryStarts(rows);
    this.#labels = rows.labels;
    this.#truncationLevel = truncationLevel;
    this.queryCount = rows.groups.length;
    this.gradients = new Float64Array(rows.labels.length);
    this.hessians = new Float64Array(rows.labels.length);
    this.#order = Int32Array.from(rows.labels.keys());
    const longest = rows.groups.reduce((length, group) => Math.max(length, group), 0);
    this.#discounts = Float64Array.from({ length: longest }, (_, place) => discountAt(place));
    this.#inverseMaxDcg = Float64Array.from(rows.groups, (_, query) => {
      const best = maxDcg(rows.labels, this.#starts[query]!, this.#starts[query + 1]!, truncationLevel);
      return best > 0 ? 1 / best : 0;
    });
    this.#scores = new Float64Array(longest);
    this.#exponentials = new Float64Array(longest);
    this.#gains = new Float64Array(longest);
    this.#lambdas = new Float64Array(longest);
    this.#curvatures = new Float64Array(longest);
  }

  /** Sets the gradients and hessians of one query's rows; `scores` are those of all rows. */
  update(query: number, scores: Float64Array): void {
    const from = this.#starts[query]!;
    const to = this.#starts[query + 1]!;
    // No row is above another: every gradient stays the 0 that it is.
    if (this.#inverseMaxDcg[query] === 0) return;
    orderByScore(this.#order, from, to, scores);
    const length = to - from;
    const top = scores[this.#order[from]!]!;
    for (let place = 0; place < length; place++) {
      const row = this.#order[from + place]!;
      this.#scores[place] = scores[row]!;
      this.#exponentials[place] = Math.exp(Math.max(scores[row]! - top, LEAST_EXPONENT));
      this.#gains[place] = gainOf(this.#labels[row]!);
    }
    this.#lambdas.fill(0, 0, length);
    this.#curvatures.fill(0, 0, length);
    const sum = this.#addPairs(length, this.#inverseMaxDcg[query]!);
    const factor = sum > 0 ? Math.log2(1 + sum) / sum : 1;
    for (let place = 0; place < length; place++) {
      const row = this.#order[from + place]!;
      this.gradients[row] = this.#lambdas[place]! * factor;
      this.hessians[row] = this.#curvatures[place]! * factor;
    }
  }

  /** @returns the sum of the absolute gradients of all pairs */
  #addPairs(length: number, inverseMaxDcg: number): number {
    const scores = this.#scores;
    const exponentials = this.#exponentials;
    const gains = this.#gains;
    const discounts = this.#discounts;
    const lambdas = this.#lambdas;
    const curvatures = this.#curvatures;
    const isSpread = scores[0] !== scores[length - 1];
    const last = Math.min(length - 1, this.#truncationLevel);
    let sum = 0;
    for (let i = 0; i < last; i++) {
      const scoreI = scores[i]!;
      const gainI = gains[i]!;
      const exponentialI = exponentials[i]!;
      const discountI = discounts[i]! * inverseMaxDcg;
      let lambdaI = 0;
      let curvatureI = 0;
      for (let j = i + 1; j < length; j++) {
        const difference = gainI - gains[j]!;
        if (difference === 0) continue;
        let delta = Math.abs(difference) * (discountI - discounts[j]! * inverseMaxDcg);
        if (isSpread) delta /= 0.01 + scoreI - scores[j]!;
        // ρ = exp(s_low) / (exp(s_high) + exp(s_low)): one exponential a row instead of one a pair.
        const exponentialJ = exponentials[j]!;
        const low = difference > 0 ? exponentialJ : exponentialI;
        const rho = low / (exponentialI + exponentialJ);
        const lambda = difference > 0 ? -rho * delta : rho * delta;
        const curvature = rho * (1 - rho) * delta;
        lambdaI += lambda;
        lambdas[j]! -= lambda;
        curvatureI += curvature;
        curvatures[j]! += curvature;
        sum += 2 * rho * delta;
      }
      lambdas[i]! += lambdaI;
      curvatures[i]! += curvatureI;
    }
    return sum;
  }
}
