import type { AlsModel } from '../als/index.ts';
import {
  basketsOf,
  type LearnedRanker,
  LIST_KINDS,
  type ListKind,
  type Ranker,
  type RankingSettings,
  type ShopState,
  shopStateOf,
  signalsOf,
} from '../ranking/index.ts';
import {
  RANKER_DEFAULTS,
  type RankingRows,
  type TrainedRanker,
  type TreeEnsemble,
  trainRanker,
} from '../trees/index.ts';
import { pairedBootstrap } from './bootstrap.ts';
import { type CandidateRecall, candidateRecall } from './candidate-recall.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { type FitAlsOptions, fitAlsTo, foldedFactors, interactionsAt, rankerAt } from './fitted-als.ts';
import { learned } from './learned-method.ts';
import { measure } from './measure.ts';
import { blend } from './methods.ts';
import type { PurchaseLog } from './purchase-log.ts';
import { joined, type LabelledMoments, rankingRows, sampledRows } from './ranking-rows.ts';
import type { AlsChoice } from './search-space.ts';
import { splitAt, type TemporalSplit } from './temporal-split.ts';
import { sampledCustomers, trainingCuts } from './training-windows.ts';
import { bestTreeCount } from './tree-count.ts';

/** What ranks the validation window without trees. */
export interface ValidatedBlend {
  readonly als: AlsChoice;
  readonly settings: RankingSettings;
  /** Trained on what lies before the validation window. */
  readonly model: AlsModel;
  readonly ranker: Ranker;
}

export interface LearnedOptions extends FitAlsOptions {
  /** Name of a product's category, by product id, where it is known. */
  readonly categories?: ReadonlyMap<number, string> | undefined;
}

/** What trees are found to be worth on the validation window, and what refitting them needs. */
export interface LearnedTraining {
  /** As of the validation window, trained on the windows before it. */
  readonly ranker: Ranker;
  /** Trees for every list on which they ranked better than the blend, trained with the validation window added. */
  readonly trees: LearnedRanker['trees'];
}

/** Fewer queries teach trees little but noise. */
const MIN_QUERIES = 200;
/** Candidates of a customer and window that were not bought, of those that trees learn from. */
const NEGATIVES = 120;
const LIST_LENGTH = 10;
/** Twice as many trees of half the weight: as good as two ensembles averaged, which part the luck of a seed from what was learned. */
const RECIPE = { ...RANKER_DEFAULTS, learningRate: 0.035 };
/** So many are tried; where more would gain, they gain little. */
const MAX_TREES = 240;

/**
 * Learns from the windows before the validation window, with ALS and shop as they were at the beginning of each; keeps the trees
 * that rank the validation window better than the blend as fitted to the window before it, and trains those again with that window added.
 * @param validation with the customers to measure on
 */
export async function trainLearned(
  purchases: PurchaseLog,
  validation: TemporalSplit,
  blended: ValidatedBlend,
  options: LearnedOptions,
): Promise<LearnedTraining> {
  const { seed, categories, onProgress } = options;
  const cuts = trainingCuts(purchases, validation.cut, validation.days);
  const windows: Record<ListKind, RankingRows>[] = [];
  let rival = blended.settings;
  for (const [index, cut] of cuts.entries()) {
    const split = splitAt(purchases, cut, validation.days);
    const what = `ALS of window ${index + 1} of ${cuts.length}`;
    const matrix = interactionsAt(split, blended.settings);
    const model = await fitAlsTo(matrix, blended.als, options, what);
    const moments = momentsOf(split, model, blended.settings, categories);
    if (index === 0) rival = withWeightsOf(moments, blended.settings);
    windows.push(sampledOf(rankingRows(moments), seed));
  }

  const moments = momentsOf(validation, blended.model, blended.settings, categories);
  const unsampled = rankingRows(moments);
  const recall = candidateRecall(moments);
  const found: Record<ListKind, TreeEnsemble | null> = { any: null, novel: null };
  for (const kind of LIST_KINDS) {
    const rows = joined(windows.map((window) => window[kind]));
    if (rows.groups.length < MIN_QUERIES || unsampled[kind].groups.length === 0) continue;
    onProgress?.(recallText(kind, recall[kind]));
    const { ensemble, validationNdcg } = await train(rows, kind, options, MAX_TREES, unsampled[kind]);
    found[kind] = { ...ensemble, trees: ensemble.trees.slice(0, bestTreeCount(validationNdcg)) };
  }
  const kept = noWorseThanBlend(found, moments, rival, options);
  const latest = sampledOf(unsampled, seed);
  const refitted: Record<ListKind, TreeEnsemble | null> = { any: null, novel: null };
  for (const kind of LIST_KINDS) {
    const trees = kept[kind];
    if (trees === null) continue;
    const all = joined([...windows, latest].map((window) => window[kind]));
    refitted[kind] = (await train(all, kind, options, trees.trees.length)).ensemble;
  }
  return { ranker: withTrees(moments.ranker, kept), trees: refitted };
}

/**
 * Weights of the blend fitted to the window before the validation, so that trees and blend are measured on customers that neither
 * was fitted to: weights fitted to the validation window itself look better there than they are.
 */
function withWeightsOf(
  { ranker, cut, customers, factorsOf }: LabelledMoments,
  settings: RankingSettings,
): RankingSettings {
  const tables = customers.map((customer) =>
    candidateTable(signalsOf(ranker, basketsOf(customer.history), cut, factorsOf(customer)), customer),
  );
  return {
    ...settings,
    weights: fitWeights(tables).weights,
    discoverWeights: fitDiscoverWeights(tables).weights,
  };
}

/**
 * The trees but those that the blend beats beyond noise over the customers of `moments`: where there is enough to learn from, trees are
 * rarely worse, and a lead of the blend within the noise of one window is no sign of it.
 * @param settings of the blend
 */
function noWorseThanBlend(
  trees: LearnedRanker['trees'],
  { ranker, cut, customers, factorsOf }: LabelledMoments,
  settings: RankingSettings,
  { seed, onProgress }: FitAlsOptions,
): LearnedRanker['trees'] {
  if (trees.any === null && trees.novel === null) return trees;
  const [ours, theirs] = [
    learned(withTrees(ranker, trees), { cut }, factorsOf),
    blend({ ...ranker, settings }, { cut }, factorsOf),
  ].map((method) => measure(method, ranker.catalogue, customers, LIST_LENGTH));
  const kept = (kind: ListKind): TreeEnsemble | null => {
    const ensemble = trees[kind];
    if (ensemble === null || ours === undefined || theirs === undefined) return null;
    const { low, high } = pairedBootstrap(ours[kind].ndcgOf, theirs[kind].ndcgOf, seed);
    const values = [ours[kind].ndcg, theirs[kind].ndcg, low, high].map((value) => value.toFixed(4));
    const [own, other, ...interval] = values;
    onProgress?.(
      `validation of ${ensemble.trees.length} trees for ${kind}: ${own}, blend ${other}, between them ${interval.join(' to ')}`,
    );
    return high < 0 ? null : ensemble;
  };
  return { any: kept('any'), novel: kept('novel') };
}

function sampledOf(
  rows: Readonly<Record<ListKind, RankingRows>>,
  seed: number,
): Record<ListKind, RankingRows> {
  return {
    any: sampledRows(rows.any, NEGATIVES, seed),
    novel: sampledRows(rows.novel, NEGATIVES, seed),
  };
}

function recallText(kind: ListKind, { candidates, all, ...sources }: CandidateRecall): string {
  const shares = Object.entries(sources).map(([source, share]) => `${source} ${share.toFixed(3)}`);
  return `validation recall of ${candidates.toFixed(0)} candidates for ${kind}: ${all.toFixed(3)} (${shares.join(', ')})`;
}

/** The shop before the cut. */
export function shopAt(
  { histories, cut }: TemporalSplit,
  categories: LearnedOptions['categories'],
): ShopState {
  return shopStateOf(histories.values(), cut, categories);
}

/** What customers of a window, evenly drawn where there are many, bought of the candidates that they had when it began. */
function momentsOf(
  split: TemporalSplit,
  model: AlsModel,
  settings: RankingSettings,
  categories: LearnedOptions['categories'],
): LabelledMoments {
  const untrained = { shop: shopAt(split, categories), trees: { any: null, novel: null } };
  const ranker = rankerAt(split, model, settings, untrained);
  return {
    ranker,
    cut: split.cut,
    customers: sampledCustomers(split.customers),
    factorsOf: foldedFactors(ranker, split.cut),
  };
}

function withTrees(ranker: Ranker, trees: LearnedRanker['trees']): Ranker {
  return ranker.learned === null ? ranker : { ...ranker, learned: { ...ranker.learned, trees } };
}

function train(
  rows: RankingRows,
  kind: ListKind,
  { seed, signal, onProgress }: FitAlsOptions,
  maxTrees: number,
  validation?: RankingRows,
): Promise<TrainedRanker> {
  onProgress?.(
    `trees for ${kind}: ${rows.labels.length} rows of ${rows.groups.length} customers and windows`,
  );
  return trainRanker(rows, { ...RECIPE, seed, maxTrees }, { validation, signal });
}
