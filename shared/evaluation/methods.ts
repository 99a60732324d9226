import { positionOf } from '../als/index.ts';
import { basketsOf, popularityOf, type Ranker, scoresOf, signalsOf } from '../ranking/index.ts';
import type { Method } from './measure.ts';
import type { CustomerAtCut, TemporalSplit } from './temporal-split.ts';

/** What any recommender must beat: the same list for everybody, by orders since the shop opened. */
export function popularity({ overall }: Ranker): Method {
  return { name: 'popularity', ties: overall, score: () => same(overall) };
}

/** The same list for everybody, by orders of the ranker's recent window. */
export function recentPopularity({ share, overall }: Ranker): Method {
  return { name: 'recent popularity', ties: overall, score: () => same(share) };
}

/** Window of the popularity that breaks the ties of personal frequency, in days. */
const TIE_DAYS = 28;

/** "Buy it again": in how many baskets the customer had the product; ties, and what was never bought, by 28-day popularity. */
export function personalFrequency({ catalogue }: Ranker, split: TemporalSplit): Method {
  const { recent } = popularityOf(split.before, split.cut, TIE_DAYS);
  return {
    name: 'personal frequency',
    ties: Float64Array.from(catalogue, (product) => recent.get(product) ?? 0),
    score: ({ history }) => {
      const counts = new Float64Array(catalogue.length);
      const seen = new Set<string>();
      for (const { basket, product } of history) {
        if (seen.has(`${basket} ${product}`)) continue;
        seen.add(`${basket} ${product}`);
        counts[positionOf(catalogue, product)]! += 1;
      }
      return same(counts);
    },
  };
}

/** The score that is served: `weights` for the list with repeats, `discoverWeights` for the list without. */
export function blend(
  ranker: Ranker,
  split: Pick<TemporalSplit, 'cut'>,
  factorsOf: (customer: CustomerAtCut) => Float32Array | null,
): Method {
  const { weights, discoverWeights } = ranker.settings;
  return {
    name: 'blend',
    ties: ranker.overall,
    score: (customer) => {
      const signals = signalsOf(ranker, basketsOf(customer.history), split.cut, factorsOf(customer));
      return { any: scoresOf(signals, weights), novel: scoresOf(signals, discoverWeights) };
    },
  };
}

/** ALS by itself. */
export function alsAlone(
  ranker: Ranker,
  split: Pick<TemporalSplit, 'cut'>,
  factorsOf: (customer: CustomerAtCut) => Float32Array | null,
): Method {
  return {
    name: 'ALS',
    ties: ranker.overall,
    score: (customer) =>
      same(signalsOf(ranker, basketsOf(customer.history), split.cut, factorsOf(customer)).als),
  };
}

function same(column: Float64Array): { any: Float64Array; novel: Float64Array } {
  return { any: column, novel: column };
}
