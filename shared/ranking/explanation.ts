import { contributionsOf, type TreeEnsemble } from '../trees/index.ts';
import { CANDIDATE_SOURCES, type CandidateSource, NOT_LISTED } from './candidates.ts';
import type { CustomerSignals } from './ranker.ts';
import type { RankingMoment } from './ranking-features.ts';
import type { Weights } from './settings.ts';

/** What one feature or signal adds to a score. */
export interface Contribution {
  readonly feature: string;
  /** null: not known. */
  readonly value: number | null;
  /** What the value is multiplied by; null where trees decide what it is worth. */
  readonly weight: number | null;
  readonly contribution: number;
}

/** How the score of an item comes about, in numbers. */
export interface Explanation {
  readonly rankedBy: RankedBy;
  /** What the score is before anything is known of the item: it and the contributions add up to the score, within rounding. */
  readonly base: number;
  /** Without those that add nothing; the largest first, whatever their sign. */
  readonly contributions: readonly Contribution[];
  /** From 1, in the list of each source that puts the item forward as a candidate. */
  readonly places: Readonly<Partial<Record<CandidateSource, number>>>;
}

/**
 * `trees`: a learned ranker. `blend`: weighted signals. `similarity`: to the products asked about. `popularity`: orders of all
 * customers. `exposure`: a place that is kept for new products.
 */
export type RankedBy = 'trees' | 'blend' | 'similarity' | 'popularity' | 'exposure';

/** A value and what it is multiplied by. */
export interface Signal {
  readonly feature: string;
  readonly value: number;
  readonly weight: number;
}

/** Of a score that is the sum of weighted signals. */
export function sumOfSignals(
  rankedBy: RankedBy,
  signals: readonly Signal[],
  { base = 0, places = {} }: { readonly base?: number; readonly places?: Explanation['places'] } = {},
): Explanation {
  const contributions = signals.map((signal) => ({ ...signal, contribution: signal.value * signal.weight }));
  return { rankedBy, base, contributions: largestFirst(contributions), places };
}

/** What the blend adds up (`scoresOf`); signals of the customer's own history count as far as the product is ready. */
export function blendSignals(
  { own, popularity, als }: CustomerSignals,
  position: number,
  weights: Weights,
): Signal[] {
  const { rate = 0, recency = 0, readiness = 0 } = own.get(position) ?? {};
  return [
    { feature: 'rate', value: readiness * rate, weight: weights.rate },
    { feature: 'recency', value: readiness * recency, weight: weights.recency },
    { feature: 'popularity', value: popularity[position]!, weight: weights.popularity },
    { feature: 'als', value: als[position]!, weight: weights.als },
  ];
}

/** Of a score that trees gave: what each split on the way down is worth (`contributionsOf`). */
export function pathsOfTrees(
  trees: TreeEnsemble,
  features: Float32Array,
  places: Explanation['places'],
): Explanation {
  const names = trees.featureNames;
  const worth = new Float64Array(names.length + 1);
  contributionsOf(trees, features, worth);
  const contributions = names.map((feature, column) => {
    const value = features[column]!;
    return {
      feature,
      value: Number.isNaN(value) ? null : value,
      weight: null,
      contribution: worth[column]!,
    };
  });
  return {
    rankedBy: 'trees',
    base: worth[names.length]!,
    contributions: largestFirst(contributions),
    places,
  };
}

/** @param row of the candidate; -1 for a product that no source put forward */
export function placesOf({ candidates: { places } }: RankingMoment, row: number): Explanation['places'] {
  return Object.fromEntries(
    CANDIDATE_SOURCES.flatMap((source) => {
      const place = places[source][row] ?? NOT_LISTED;
      return place === NOT_LISTED ? [] : [[source, place + 1]];
    }),
  );
}

function largestFirst(contributions: readonly Contribution[]): Contribution[] {
  return contributions
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}
