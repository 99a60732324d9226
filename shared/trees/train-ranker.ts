/**
 * Gradient-boosted trees with the LambdaRank objective, grown leaf by leaf from histograms (Ke et al. 2017, "LightGBM: A Highly
 * Efficient Gradient Boosting Decision Tree"). The trees are LightGBM's where nothing is drawn; LightGBM
 * draws other random numbers, and estimates how many rows a leaf has.
 */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { type FeatureBins, findBins } from './feature-bins.ts';
import { checkRankerParameters, type RankerParameters } from './ranker-parameters.ts';
import { checkFeatureNames, queryStarts, type RankingRows } from './ranking-rows.ts';
import { TreeDraws } from './tree-draws.ts';
import type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';
import { TreeGrower } from './tree-grower.ts';
import { treeMemory } from './tree-memory.ts';

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
  /** Threads to grow with at most; as many as there are processors. The trees do not depend on it, bit by bit. */
  readonly threads?: number | undefined;
}

export interface TrainedRanker {
  readonly ensemble: TreeEnsemble;
  /** NDCG on the validation rows after each tree that was grown, those that early stopping dropped among them; empty without. */
  readonly validationNdcg: readonly number[];
}

/**
 * Deterministic by seed, rows and parameters, for any number of threads. The main thread finds bins in turns of some ten
 * milliseconds, and draws; of a training so small that a tree takes no longer, it does all. Ends before `maxTrees` where no split
 * gains, and by early stopping where parameters and validation rows ask for it.
 * Memory: see `treeMemory`, beside the rows.
 * @throws PlatformError `ranker_parameter`, `ranking_rows`, `ranker_memory`, `kernel_thread`
 */
export async function trainRanker(
  rows: RankingRows,
  parameters: RankerParameters,
  options: TrainRankerOptions = {},
): Promise<TrainedRanker> {
  const { validation = null, signal, threads = availableParallelism() } = options;
  checkRankerParameters(parameters);
  checkFeatureNames(rows.featureNames);
  queryStarts(rows);
  checkValidation(validation, rows, parameters);
  const breathe = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const bins = await findBins(rows, parameters.maxBins, parameters.seed, breathe);
  const memory = await treeMemory({ rows, bins, validation }, parameters, threads, breathe);
  const grower = new TreeGrower(memory, bins);
  const abort = () => Atomics.store(memory.stop, 0, 1);
  signal?.addEventListener('abort', abort);
  try {
    const draws = new TreeDraws(rows.labels.length, bins, parameters);
    const { trees, validationNdcg } = await boost(grower, draws, parameters, options);
    return { ensemble: ensembleOf(trees, rows, bins), validationNdcg };
  } finally {
    signal?.removeEventListener('abort', abort);
    await grower.close();
  }
}

async function boost(
  grower: TreeGrower,
  draws: TreeDraws,
  { maxTrees, earlyStoppingRounds = Infinity }: RankerParameters,
  { validation, signal, onProgress }: TrainRankerOptions,
): Promise<{ readonly trees: readonly DecisionTree[]; readonly validationNdcg: readonly number[] }> {
  const trees: DecisionTree[] = [];
  const validationNdcg: number[] = [];
  let bestTrees = 0;
  let draw = draws.next();
  while (trees.length < maxTrees && trees.length - bestTrees < earlyStoppingRounds) {
    const growing = grower.grow(draw);
    // While the threads grow it.
    draw = draws.next();
    const tree = await growing;
    signal?.throwIfAborted();
    if (tree.features.length === 0) break;
    trees.push(tree);
    if (validation !== undefined) validationNdcg.push(grower.validationNdcg());
    if (validation === undefined || validationNdcg.at(-1)! > (validationNdcg[bestTrees - 1] ?? -Infinity))
      bestTrees = trees.length;
    onProgress?.({
      tree: trees.length,
      maxTrees,
      ...(validation === undefined ? {} : { validationNdcg: validationNdcg.at(-1)! }),
    });
  }
  return { trees: earlyStoppingRounds === Infinity ? trees : trees.slice(0, bestTrees), validationNdcg };
}

function checkValidation(
  validation: RankingRows | null,
  rows: RankingRows,
  { earlyStoppingRounds }: RankerParameters,
): void {
  if (validation === null) {
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
  bins: readonly FeatureBins[],
): TreeEnsemble {
  const featureInfos = bins.map(({ upperBounds, hasMissing, least, greatest }) =>
    upperBounds.length > 1 || (hasMissing && least <= greatest) ? `[${least}:${greatest}]` : 'none',
  );
  return { objective: 'lambdarank', featureNames: [...featureNames], featureInfos, trees };
}
