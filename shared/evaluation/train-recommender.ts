import type { AlsModel, InteractionMatrix } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import {
  basketsOf,
  DEFAULT_SETTINGS,
  type LearnedRanker,
  type Ranker,
  type RankingSettings,
  signalsOf,
} from '../ranking/index.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { fitAlsTo, foldedFactors, interactionsAt, rankerAt, rankerBy } from './fitted-als.ts';
import { learned } from './learned-method.ts';
import { blend, personalFrequency, popularity } from './methods.ts';
import { type CustomerPurchase, type PurchaseLog, purchaseLog } from './purchase-log.ts';
import { type AlsChoice, PRODUCT_ALS, STRUCTURE_CHOICES } from './search-space.ts';
import { type CustomerAtCut, splitAt, type TemporalSplit } from './temporal-split.ts';
import { type LearnedOptions, shopAt, trainLearned } from './train-learned.ts';
import { sampledCustomers, trainingCuts } from './training-windows.ts';
import { tuneAls } from './tune-als.ts';
import { type ValidationMeasures, type ValidationWindow, validationMeasures } from './validation-measures.ts';

export interface TrainingOptions extends LearnedOptions {
  /** Milliseconds since 1970 UTC; purchases at or after it are not used. */
  readonly now: number;
  /** Length of the validation window, which ends at `now`. */
  readonly validationDays: number;
  /** Whether trees are tried; where not, the blend ranks every list, after a tenth of the time. */
  readonly tryTrees: boolean;
}

export interface TrainedRecommender extends ValidationMeasures {
  /** Trained on everything before `now`. */
  readonly model: AlsModel;
  readonly settings: RankingSettings;
  /** Trees and shop as of `now`; the blend of `settings` ranks a list that has no trees. null: nothing was ever bought. */
  readonly learned: LearnedRanker | null;
}

/** With fewer customers to measure on a fit follows noise, and the default settings stand. */
const MIN_CUSTOMERS = 50;

/**
 * Chooses settings on the last `validationDays` with models trained on what lies before them, and whether trees that learned from
 * the windows before rank better; then trains on all before `now`. Where those days have too few customers the windows before them
 * are validation as well, and no trees are tried. The metrics are of the windows where the choice was made: optimistic, and fit
 * for comparing one training with the next.
 * @throws PlatformError from ALS and from the trees
 */
export async function trainRecommender(
  purchases: Iterable<CustomerPurchase>,
  options: TrainingOptions,
): Promise<TrainedRecommender> {
  const { now, seed, tryTrees } = options;
  const known = purchaseLog(purchases).before(now);
  const windows = validationWindows(known, options);
  const chosen = await chooseOn(windows, options);
  const [latest] = chosen.windows;
  const { ranker, trees } =
    tryTrees && latest.split.customers.length >= MIN_CUSTOMERS
      ? await trainLearned(known, latest.split, { ...chosen, ...latest }, options)
      : { ranker: latest.ranker, trees: { any: null, novel: null } };
  const measures = validationMeasures(
    chosen.windows.map((window) => contenders(window === latest ? { ...window, ranker } : window)),
    seed,
  );

  const whole = splitAt(known, now, 0);
  const model = await fitAlsTo(interactionsAt(whole, chosen.settings), chosen.als, options, 'final ALS');
  return {
    model,
    settings: chosen.settings,
    learned: whole.histories.size > 0 ? { shop: shopAt(whole, options.categories), trees } : null,
    ...measures,
  };
}

type Latest<Window> = readonly [latest: Window, ...earlier: Window[]];

/** The last window, and where that has too few customers those before it; latest first. */
function validationWindows(
  known: PurchaseLog,
  { now, validationDays }: TrainingOptions,
): Latest<TemporalSplit> {
  const windowAt = (cut: number): TemporalSplit => {
    const split = splitAt(known, cut, validationDays);
    return { ...split, customers: sampledCustomers(split.customers) };
  };
  const latest = windowAt(now - validationDays * DAY_MS);
  if (latest.customers.length >= MIN_CUSTOMERS) return [latest];
  return [latest, ...trainingCuts(known, latest.cut, validationDays).map(windowAt)];
}

/** A validation window, ranked by a model that was trained on what lies before it. */
interface FittedWindow {
  readonly split: TemporalSplit;
  readonly model: AlsModel;
  readonly ranker: Ranker;
  /** Folded in once: what is chosen after ALS does not change them. */
  readonly factorsOf: (customer: CustomerAtCut) => Float32Array | null;
}

interface Chosen {
  readonly als: AlsChoice;
  readonly settings: RankingSettings;
  readonly windows: Latest<FittedWindow>;
}

interface Tuned extends Chosen {
  readonly value: number;
}

/** What is served, beside what it is to be better than. */
function contenders({ split, ranker, factorsOf }: FittedWindow): ValidationWindow {
  return {
    ours: learned(ranker, split, factorsOf),
    baselines: [popularity(ranker), personalFrequency(ranker, split), blend(ranker, split, factorsOf)],
    catalogue: ranker.catalogue,
    customers: split.customers,
  };
}

async function chooseOn(windows: Latest<TemporalSplit>, options: TrainingOptions): Promise<Chosen> {
  const customers = windows.reduce((sum, window) => sum + window.customers.length, 0);
  if (customers >= MIN_CUSTOMERS) return choose(windows, options);
  options.onProgress?.(`validation: ${customers} customers, below ${MIN_CUSTOMERS}: default settings`);
  const matrices = windows.map((split) => interactionsAt(split, DEFAULT_SETTINGS));
  return {
    als: PRODUCT_ALS,
    settings: DEFAULT_SETTINGS,
    windows: await rankedByDefault(windows, matrices, PRODUCT_ALS, options),
  };
}

/** ALS first, with the default half-lives; then the half-lives, with that ALS. */
async function choose(windows: Latest<TemporalSplit>, options: TrainingOptions): Promise<Tuned> {
  const matrices = windows.map((split) => interactionsAt(split, DEFAULT_SETTINGS));
  const trials = windows.map(({ customers }, index) => ({ matrix: matrices[index]!, customers }));
  const als = await tuneAls(trials, PRODUCT_ALS, options);
  const ranked = await rankedByDefault(windows, matrices, als, options);
  let best = fitted(ranked, als, DEFAULT_SETTINGS);
  options.onProgress?.(`validation of the default settings: ${best.value.toFixed(4)}`);
  for (const structure of STRUCTURE_CHOICES) {
    options.signal?.throwIfAborted();
    const tuned = fitted(ranked, als, { ...best.settings, ...structure });
    options.onProgress?.(`validation of ${JSON.stringify(structure)}: ${tuned.value.toFixed(4)}`);
    if (tuned.value > best.value) best = tuned;
  }
  return best;
}

/** `value`: NDCG@10 with repeats plus NDCG@10 without, each with the weights fitted for it, from those of `settings` on. */
function fitted(ranked: Latest<FittedWindow>, als: AlsChoice, settings: RankingSettings): Tuned {
  const windows = mapped(ranked, (window) => ({
    ...window,
    ranker: rankerBy(window.ranker, window.split, settings),
  }));
  const tables = windows.flatMap(({ split, ranker, factorsOf }) =>
    split.customers.map((customer) =>
      candidateTable(
        signalsOf(ranker, basketsOf(customer.history), split.cut, factorsOf(customer)),
        customer,
      ),
    ),
  );
  const any = fitWeights(tables, settings.weights);
  const novel = fitDiscoverWeights(tables, settings.discoverWeights);
  const weighted = { ...settings, weights: any.weights, discoverWeights: novel.weights };
  return {
    als,
    settings: weighted,
    windows: mapped(windows, (window) => ({ ...window, ranker: { ...window.ranker, settings: weighted } })),
    value: any.ndcg + novel.ndcg,
  };
}

async function rankedByDefault(
  windows: Latest<TemporalSplit>,
  matrices: readonly InteractionMatrix[],
  als: AlsChoice,
  options: TrainingOptions,
): Promise<Latest<FittedWindow>> {
  const models: AlsModel[] = [];
  for (const matrix of matrices) models.push(await fitAlsTo(matrix, als, options, 'validation ALS'));
  return mapped(windows, (split, index) => {
    const model = models[index]!;
    const ranker = rankerAt(split, model, DEFAULT_SETTINGS);
    return { split, model, ranker, factorsOf: remembered(foldedFactors(ranker, split.cut)) };
  });
}

function remembered<Key extends object, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key) as Value;
  };
}

/** `map` of a list that is known to have a first. */
function mapped<From, To>(list: Latest<From>, to: (one: From, index: number) => To): Latest<To> {
  const [first, ...rest] = list;
  return [to(first, 0), ...rest.map((one, index) => to(one, index + 1))];
}
