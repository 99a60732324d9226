import type { AlsParameters } from '../als/index.ts';
import type { RankingSettings } from '../ranking/index.ts';
import { type Interval, pairedBootstrap } from './bootstrap.ts';
import { type MethodResult, measure } from './measure.ts';
import { alsAlone, blend, personalFrequency, popularity, recentPopularity } from './methods.ts';
import { type CustomerPurchase, splitAt } from './temporal-split.ts';
import { rankerAt, trainedFactors, trainRecommender } from './train-recommender.ts';

export interface EvaluationOptions {
  /** Milliseconds since 1970 UTC. Everything before it trains and tunes; nothing after it does. */
  readonly cut: number;
  /** Length of the test window and of the validation window before the cut. */
  readonly days: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface EvaluationReport {
  readonly catalogue: number;
  readonly unknownCustomers: number;
  /** What was chosen on the validation window. */
  readonly als: AlsParameters;
  readonly settings: RankingSettings;
  readonly validation: Readonly<Record<string, number>>;
  /** The blend is last. */
  readonly methods: readonly MethodResult[];
  /** The blend's NDCG@10 minus that of the method named, over the same customers. */
  readonly comparisons: readonly {
    readonly against: string;
    readonly any: Interval;
    readonly novel: Interval;
  }[];
}

const K = 10;

/** Trains and tunes on what lies before the cut, then ranks the whole catalogue for every known customer who buys after it. */
export async function evaluateRecommender(
  purchases: readonly CustomerPurchase[],
  options: EvaluationOptions,
): Promise<EvaluationReport> {
  const { cut, days, seed, signal, onProgress } = options;
  const split = splitAt(purchases, cut, days);
  const trained = await trainRecommender(split.before, {
    now: cut,
    validationDays: days,
    seed,
    tune: 'all',
    signal,
    onProgress,
  });
  onProgress?.(`test window: ${split.customers.length} customers`);
  const ranker = rankerAt(split, trained.model, trained.settings);
  const factorsOf = trainedFactors(trained.model);
  const methods = [
    popularity(ranker),
    recentPopularity(ranker),
    personalFrequency(ranker, split),
    alsAlone(ranker, split, factorsOf),
    blend(ranker, split, factorsOf),
  ].map((method) => measure(method, ranker.catalogue, split.customers, K));
  const ours = methods.at(-1)!;
  return {
    catalogue: ranker.catalogue.length,
    unknownCustomers: split.unknownCustomers,
    als: trained.model.parameters,
    settings: trained.settings,
    validation: trained.metrics,
    methods,
    comparisons: methods.slice(0, -1).map((other) => ({
      against: other.name,
      any: pairedBootstrap(ours.any.ndcgOf, other.any.ndcgOf, seed),
      novel: pairedBootstrap(ours.novel.ndcgOf, other.novel.ndcgOf, seed),
    })),
  };
}
