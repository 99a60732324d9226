/**
 * Gradient-boosted trees with the LambdaRank objective, grown leaf by leaf from histograms (Ke et al. 2017, "LightGBM: A Highly
 * Efficient Gradient Boosting Decision Tree"). The trees are LightGBM's where nothing is drawn; LightGBM
 * draws other random numbers, and estimates how many rows a leaf has.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { type BinnedRows, binRows } from './binned-rows.ts';
import { roundForExactSums } from './exact-sums.ts';
import { LambdaGradients } from './lambda-gradients.ts';
import { meanNdcg } from './ndcg.ts';
import { checkRankerParameters, type RankerParameters } from './ranker-parameters.ts';
import { checkFeatureNames, type RankingRows } from './ranking-rows.ts';
import { ScoredRows } from './scored-rows.ts';
import { TreeDraws } from './tree-draws.ts';
import type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';
import { TreeGrower } from './tree-grower.ts';

export interface RankerProgress {
  /** Trees that are grown. */
  readonly tree: number;
  readonly maxTrees: number;
  /** On the validation rows, if there are any. */
  readonly validationNdcg?: number;
}

export interface TrainRankerOptions {
  /** Rows that no tree is grown from; they tell when to stop. */
  readonly validation?: RankingRows | undefined;
  /** Aborting rejects `trainRanker` with the signal's reason, within a fraction of a tree. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RankerProgress) => void) | undefined;
}

export interface TrainedRanker {
  readonly ensemble: TreeEnsemble;
  /** NDCG on the validation rows after each tree that was grown, those that early stopping dropped among them; empty without. */
  readonly validationNdcg: readonly number[];
}

/** Queries whose gradients are found between two turns of the event loop. */
const QUERIES_PER_TURN = 1000;

/**
 * Deterministic by seed, rows and parameters. Hands the event loop back between splits and chunks of queries. Ends before
 * `maxTrees` where no split gains, and by early stopping where parameters and validation rows ask for it.
 * @throws PlatformError `ranker_parameter`, `ranking_rows`
 */
export async function trainRanker(
  rows: RankingRows,
  parameters: RankerParameters,
  options: TrainRankerOptions = {},
): Promise<TrainedRanker> {
  checkRankerParameters(parameters);
  checkFeatureNames(rows.featureNames);
  checkValidation(options.validation, rows, parameters);
  const { maxTrees, maxBins, seed, earlyStoppingRounds = Infinity } = parameters;
  const { signal, onProgress } = options;
  const breathe = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const objective = new LambdaGradients(rows, parameters.truncationLevel);
  const validation = options.validation === undefined ? null : new ScoredRows(options.validation);
  const binned = await binRows(rows, maxBins, seed, breathe);
  const draws = new TreeDraws(binned, parameters);
  const grower = new TreeGrower(binned, parameters);
  const training = new ScoredRows(rows);
  const trees: DecisionTree[] = [];
  const validationNdcg: number[] = [];
  let bestTrees = 0;
  while (trees.length < maxTrees && trees.length - bestTrees < earlyStoppingRounds) {
    await updateGradients(objective, training.scores, breathe);
    const { inBag, outOfBag, usable } = draws.next();
    const { tree, leafRows } = await grower.grow(
      inBag,
      usable,
      objective.gradients,
      objective.hessians,
      breathe,
    );
    if (tree.features.length === 0) break;
    trees.push(tree);
    training.addGrown(tree, leafRows);
    training.add(tree, outOfBag);
    if (validation !== null) {
      validation.add(tree);
      validationNdcg.push(meanNdcg(validation.scores, validation.rows, parameters.ndcgAt));
      if (validationNdcg.at(-1)! > (validationNdcg[bestTrees - 1] ?? -Infinity)) bestTrees = trees.length;
    } else bestTrees = trees.length;
    onProgress?.({
      tree: trees.length,
      maxTrees,
      ...(validation === null ? {} : { validationNdcg: validationNdcg.at(-1)! }),
    });
  }
  const kept = parameters.earlyStoppingRounds === undefined ? trees : trees.slice(0, bestTrees);
  return { ensemble: ensembleOf(kept, rows, binned), validationNdcg };
}

async function updateGradients(
  objective: LambdaGradients,
  scores: Float64Array,
  breathe: () => Promise<void>,
): Promise<void> {
  for (let query = 0; query < objective.queryCount; query++) {
    objective.update(query, scores);
    if (query % QUERIES_PER_TURN === 0) await breathe();
  }
  roundForExactSums(objective.gradients);
  roundForExactSums(objective.hessians);
}

function checkValidation(
  validation: RankingRows | undefined,
  rows: RankingRows,
  { earlyStoppingRounds }: RankerParameters,
): void {
  if (validation === undefined) {
    if (earlyStoppingRounds === undefined) return;
    throw new PlatformError(
      'ranker_parameter',
      'earlyStoppingRounds needs validation rows, and there are none',
    );
  }
  if (validation.featureNames.join(' ') !== rows.featureNames.join(' '))
    throw new PlatformError(
      'ranking_rows',
      `the validation rows have features ${validation.featureNames.join(' ')}, the others ${rows.featureNames.join(' ')}`,
    );
}

function ensembleOf(
  trees: readonly DecisionTree[],
  { featureNames }: RankingRows,
  { bins }: BinnedRows,
): TreeEnsemble {
  const featureInfos = bins.map(({ upperBounds, hasMissing, least, greatest }) =>
    upperBounds.length > 1 || (hasMissing && least <= greatest) ? `[${least}:${greatest}]` : 'none',
  );
  return { objective: 'lambdarank', featureNames: [...featureNames], featureInfos, trees };
}
