import type { AlsParameters } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { ListKind, RankingSettings } from '../ranking/index.ts';
import { type Interval, pairedBootstrap } from './bootstrap.ts';
import { type CandidateRecall, candidateRecall } from './candidate-recall.ts';
import { foldedFactors, rankerAt } from './fitted-als.ts';
import { learned } from './learned-method.ts';
import type { Method } from './measure.ts';
import { type MethodReport, reportMethods } from './method-report.ts';
import { alsAlone, blend, personalFrequency, popularity, recentPopularity } from './methods.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { splitAt } from './temporal-split.ts';
import { trainRecommender } from './train-recommender.ts';
import { sampledCustomers } from './training-windows.ts';
import { tunedBaselines } from './tune-baselines.ts';

export interface EvaluationOptions {
  /** Milliseconds since 1970 UTC. Everything before it trains and tunes; nothing after it does. */
  readonly cut: number;
  /** Length of the test window and of the validation window before the cut. */
  readonly days: number;
  /** Lengths of the list, the one that tables and comparisons are of first; [10] if absent. */
  readonly listLengths?: readonly number[];
  /** Category of a product, where known. */
  readonly categories?: ReadonlyMap<number, string>;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface Comparison {
  /** Name of the other method. */
  readonly against: string;
  /** NDCG of ours minus that of the other, over the same customers. */
  readonly any: Interval;
  readonly repeat: Interval;
  readonly novel: Interval;
}

export interface EvaluationReport {
  /** Milliseconds since 1970 UTC. */
  readonly cut: number;
  readonly catalogue: number;
  /** What was chosen on the validation window. */
  readonly als: AlsParameters;
  readonly settings: RankingSettings;
  /** How many trees rank each list; null: the blend does, as it ranked no worse on the validation window. */
  readonly trees: Readonly<Record<ListKind, number | null>>;
  /** What of the purchases to be found is worth ranking to trees, by source; the blend ranks everything. */
  readonly candidateRecall: Readonly<Record<ListKind, CandidateRecall>>;
  readonly validation: Readonly<Record<string, number>>;
  /** By name of the method, those that were chosen on the validation window too. */
  readonly baselineParameters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Ours, which is what is served, is last. */
  readonly methods: readonly MethodReport[];
  readonly comparisons: readonly Comparison[];
}

const DEFAULT_LENGTHS = [10];

/** Trains and tunes on what lies before the cut, then ranks the whole catalogue for every customer who buys after it. */
export async function evaluateRecommender(
  purchases: readonly CustomerPurchase[],
  options: EvaluationOptions,
): Promise<EvaluationReport> {
  const { cut, days, categories, seed, signal, onProgress } = options;
  const split = splitAt(purchases, cut, days);
  const trained = await trainRecommender(split.before, {
    now: cut,
    validationDays: days,
    seed,
    tryTrees: true,
    categories,
    signal,
    onProgress,
  });
  onProgress?.('baselines: choosing their parameters on the validation window');
  const baselines = tunedBaselines(splitAt(split.before, cut - days * DAY_MS, days), split);
  const ranker = rankerAt(split, trained.model, trained.settings, trained.learned);
  const factorsOf = foldedFactors(ranker, cut);
  const contenders: readonly Method[] = [
    popularity(ranker),
    recentPopularity(ranker),
    personalFrequency(ranker, split),
    ...baselines.map(({ method }) => method),
    alsAlone(ranker, split, factorsOf),
    blend(ranker, split, factorsOf),
    learned(ranker, split, factorsOf),
  ];
  onProgress?.(`test window: ${split.customers.length} customers, ${contenders.length} methods`);
  const methods = reportMethods(contenders, {
    catalogue: ranker.catalogue,
    split,
    listLengths: options.listLengths ?? DEFAULT_LENGTHS,
    categories: categories ?? new Map(),
    seed,
    signal,
  });
  return {
    cut,
    catalogue: ranker.catalogue.length,
    als: trained.model.parameters,
    settings: trained.settings,
    trees: {
      any: trained.learned?.trees.any?.trees.length ?? null,
      novel: trained.learned?.trees.novel?.trees.length ?? null,
    },
    candidateRecall: candidateRecall({
      ranker,
      cut,
      customers: sampledCustomers(split.customers),
      factorsOf,
    }),
    validation: trained.metrics,
    baselineParameters: Object.fromEntries(
      baselines.map(({ method, parameters }) => [method.name, parameters]),
    ),
    methods,
    comparisons: comparisonsOf(methods, seed),
  };
}

function comparisonsOf(methods: readonly MethodReport[], seed: number): Comparison[] {
  const ours = methods.at(-1);
  if (ours === undefined) return [];
  return methods.slice(0, -1).map((other) => ({
    against: other.name,
    any: pairedBootstrap(ours.any.ndcgOf, other.any.ndcgOf, seed),
    repeat: pairedBootstrap(ours.repeat.ndcgOf, other.repeat.ndcgOf, seed),
    novel: pairedBootstrap(ours.novel.ndcgOf, other.novel.ndcgOf, seed),
  }));
}
