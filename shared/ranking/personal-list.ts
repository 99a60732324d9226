import { buyAgainScores } from './buy-again.ts';
import {
  blendSignals,
  type Explanation,
  pathsOfTrees,
  placesOf,
  rhythmOf,
  sumOfSignals,
} from './explanation.ts';
import type { History } from './history.ts';
import type { ListKind } from './learned-ranker.ts';
import { learnedScores, viewOf } from './learned-scores.ts';
import { itemOf, type RankedList, rankedList } from './ranked-list.ts';
import { foldCustomer, type Ranker, scoresOf, signalsOf } from './ranker.ts';
import { FEATURE_NAMES } from './ranking-features.ts';
import { reasonOf, sourceOf } from './reasons.ts';

/** Shelves that a customer's own history ranks. */
export type PersonalShelf = 'for-you' | 'buy-again' | 'discover';

/** The list that each shelf is to the trees; shelves without one are not ranked by trees. */
const LEARNED_SHELVES: Readonly<Partial<Record<PersonalShelf, ListKind>>> = {
  'for-you': 'any',
  discover: 'novel',
};

/** @param history at least one purchase */
export function personalList(
  ranker: Ranker,
  shelf: PersonalShelf,
  {
    history,
    now,
    nameOf,
  }: {
    readonly history: History;
    readonly now: number;
    readonly nameOf?: ((product: number) => string | undefined) | undefined;
  },
): RankedList {
  const { settings, popularity } = ranker;
  const customer = foldCustomer(ranker, history, now);
  const signals = signalsOf(ranker, history, now, customer?.factors ?? null);
  const weights = shelf === 'discover' ? settings.discoverWeights : settings.weights;
  // What is on buy-again stands there for the customer's own history alone.
  const reasonWeights = shelf === 'buy-again' ? { ...weights, popularity: 0, als: 0 } : weights;
  const unlearned = shelf === 'buy-again' ? buyAgainScores(signals, now) : scoresOf(signals, weights);
  const kind = LEARNED_SHELVES[shelf];
  const learned =
    kind === undefined
      ? null
      : learnedScores(ranker, viewOf(ranker, history, now, signals), kind, signals, unlearned);
  const scores = learned?.scores ?? unlearned;
  const isListed = (position: number): boolean =>
    shelf === 'for-you' || signals.own.has(position) === (shelf === 'buy-again');
  const columns = { products: signals.products, scores, ties: signals.overall, isListed };
  return rankedList(null, columns, (position) => {
    const product = signals.products[position]!;
    const score = scores[position]!;
    const moment = learned?.moment ?? null;
    const explained = {
      signals,
      position,
      weights: reasonWeights,
      moment,
      customer,
      popularity,
      now,
      nameOf,
    };
    const source = sourceOf(explained);
    const row = moment?.candidates.products.indexOf(product) ?? -1;
    const features = learned === null || row < 0 ? null : rowAt(learned.features, row);
    const explanationOf = (): Explanation => {
      if (learned !== null && features !== null)
        return pathsOfTrees(learned.trees, features, placesOf(learned.moment, row));
      if (shelf === 'buy-again') return rhythmOf(signals, position, score);
      // What is no candidate of the trees stands below all that are.
      return sumOfSignals('blend', blendSignals(signals, position, weights), {
        base: score - unlearned[position]!,
      });
    };
    const told = { reasonOf: () => reasonOf(source, explained), explanationOf };
    return itemOf({ product, score, source }, told, features);
  });
}

function rowAt(features: Float32Array, row: number): Float32Array {
  return features.subarray(row * FEATURE_NAMES.length, (row + 1) * FEATURE_NAMES.length);
}
