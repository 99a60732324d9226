import {
  type AlsModel,
  alsParameters,
  fitAls,
  type InteractionMatrix,
  interactionMatrix,
  itemSpace,
} from '../als/index.ts';
import {
  basketsOf,
  foldCustomer,
  interactionsOf,
  type LearnedRanker,
  popularityOf,
  prepareRanker,
  type Ranker,
  type RankingSettings,
} from '../ranking/index.ts';
import type { AlsChoice } from './search-space.ts';
import type { CustomerAtCut, TemporalSplit } from './temporal-split.ts';

export interface FitAlsOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** @param what is fitted, for progress */
export function fitAlsTo(
  matrix: InteractionMatrix,
  als: AlsChoice,
  { seed, signal, onProgress }: FitAlsOptions,
  what: string,
): Promise<AlsModel> {
  return fitAls(matrix, alsParameters({ ...als, seed }), {
    signal,
    onProgress: ({ iteration, maxIter }) => onProgress?.(`${what}: iteration ${iteration} of ${maxIter}`),
  });
}

/** What every customer known before the cut bought, as ALS is to see it. */
export function interactionsAt(
  { before, histories, cut }: TemporalSplit,
  settings: RankingSettings,
): InteractionMatrix {
  const { capacity } = before;
  const users = new Int32Array(capacity);
  const items = new Int32Array(capacity);
  const values = new Float32Array(capacity);
  let count = 0;
  for (const [customer, history] of histories) {
    for (const { item, rating } of interactionsOf(basketsOf(history), cut, settings)) {
      users[count] = customer;
      items[count] = item;
      values[count++] = rating;
    }
  }
  return interactionMatrix({
    users: users.subarray(0, count),
    items: items.subarray(0, count),
    values: values.subarray(0, count),
  });
}

export function rankerAt(
  split: TemporalSplit,
  model: AlsModel,
  settings: RankingSettings,
  learned: LearnedRanker | null = null,
): Ranker {
  return prepareRanker({
    settings,
    popularity: popularityOf(split.before, split.cut, settings.popularityDays),
    items: itemSpace(model),
    learned,
  });
}

/** The same ranker by other settings: only another window of popularity is counted anew. */
export function rankerBy(ranker: Ranker, { before, cut }: TemporalSplit, settings: RankingSettings): Ranker {
  const { popularityDays } = settings;
  if (popularityDays === ranker.settings.popularityDays) return { ...ranker, settings };
  const { items, learned } = ranker;
  return prepareRanker({ settings, popularity: popularityOf(before, cut, popularityDays), items, learned });
}

/** Each customer's factors at the cut, folded in as they are to serve: a fit's own are less exact where it solves by few steps. */
export function foldedFactors(ranker: Ranker, cut: number): (customer: CustomerAtCut) => Float32Array | null {
  return ({ history }) => foldCustomer(ranker, basketsOf(history), cut)?.factors ?? null;
}
