import { type ListKind, learnedScores, type Ranker, scoresOf, signalsOf, viewOf } from '../ranking/index.ts';
import type { Method } from './measure.ts';
import type { CustomerAtCut, TemporalSplit } from './temporal-split.ts';

/** What is served: the trees, the blend where the model has none for a list, and what sells lately where there is no history. */
export function learned(
  ranker: Ranker,
  split: Pick<TemporalSplit, 'cut'>,
  factorsOf: (customer: CustomerAtCut) => Float32Array | null,
): Method {
  const { weights, discoverWeights } = ranker.settings;
  return {
    name: 'learned ranker',
    ties: ranker.overall,
    score: (customer) => {
      const { history } = customer;
      const signals = signalsOf(ranker, history, split.cut, factorsOf(customer));
      if (history.length === 0) return { any: signals.popularity, novel: signals.popularity };
      const view = viewOf(ranker, history, split.cut, signals);
      const scores = (kind: ListKind, blend: Float64Array): Float64Array =>
        learnedScores(ranker, view, kind, signals, blend)?.scores ?? blend;
      return {
        any: scores('any', scoresOf(signals, weights)),
        novel: scores('novel', scoresOf(signals, discoverWeights)),
      };
    },
  };
}
