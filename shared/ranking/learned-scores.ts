import { predictRows, type TreeEnsemble } from '../trees/index.ts';
import { ANY_QUOTA, type Candidates, candidatesOf, NOVEL_QUOTA } from './candidates.ts';
import { collaborativeScores } from './collaborative-scores.ts';
import { customerStatisticsOf } from './customer-statistics.ts';
import type { History } from './history.ts';
import type { ListKind } from './learned-ranker.ts';
import type { CustomerSignals, Ranker } from './ranker.ts';
import { type RankingMoment, rankingFeatures } from './ranking-features.ts';

export interface LearnedScores {
  /** By position, as the signals' columns: candidates by the trees, and below all of them everything else by the blend. */
  readonly scores: Float64Array;
  readonly trees: TreeEnsemble;
  readonly moment: RankingMoment;
  /** What the trees were asked with: `rankingFeatures` of the moment. */
  readonly features: Float32Array;
}

/** What a moment is of one customer, whatever the kind of list. */
export type CustomerView = Omit<RankingMoment, 'candidates'>;

/** null: the ranker knows no shop. */
export function viewOf(
  { learned, shopAt }: Ranker,
  history: History,
  now: number,
  signals: CustomerSignals,
): CustomerView | null {
  if (learned === null) return null;
  const customer = customerStatisticsOf(history, now);
  const als = new Float64Array(shopAt.length);
  for (let product = 0; product < als.length; product++) als[product] = signals.als[shopAt[product]!]!;
  return { shop: learned.shop, customer, scores: collaborativeScores(learned.shop, customer, als) };
}

/** What trees look at, for one kind of list. */
export function momentOf(view: CustomerView, kind: ListKind): RankingMoment {
  const quota = kind === 'any' ? ANY_QUOTA : NOVEL_QUOTA;
  return { ...view, candidates: candidatesOf(view.shop, view.customer, view.scores, quota) };
}

/**
 * THE score of the trees, used to evaluate and to serve; null where the model has no trees for this kind of list.
 * @param blend scores by position, which order what is no candidate
 */
export function learnedScores(
  { learned, shopAt }: Ranker,
  view: CustomerView | null,
  kind: ListKind,
  signals: CustomerSignals,
  blend: Float64Array,
): LearnedScores | null {
  const trees = learned?.trees[kind] ?? null;
  if (view === null || trees === null) return null;
  const moment = momentOf(view, kind);
  const { candidates } = moment;
  const predicted = new Float64Array(candidates.products.length);
  const features = rankingFeatures(moment);
  predictRows(trees, features, predicted);
  const floor = predicted.reduce((least, score) => Math.min(least, score), 0) - 1;
  const highest = blend.reduce((most, score) => Math.max(most, score), 0);
  const scores = blend.map((score) => floor + score - highest);
  positionsIn(shopAt, candidates, signals).forEach((position, row) => {
    scores[position] = predicted[row]!;
  });
  return { scores, trees, moment, features };
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
