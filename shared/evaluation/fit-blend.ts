import { type CustomerSignals, DEFAULT_SETTINGS, selectTop, type Weights } from '../ranking/index.ts';
import { discount, idealGain } from './metrics.ts';
import type { CustomerAtCut } from './temporal-split.ts';

/** One customer's candidates with their signals, ordered as ties are broken, so that a later equal score never wins. */
export interface CandidateTable {
  readonly rate: Float64Array;
  readonly recency: Float64Array;
  readonly popularity: Float64Array;
  readonly als: Float64Array;
  readonly bought: Uint8Array;
  readonly relevant: Uint8Array;
  readonly truths: number;
  readonly novelTruths: number;
}

const K = 10;
/** How many products a source puts forward beside the customer's own; enough that a wider net changes no weight. */
const PER_SOURCE = 150;

/** Candidates: the customer's own products, and the best by recent popularity and by ALS, with and without own products. */
export function candidateTable(
  signals: CustomerSignals,
  { truth, novelTruth }: CustomerAtCut,
): CandidateTable {
  const isNew = (position: number): boolean => !signals.own.has(position);
  const top = (column: Float64Array, eligible?: (position: number) => boolean): number[] =>
    selectTop(column, signals.overall, PER_SOURCE, eligible);
  const chosen = new Set([
    ...signals.own.keys(),
    ...top(signals.popularity, isNew),
    ...top(signals.als),
    ...top(signals.als, isNew),
  ]);
  const inOrder = [...chosen].sort((a, b) => signals.overall[b]! - signals.overall[a]! || a - b);
  const positions = withoutDominated(inOrder, signals);
  const personal = (signal: 'rate' | 'recency'): Float64Array =>
    Float64Array.from(positions, (position) => {
      const own = signals.own.get(position);
      return own === undefined ? 0 : own.readiness * own[signal];
    });
  return {
    rate: personal('rate'),
    recency: personal('recency'),
    popularity: Float64Array.from(positions, (position) => signals.popularity[position]!),
    als: Float64Array.from(positions, (position) => signals.als[position]!),
    bought: Uint8Array.from(positions, (position) => (signals.own.has(position) ? 1 : 0)),
    relevant: Uint8Array.from(positions, (position) => (truth.has(signals.products[position]!) ? 1 : 0)),
    truths: truth.size,
    novelTruths: novelTruth.size,
  };
}

/**
 * Leaves out new products that no weights bring among the first `K`: as many before them, and thus of equal scores the earlier,
 * are as popular and as near.
 */
function withoutDominated(positions: readonly number[], { own, popularity, als }: CustomerSignals): number[] {
  const kept: number[] = [];
  return positions.filter((position) => {
    if (own.has(position)) return true;
    let dominating = 0;
    for (let at = 0; at < kept.length && dominating < K; at++) {
      const other = kept[at]!;
      if (popularity[other]! >= popularity[position]! && als[other]! >= als[position]!) dominating++;
    }
    if (dominating < K) kept.push(position);
    return dominating < K;
  });
}

export interface FittedWeights {
  readonly weights: Weights;
  /** NDCG@10 over the candidates. */
  readonly ndcg: number;
}

const STEPS = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 12, 20] as const;
const MAX_ROUNDS = 6;

/** Weights of the list with repeats; the scale is set by that of rate at the start. */
export function fitWeights(
  tables: readonly CandidateTable[],
  start: Weights = DEFAULT_SETTINGS.weights,
): FittedWeights {
  return coordinateSearch(start, ['recency', 'popularity', 'als'], (weights) =>
    meanNdcg(tables, weights, false),
  );
}

/** Weights of the list without repeats, where personal signals are 0. */
export function fitDiscoverWeights(
  tables: readonly CandidateTable[],
  start: Weights = DEFAULT_SETTINGS.discoverWeights,
): FittedWeights {
  return coordinateSearch(start, ['popularity', 'als'], (weights) => meanNdcg(tables, weights, true));
}

/** Tries every step of one weight after the other until a round brings nothing; the first of equals stays. Deterministic. */
function coordinateSearch(
  start: Weights,
  names: readonly (keyof Weights)[],
  ndcgOf: (weights: Weights) => number,
): FittedWeights {
  let best: FittedWeights = { weights: start, ndcg: ndcgOf(start) };
  const tried = new Set([JSON.stringify(start)]);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = best.ndcg;
    for (const name of names) {
      for (const step of STEPS) {
        const weights = { ...best.weights, [name]: step };
        const key = JSON.stringify(weights);
        if (tried.has(key)) continue;
        tried.add(key);
        const ndcg = ndcgOf(weights);
        if (ndcg > best.ndcg) best = { weights, ndcg };
      }
    }
    if (best.ndcg === before) break;
  }
  return best;
}

function meanNdcg(tables: readonly CandidateTable[], weights: Weights, novel: boolean): number {
  const scores = new Float64Array(K);
  const relevant = new Uint8Array(K);
  let sum = 0;
  let customers = 0;
  for (const table of tables) {
    const truths = novel ? table.novelTruths : table.truths;
    if (truths === 0) continue;
    const filled = topOf(table, weights, novel, scores, relevant);
    let gain = 0;
    for (let place = 0; place < filled; place++) if (relevant[place] === 1) gain += discount(place);
    sum += gain / idealGain(Math.min(truths, K));
    customers += 1;
  }
  return customers === 0 ? 0 : sum / customers;
}

/** Writes the best `K` scores and whether they were bought; returns how many there are. */
function topOf(
  table: CandidateTable,
  weights: Weights,
  novel: boolean,
  scores: Float64Array,
  relevant: Uint8Array,
): number {
  const { rate, recency, popularity, als, bought } = table;
  let filled = 0;
  for (let i = 0; i < rate.length; i++) {
    if (novel && bought[i] === 1) continue;
    const score =
      weights.rate * rate[i]! +
      weights.recency * recency[i]! +
      weights.popularity * popularity[i]! +
      weights.als * als[i]!;
    if (filled === K && score <= scores[K - 1]!) continue;
    let at = filled < K ? filled++ : K - 1;
    for (; at > 0 && scores[at - 1]! < score; at--) {
      scores[at] = scores[at - 1]!;
      relevant[at] = relevant[at - 1]!;
    }
    scores[at] = score;
    relevant[at] = table.relevant[i]!;
  }
  return filled;
}
