import { PlatformError } from '../errors.ts';
import { goesLeft } from './decide.ts';
import { nodeSums } from './node-sums.ts';
import type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';

/** Of each tree the mean of every inner node; kept as long as the ensemble is. */
const meansByEnsemble = new WeakMap<TreeEnsemble, readonly Float64Array[]>();

/**
 * How much each feature moved a row's score, by the row's path (Saabas 2014, http://blog.datadive.net/interpreting-random-forests/):
 * each split on the way down gives its feature the change of the mean score of the training rows below. Exact in sum, quick, and
 * dependent on the order of splits: not Shapley values, which LightGBM's `pred_contrib` gives.
 * @param row one value a feature, NaN = missing
 * @param out length features + 1; the last becomes the mean score in training, and the sum of all is the row's score
 * @throws PlatformError `ranking_rows` if the sizes do not fit
 */
export function contributionsOf(ensemble: TreeEnsemble, row: Float32Array, out: Float64Array): void {
  const width = ensemble.featureNames.length;
  if (row.length !== width || out.length !== width + 1)
    throw new PlatformError(
      'ranking_rows',
      `a row of ${row.length} values into ${out.length} contributions, for ${width} features and 1 mean`,
    );
  out.fill(0);
  const means = meansOf(ensemble);
  for (const [index, tree] of ensemble.trees.entries()) addContributions(tree, means[index]!, row, out);
}

function addContributions(
  tree: DecisionTree,
  means: Float64Array,
  row: Float32Array,
  out: Float64Array,
): void {
  const valueAt = (child: number) => (child < 0 ? tree.leafValues[~child]! : means[child]!);
  let node = tree.features.length === 0 ? ~0 : 0;
  let value = valueAt(node);
  out[row.length]! += value;
  while (node >= 0) {
    const feature = tree.features[node]!;
    const left = goesLeft(row[feature]!, tree.thresholds[node]!, tree.decisions[node]!);
    node = left ? tree.leftChildren[node]! : tree.rightChildren[node]!;
    out[feature]! += valueAt(node) - value;
    value = valueAt(node);
  }
}

function meansOf(ensemble: TreeEnsemble): readonly Float64Array[] {
  let means = meansByEnsemble.get(ensemble);
  if (means === undefined) {
    means = ensemble.trees.map((tree) => nodeSums(tree).means);
    meansByEnsemble.set(ensemble, means);
  }
  return means;
}
