import {
  basketsOf,
  type ListKind,
  learnedScores,
  newcomerScores,
  type Ranker,
  scoresOf,
  signalsOf,
  viewOf,
  withBlendBelow,
} from '../ranking/index.ts';
import type { Method } from './measure.ts';
import type { CustomerAtCut, TemporalSplit } from './temporal-split.ts';

/** What is served: the trees, the blend where the model has none for a list, and what newcomers buy where there is no history. */
export function learned(
  ranker: Ranker,
  split: Pick<TemporalSplit, 'cut'>,
  factorsOf: (customer: CustomerAtCut) => Float32Array | null,
): Method {
  const { weights, discoverWeights } = ranker.settings;
  const newcomers = newcomerScores(ranker);
  return {
    name: 'learned ranker',
    ties: ranker.overall,
    score: (customer) => {
      const { history } = customer;
      if (history.length === 0) return { any: newcomers, novel: newcomers };
      const baskets = basketsOf(history);
      const signals = signalsOf(ranker, baskets, split.cut, factorsOf(customer));
      const view = viewOf(ranker, baskets, split.cut, signals);
      const scores = (kind: ListKind, blend: Float64Array): Float64Array =>
        withBlendBelow(learnedScores(ranker, view, kind, signals), blend);
      return {
        any: scores('any', scoresOf(signals, weights)),
        novel: scores('novel', scoresOf(signals, discoverWeights)),
      };
    },
  };
}
