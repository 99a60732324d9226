import type { FoldedUser } from '../als/index.ts';
import { buyAgainScores } from './buy-again.ts';
import type { History } from './history.ts';
import type { ListKind } from './learned-ranker.ts';
import { learnedScores, viewOf } from './learned-scores.ts';
import { type CustomerSignals, foldCustomer, type Ranker, scoresOf, signalsOf } from './ranker.ts';
import { explain, popularReason, type Source } from './reasons.ts';
import { selectTop } from './select-top.ts';

export const SHELVES = ['for-you', 'buy-again', 'discover', 'trending'] as const;
export type Shelf = (typeof SHELVES)[number];

export interface RecommendationRequest {
  /** Empty for an unknown customer. */
  readonly history: History;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly shelf: Shelf;
  readonly n: number;
  /** Asked for products of the whole catalogue before the best are selected: stock, category, exclusions. */
  readonly eligible?: ((product: number) => boolean) | undefined;
  readonly nameOf?: ((product: number) => string | undefined) | undefined;
}

export interface RecommendedItem {
  readonly product: number;
  /** Comparable within one answer only. */
  readonly score: number;
  /** By the trees: `personal` for what the customer bought, else the source that puts it highest. By the blend: the signal that adds most. */
  readonly source: Source;
  /** In words for the customer; worked out when it is read. */
  readonly reason: string;
}

export interface Recommendations {
  /** Which simpler source answered where the shelf that was asked for had nothing. */
  readonly fallback: null | 'popular';
  readonly items: readonly RecommendedItem[];
}

/** The best eligible products of the whole catalogue; shorter than `n` where there are no more, empty where there are none. */
export function recommend(ranker: Ranker, request: RecommendationRequest): Recommendations {
  const { history, now, shelf } = request;
  const customer = foldCustomer(ranker, history, now);
  const signals = signalsOf(ranker, history, now, customer?.factors ?? null);
  if (shelf === 'trending') return { fallback: null, items: popular(ranker, request, signals) };
  if (history.length > 0) {
    const items = personal(ranker, request, signals, customer);
    if (items.length > 0) return { fallback: null, items };
  }
  return { fallback: 'popular', items: popular(ranker, request, signals) };
}

/** The list that each shelf is to the trees; shelves without one are not ranked by trees. */
const LEARNED_SHELVES: Readonly<Partial<Record<Shelf, ListKind>>> = { 'for-you': 'any', discover: 'novel' };

function personal(
  ranker: Ranker,
  request: RecommendationRequest,
  signals: CustomerSignals,
  customer: FoldedUser | null,
): RecommendedItem[] {
  const { history, shelf, now, nameOf } = request;
  const weights = shelf === 'discover' ? ranker.settings.discoverWeights : ranker.settings.weights;
  // What is on buy-again stands there for the customer's own history alone.
  const explained = shelf === 'buy-again' ? { ...weights, popularity: 0, als: 0 } : weights;
  const unlearned = shelf === 'buy-again' ? buyAgainScores(signals, now) : scoresOf(signals, weights);
  const kind = LEARNED_SHELVES[shelf];
  const learned =
    kind === undefined
      ? null
      : learnedScores(ranker, viewOf(ranker, history, now, signals), kind, signals, unlearned);
  const scores = learned?.scores ?? unlearned;
  const onShelf = (position: number): boolean =>
    shelf === 'for-you' || signals.own.has(position) === (shelf === 'buy-again');
  return select(request, signals, scores, onShelf).map((position) => {
    const { popularity } = ranker;
    const { source, reasonOf } = explain({
      signals,
      position,
      weights: explained,
      moment: learned?.moment ?? null,
      customer,
      popularity,
      now,
      nameOf,
    });
    return {
      product: signals.products[position]!,
      score: scores[position]!,
      source,
      get reason() {
        return reasonOf();
      },
    };
  });
}

/** By orders of the recent window, then by orders since ever, so that a quiet fortnight still has an order. */
function popular(
  ranker: Ranker,
  request: RecommendationRequest,
  signals: CustomerSignals,
): RecommendedItem[] {
  return select(request, signals, signals.popularity, () => true).map((position) => {
    const product = signals.products[position]!;
    return {
      product,
      score: signals.popularity[position]!,
      source: 'popular',
      reason: popularReason(ranker.popularity, product),
    };
  });
}

function select(
  { n, eligible }: RecommendationRequest,
  signals: CustomerSignals,
  scores: Float64Array,
  onShelf: (position: number) => boolean,
): number[] {
  return selectTop(scores, signals.overall, n, (position) => {
    return onShelf(position) && (eligible?.(signals.products[position]!) ?? true);
  });
}
