import { predictRows } from '../trees/index.ts';
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
  readonly moment: RankingMoment;
}

/**
 * THE score of the trees, used to evaluate and to serve; null where the model has no trees for this kind of list.
 * @param blend scores by position, which order what is no candidate
 */
export function learnedScores(
  ranker: Ranker,
  request: { readonly history: History; readonly now: number; readonly kind: ListKind },
  signals: CustomerSignals,
  blend: Float64Array,
): LearnedScores | null {
  const { learned } = ranker;
  const trees = learned?.trees[request.kind];
  if (!learned || !trees) return null;
  const moment = momentOf(ranker, request, signals);
  const { candidates } = moment;
  const predicted = new Float64Array(candidates.products.length);
  predictRows(trees, rankingFeatures(moment), predicted);
  const floor = predicted.reduce((least, score) => Math.min(least, score), 0) - 1;
  const highest = blend.reduce((most, score) => Math.max(most, score), 0);
  const scores = blend.map((score) => floor + score - highest);
  positionsIn(ranker.shopAt, candidates, signals).forEach((position, row) => {
    scores[position] = predicted[row]!;
  });
  return { scores, moment };
}

/**
 * What trees look at, for one customer at one moment.
 * @param ranker one that knows a shop
 */
export function momentOf(
  { learned, shopAt }: Ranker,
  { history, now, kind }: { readonly history: History; readonly now: number; readonly kind: ListKind },
  signals: CustomerSignals,
): RankingMoment {
  if (learned === null) throw new TypeError('the ranker has learned nothing: prepare it with a shop');
  const { shop } = learned;
  const customer = customerStatisticsOf(history, now);
  const als = Float64Array.from(shopAt, (position) => signals.als[position]!);
  const scores = collaborativeScores(shop, customer, als);
  const quota = kind === 'any' ? ANY_QUOTA : NOVEL_QUOTA;
  return { shop, customer, scores, candidates: candidatesOf(shop, customer, scores, quota) };
}

/** Of every candidate, the position in the signals' columns. */
export function positionsIn(
  shopAt: Int32Array,
  { products, positions }: Candidates,
  signals: CustomerSignals,
): Int32Array {
  return positions.map((position, row) =>
    position >= 0 ? shopAt[position]! : signals.products.lastIndexOf(products[row]!),
  );
}
