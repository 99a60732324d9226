import type { AlsModel } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { DEFAULT_SETTINGS, type LearnedRanker, type RankingSettings, signalsOf } from '../ranking/index.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { fitAlsTo, foldedFactors, interactionsAt, rankerAt } from './fitted-als.ts';
import { learned } from './learned-method.ts';
import { blend, personalFrequency, popularity } from './methods.ts';
import {
  ALS_CHOICES,
  type AlsChoice,
  MAX_PAIRS_TO_CHOOSE_ALS,
  PRODUCT_ALS,
  REST_CHOICES,
  STRUCTURE_CHOICES,
} from './search-space.ts';
import { type CustomerPurchase, splitAt, type TemporalSplit } from './temporal-split.ts';
import { shopAt, trainLearned, type ValidatedBlend } from './train-learned.ts';
import { sampledCustomers } from './training-windows.ts';
import { type ValidationMeasures, validationMeasures } from './validation-measures.ts';

export interface TrainingOptions {
  /** Milliseconds since 1970 UTC; purchases at or after it are not used. */
  readonly now: number;
  /** Length of the validation window, which ends at `now`. */
  readonly validationDays: number;
  readonly seed: number;
  /** `weights` fits the weights of the blend and whether products rest; `all` chooses half-lives, windows and ALS parameters as well. */
  readonly tune: 'weights' | 'all';
  /** Whether trees are tried; where not, the blend ranks every list, after a tenth of the time. */
  readonly tryTrees: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface TrainedRecommender extends ValidationMeasures {
  /** Trained on everything before `now`. */
  readonly model: AlsModel;
  readonly settings: RankingSettings;
  /** Trees and shop as of `now`; null where the blend of `settings` ranks every list. */
  readonly learned: LearnedRanker | null;
}

/** Below this many customers in the validation window a fit follows noise, and the default settings stand. */
const MIN_CUSTOMERS = 50;

/**
 * Chooses settings on the last `validationDays` with models trained on what lies before them, and whether trees that learned from
 * the windows before rank better; then trains on all before `now`. The metrics are of the validation window, where the choice was
 * made: optimistic, and fit for comparing one training with the next.
 * @throws PlatformError from ALS and from the trees
 */
export async function trainRecommender(
  purchases: readonly CustomerPurchase[],
  options: TrainingOptions,
): Promise<TrainedRecommender> {
  const { now, validationDays, seed, tryTrees } = options;
  const known = purchases.filter(({ at }) => at < now);
  const split = splitAt(known, now - validationDays * DAY_MS, validationDays);
  const customers = sampledCustomers(split.customers);
  const sample = { ...split, customers };
  const isMeasurable = customers.length >= MIN_CUSTOMERS;
  const chosen = isMeasurable ? await choose(sample, options) : await untuned(sample, options);
  const { ranker, trees } =
    isMeasurable && tryTrees
      ? await trainLearned(known, sample, chosen, options)
      : { ranker: chosen.ranker, trees: { any: null, novel: null } };
  const factorsOf = foldedFactors(ranker, sample.cut);
  const measures = validationMeasures(
    learned(ranker, sample, factorsOf),
    [popularity(ranker), personalFrequency(ranker, sample), blend(ranker, sample, factorsOf)],
    ranker.catalogue,
    customers,
    seed,
  );

  const whole = splitAt(known, now, 0);
  const model = await fitAlsTo(interactionsAt(whole, chosen.settings), chosen.als, options, 'final ALS');
  const hasTrees = trees.any !== null || trees.novel !== null;
  return {
    model,
    settings: chosen.settings,
    learned: hasTrees ? { shop: shopAt(whole), trees } : null,
    ...measures,
  };
}

interface Tuned extends ValidatedBlend {
  readonly value: number;
}

/** The default settings, for a window with too few customers to fit to. */
async function untuned(split: TemporalSplit, options: TrainingOptions): Promise<ValidatedBlend> {
  options.onProgress?.(
    `validation: ${split.customers.length} customers, below ${MIN_CUSTOMERS}: default settings`,
  );
  const model = await fitAlsTo(
    interactionsAt(split, DEFAULT_SETTINGS),
    PRODUCT_ALS,
    options,
    'validation ALS',
  );
  return {
    als: PRODUCT_ALS,
    settings: DEFAULT_SETTINGS,
    model,
    ranker: rankerAt(split, model, DEFAULT_SETTINGS),
  };
}

/** ALS first, with the default half-lives; then the half-lives, with that ALS. */
async function choose(split: TemporalSplit, options: TrainingOptions): Promise<Tuned> {
  let best: Tuned | null = null;
  const matrix = interactionsAt(split, DEFAULT_SETTINGS);
  const pairs = matrix.byUser.columns.length;
  const choices = options.tune === 'all' && pairs <= MAX_PAIRS_TO_CHOOSE_ALS ? ALS_CHOICES : [PRODUCT_ALS];
  for (const als of choices) {
    const model = await fitAlsTo(matrix, als, options, 'validation ALS');
    const tuned = fitted(split, model, als, DEFAULT_SETTINGS);
    options.onProgress?.(
      `validation ALS alpha ${als.alpha}, regParam ${als.regParam}: ${tuned.value.toFixed(4)}`,
    );
    if (best === null || tuned.value > best.value) best = tuned;
  }
  if (best === null) throw new RangeError('the search space of ALS is empty');
  for (const structure of options.tune === 'all' ? STRUCTURE_CHOICES : REST_CHOICES) {
    options.signal?.throwIfAborted();
    const tuned: Tuned = fitted(split, best.model, best.als, { ...best.settings, ...structure });
    options.onProgress?.(`validation ${JSON.stringify(structure)}: ${tuned.value.toFixed(4)}`);
    if (tuned.value > best.value) best = tuned;
  }
  return best;
}

/** `value`: NDCG@10 with repeats plus NDCG@10 without, each with the weights fitted for it. */
function fitted(split: TemporalSplit, model: AlsModel, als: AlsChoice, settings: RankingSettings): Tuned {
  const unweighted = rankerAt(split, model, settings);
  const factorsOf = foldedFactors(unweighted, split.cut);
  const tables = split.customers.map((customer) =>
    candidateTable(signalsOf(unweighted, customer.history, split.cut, factorsOf(customer)), customer),
  );
  const any = fitWeights(tables);
  const novel = fitDiscoverWeights(tables);
  const ranker = {
    ...unweighted,
    settings: { ...settings, weights: any.weights, discoverWeights: novel.weights },
  };
  return { als, settings: ranker.settings, model, ranker, value: any.ndcg + novel.ndcg };
}
