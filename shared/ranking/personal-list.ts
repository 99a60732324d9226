import { basketsOf, type History } from './baskets.ts';
import { blendSignals, type Explanation, pathsOfTrees, placesOf, sumOfSignals } from './explanation.ts';
import type { ListKind } from './learned-ranker.ts';
import { learnedScores, viewOf, withBlendBelow } from './learned-scores.ts';
import { itemOf, lazyList, type RankedList, type RecommendedItem, rankedList } from './ranked-list.ts';
import { foldCustomer, type Ranker, scoresOf, signalsOf } from './ranker.ts';
import { FEATURE_NAMES } from './ranking-features.ts';
import { reasonOf, sourceOf } from './reasons.ts';
import { columnOf } from './score-column.ts';

/** Shelves that a customer's own history ranks. */
export type PersonalShelf = 'for-you' | 'buy-again' | 'discover';

/**
 * The list that each shelf is to the trees, which know the customer's rhythm with a product by their features. Buy-again is ranked as
 * for-you is: on the real shop that finds NDCG@10 .504 of what is bought again, and rate times dueness found .337.
 */
const LEARNED_SHELVES: Readonly<Record<PersonalShelf, ListKind>> = {
  'for-you': 'any',
  'buy-again': 'any',
  discover: 'novel',
};

/** On buy-again every product with a rhythm rests a little, also by the blend of a shop where otherwise none does. */
const LEAST_REST_GAPS = 0.05;

/**
 * What trees rank, and below it everything else by the blend, which is worked out where the first does not suffice.
 * @param history at least one purchase
 */
export function personalLists(
  wholeRanker: Ranker,
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
): readonly RankedList[] {
  const ranker = shelf === 'buy-again' ? withRest(wholeRanker) : wholeRanker;
  const { settings, popularity } = ranker;
  const baskets = basketsOf(history);
  const customer = foldCustomer(ranker, baskets, now);
  const signals = signalsOf(ranker, baskets, now, customer?.factors ?? null);
  const weights = shelf === 'discover' ? settings.discoverWeights : settings.weights;
  // What is on buy-again stands there for the customer's own history alone.
  const reasonWeights = shelf === 'buy-again' ? { ...weights, popularity: 0, als: 0 } : weights;
  const kind = LEARNED_SHELVES[shelf];
  const hasTrees = (ranker.learned?.trees[kind] ?? null) !== null;
  const learned = hasTrees
    ? learnedScores(ranker, viewOf(ranker, baskets, now, signals), kind, signals)
    : null;
  const isListed = (position: number): boolean =>
    shelf === 'for-you' || signals.own.has(position) === (shelf === 'buy-again');
  const moment = learned?.moment ?? null;
  const itemAt = (
    position: number,
    score: number,
    features: Float32Array | null,
    explanationOf: () => Explanation,
  ): RecommendedItem => {
    const product = signals.products[position]!;
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
    const told = { reasonOf: () => reasonOf(source, explained), explanationOf };
    return itemOf({ product, score, source }, told, features);
  };

  const byBlend = (): RankedList => {
    const blend = scoresOf(signals, weights);
    const scores = withBlendBelow(learned, blend);
    const columns = { products: signals.products, scores, ties: signals.overall, isListed };
    return rankedList(null, columns, (position) => {
      const score = scores[position]!;
      return itemAt(position, score, null, () => {
        // What is no candidate of the trees stands below all that are.
        return sumOfSignals('blend', blendSignals(signals, position, weights), {
          base: score - blend[position]!,
        });
      });
    });
  };
  if (learned === null) return [byBlend()];
  const { positions, scores, features, trees } = learned;
  // By ascending position, which breaks ties.
  const rows = positions.map((_, row) => row).sort((a, b) => positions[a]! - positions[b]!);
  const columns = {
    products: rows.map((row) => learned.moment.candidates.products[row]!),
    scores: columnOf(rows, (row) => scores[row]!),
    ties: columnOf(rows, (row) => signals.overall[positions[row]!]!),
    isListed: (at: number) => isListed(positions[rows[at]!]!),
  };
  const byTrees = rankedList(null, columns, (at) => {
    const row = rows[at]!;
    const ranked = rowAt(features, row);
    return itemAt(positions[row]!, scores[row]!, ranked, () =>
      pathsOfTrees(trees, ranked, placesOf(learned.moment, row)),
    );
  });
  return [byTrees, lazyList(null, byBlend)];
}

function rowAt(features: Float32Array, row: number): Float32Array {
  return features.subarray(row * FEATURE_NAMES.length, (row + 1) * FEATURE_NAMES.length);
}

function withRest(ranker: Ranker): Ranker {
  const restGaps = Math.max(ranker.settings.restGaps, LEAST_REST_GAPS);
  return { ...ranker, settings: { ...ranker.settings, restGaps } };
}
