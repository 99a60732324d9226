import {
  type AlsModel,
  alsParameters,
  fitAls,
  type InteractionMatrix,
  interactionMatrix,
  itemSpace,
  positionOf,
} from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import {
  DEFAULT_SETTINGS,
  interactionsOf,
  popularityOf,
  prepareRanker,
  type Ranker,
  type RankingSettings,
  signalsOf,
} from '../ranking/index.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { measure } from './measure.ts';
import { blend, personalFrequency, popularity } from './methods.ts';
import {
  ALS_CHOICES,
  type AlsChoice,
  MAX_PAIRS_TO_CHOOSE_ALS,
  PRODUCT_ALS,
  REST_CHOICES,
  STRUCTURE_CHOICES,
} from './search-space.ts';
import { type CustomerAtCut, type CustomerPurchase, splitAt, type TemporalSplit } from './temporal-split.ts';

export interface TrainingOptions {
  /** Milliseconds since 1970 UTC; purchases at or after it are not used. */
  readonly now: number;
  /** Length of the validation window, which ends at `now`. */
  readonly validationDays: number;
  readonly seed: number;
  /** `weights` fits the weights of the blend and whether products rest; `all` chooses half-lives, windows and ALS parameters as well. */
  readonly tune: 'weights' | 'all';
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface TrainedRecommender {
  /** Trained on everything before `now`. */
  readonly model: AlsModel;
  readonly settings: RankingSettings;
  /** Of the validation window, where the settings were chosen: optimistic, and fit for comparing one training with the next. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Below this many customers in the validation window a fit follows noise, and the default settings stand. */
const MIN_CUSTOMERS = 50;
/** More customers make fitting slower and hardly better. */
const MAX_CUSTOMERS = 1000;

/**
 * Chooses settings on the last `validationDays` with models trained on what lies before them, then trains on all before `now`.
 * @throws PlatformError from ALS
 */
export async function trainRecommender(
  purchases: readonly CustomerPurchase[],
  options: TrainingOptions,
): Promise<TrainedRecommender> {
  const { now, validationDays } = options;
  const known = purchases.filter(({ at }) => at < now);
  const split = splitAt(known, now - validationDays * DAY_MS, validationDays);
  const customers = sampled(split.customers);
  const sample = { ...split, customers };
  const chosen =
    customers.length >= MIN_CUSTOMERS ? await choose(sample, options) : await untuned(sample, options);
  const metrics = {
    validationCustomers: customers.length,
    ...(customers.length === 0 ? {} : measured(chosen, sample)),
  };

  const all = interactionsAt(splitAt(known, now, 0), chosen.settings);
  const model = await trainAls(all, chosen.als, options, 'final ALS');
  return { model, settings: chosen.settings, metrics };
}

interface Candidate {
  readonly als: AlsChoice;
  readonly settings: RankingSettings;
  /** Trained on what lies before the validation window. */
  readonly model: AlsModel;
  readonly ranker: Ranker;
}

interface Tuned extends Candidate {
  readonly value: number;
}

/** The default settings, for a window with too few customers to fit to. */
async function untuned(split: TemporalSplit, options: TrainingOptions): Promise<Candidate> {
  options.onProgress?.(
    `validation: ${split.customers.length} customers, below ${MIN_CUSTOMERS}: default settings`,
  );
  const model = await trainAls(
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
    const model = await trainAls(matrix, als, options, 'validation ALS');
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
  const factorsOf = trainedFactors(model);
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

function measured({ model, ranker }: Candidate, split: TemporalSplit): Record<string, number> {
  const ours = measure(blend(ranker, split, trainedFactors(model)), ranker.catalogue, split.customers, 10);
  const ndcgOf = (method: Parameters<typeof measure>[0]): number =>
    measure(method, ranker.catalogue, split.customers, 10).any.ndcg;
  return {
    ndcgAt10: ours.any.ndcg,
    recallAt10: ours.any.recall,
    hitRateAt10: ours.any.hitRate,
    coverageAt10: ours.any.coverage,
    novelNdcgAt10: ours.novel.ndcg,
    popularityNdcgAt10: ndcgOf(popularity(ranker)),
    personalFrequencyNdcgAt10: ndcgOf(personalFrequency(ranker, split)),
  };
}

export function rankerAt(split: TemporalSplit, model: AlsModel, settings: RankingSettings): Ranker {
  return prepareRanker({
    settings,
    popularity: popularityOf(split.before, split.cut, settings.popularityDays),
    items: itemSpace(model),
  });
}

/** The user factors of the fit; for the same history they are what folding in gives. */
export function trainedFactors(model: AlsModel): (customer: CustomerAtCut) => Float32Array | null {
  const { rank } = model.parameters;
  return ({ customer }) => {
    const row = positionOf(model.userIds, customer);
    return row < 0 ? null : model.userFactors.subarray(row * rank, (row + 1) * rank);
  };
}

function interactionsAt({ histories, cut }: TemporalSplit, settings: RankingSettings): InteractionMatrix {
  const users: number[] = [];
  const items: number[] = [];
  const values: number[] = [];
  for (const [customer, history] of histories) {
    for (const { item, rating } of interactionsOf(history, cut, settings)) {
      users.push(customer);
      items.push(item);
      values.push(rating);
    }
  }
  return interactionMatrix({
    users: Int32Array.from(users),
    items: Int32Array.from(items),
    values: Float32Array.from(values),
  });
}

function trainAls(
  matrix: InteractionMatrix,
  als: AlsChoice,
  { seed, signal, onProgress }: TrainingOptions,
  what: string,
): Promise<AlsModel> {
  return fitAls(matrix, alsParameters({ ...als, seed }), {
    signal,
    onProgress: ({ iteration, maxIter }) => onProgress?.(`${what}: iteration ${iteration} of ${maxIter}`),
  });
}

/** Every customer, or evenly spread ones of them. */
function sampled(customers: readonly CustomerAtCut[]): readonly CustomerAtCut[] {
  if (customers.length <= MAX_CUSTOMERS) return customers;
  return Array.from(
    { length: MAX_CUSTOMERS },
    (_, i) => customers[Math.floor((i * customers.length) / MAX_CUSTOMERS)]!,
  );
}
