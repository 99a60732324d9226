import { predictRows, type TreeEnsemble } from '../trees/index.ts';
import type { Basket } from './baskets.ts';
import { ANY_QUOTA, type Candidates, candidatesOf, NOVEL_QUOTA } from './candidates.ts';
import { categoryAffinities } from './category-affinity.ts';
import { collaborativeScores } from './collaborative-scores.ts';
import { customerStatisticsOf } from './customer-statistics.ts';
import type { ListKind } from './learned-ranker.ts';
import type { CustomerSignals, Ranker } from './ranker.ts';
import { type RankingMoment, rankingFeatures } from './ranking-features.ts';
import { alsColumn } from './score-column.ts';

/** What trees say of one customer's candidates at one moment; columns by row of `moment.candidates`. */
export interface LearnedScores {
  readonly moment: RankingMoment;
  readonly trees: TreeEnsemble;
  /** What the trees were asked with: `rankingFeatures` of the moment. */
  readonly features: Float32Array;
  readonly scores: Float64Array;
  /** In the signals' columns. */
  readonly positions: Int32Array;
}

/** What a moment is of one customer, whatever the kind of list. */
export type CustomerView = Omit<RankingMoment, 'candidates'>;

/** null: the ranker knows no shop. */
export function viewOf(
  { learned, items, shopItems }: Ranker,
  baskets: readonly Basket[],
  now: number,
  signals: CustomerSignals,
): CustomerView | null {
  if (learned === null) return null;
  const { shop } = learned;
  const customer = customerStatisticsOf(baskets, now);
  const affinities = categoryAffinities(shop, customer);
  const als = alsColumn(items, signals.factors, shopItems);
  return { shop, customer, affinities, scores: collaborativeScores(shop, customer, affinities, als) };
}

/** What trees look at, for one kind of list. */
export function momentOf(view: CustomerView, kind: ListKind): RankingMoment {
  const quota = kind === 'any' ? ANY_QUOTA : NOVEL_QUOTA;
  return { ...view, candidates: candidatesOf(view.shop, view.customer, view.scores, quota) };
}

/** THE score of the trees, used to evaluate and to serve; null where the model has no trees for this kind of list. */
export function learnedScores(
  { learned, shopAt }: Ranker,
  view: CustomerView | null,
  kind: ListKind,
  signals: CustomerSignals,
): LearnedScores | null {
  const trees = learned?.trees[kind] ?? null;
  if (view === null || trees === null) return null;
  const moment = momentOf(view, kind);
  const { candidates } = moment;
  const features = rankingFeatures(moment);
  const scores = new Float64Array(candidates.products.length);
  predictRows(trees, features, scores);
  return { moment, trees, features, scores, positions: positionsIn(shopAt, candidates, signals) };
}

/**
 * By position in the signals' columns: candidates by the trees, and below all of them everything else by the blend; the
 * blend alone where there are no trees.
 */
export function withBlendBelow(learned: LearnedScores | null, blend: Float64Array): Float64Array {
  if (learned === null) return blend;
  const { positions, scores: predicted } = learned;
  let least = 0;
  for (const score of predicted) least = Math.min(least, score);
  let highest = 0;
  for (let at = 0; at < blend.length; at++) highest = Math.max(highest, blend[at]!);
  const floor = least - 1;
  const scores = new Float64Array(blend.length);
  for (let at = 0; at < blend.length; at++) scores[at] = floor + blend[at]! - highest;
  for (let row = 0; row < positions.length; row++) scores[positions[row]!] = predicted[row]!;
  return scores;
}

/** Of every candidate, the position in the signals' columns. */
function positionsIn(
  shopAt: Int32Array,
  { products, positions }: Candidates,
  signals: CustomerSignals,
): Int32Array {
  return positions.map((position, row) =>
    position >= 0 ? shopAt[position]! : signals.products.lastIndexOf(products[row]!),
  );
}
