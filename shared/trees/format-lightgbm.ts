/**
 * The text format of LightGBM's models, version v4, which its `save_model` writes and `Booster(model_file=…)` reads
 * (https://lightgbm.readthedocs.io/en/latest/C-API.html#c.LGBM_BoosterSaveModelToString; described by example: there is no
 * specification). Numbers are written in as many digits as give the same number back.
 */

import { checkFeatureNames } from './ranking-rows.ts';
import { childrenFirst, type DecisionTree, type TreeEnsemble } from './tree-ensemble.ts';

/** @throws PlatformError `ranking_rows` for a feature name that the format cannot hold */
export function formatLightGbm(ensemble: TreeEnsemble): string {
  const { objective, featureNames, featureInfos } = ensemble;
  checkFeatureNames(featureNames);
  const trees = ensemble.trees.map((tree, index) => `${linesOfTree(tree, index).join('\n')}\n\n\n`);
  const header = [
    'tree',
    'version=v4',
    'num_class=1',
    'num_tree_per_iteration=1',
    'label_index=0',
    `max_feature_idx=${featureNames.length - 1}`,
    `objective=${objective}`,
    `feature_names=${featureNames.join(' ')}`,
    `feature_infos=${featureInfos.join(' ')}`,
    `tree_sizes=${trees.map((text) => text.length).join(' ')}`,
  ];
  return [
    `${header.join('\n')}\n\n`,
    ...trees,
    'end of trees\n\n',
    `feature_importances:\n${linesOfImportances(ensemble).join('')}\n`,
  ].join('');
}

function linesOfTree(tree: DecisionTree, index: number): string[] {
  const { weights, counts, values } = sumsOfNodes(tree);
  return [
    `Tree=${index}`,
    `num_leaves=${tree.leafValues.length}`,
    'num_cat=0',
    `split_feature=${tree.features.join(' ')}`,
    `split_gain=${tree.gains.join(' ')}`,
    `threshold=${tree.thresholds.join(' ')}`,
    `decision_type=${tree.decisions.join(' ')}`,
    `left_child=${tree.leftChildren.join(' ')}`,
    `right_child=${tree.rightChildren.join(' ')}`,
    `leaf_value=${tree.leafValues.join(' ')}`,
    `leaf_weight=${tree.leafWeights.join(' ')}`,
    `leaf_count=${tree.leafCounts.join(' ')}`,
    `internal_value=${values.join(' ')}`,
    `internal_weight=${weights.join(' ')}`,
    `internal_count=${counts.join(' ')}`,
    'is_linear=0',
    `shrinkage=${tree.shrinkage}`,
  ];
}

/** Of each inner node what its leaves have together; its value is their mean by weight. No prediction needs them. */
function sumsOfNodes(tree: DecisionTree): {
  readonly weights: Float64Array;
  readonly counts: Float64Array;
  readonly values: Float64Array;
} {
  const nodes = tree.features.length;
  const weights = new Float64Array(nodes);
  const counts = new Float64Array(nodes);
  const values = new Float64Array(nodes);
  for (const node of childrenFirst(tree)) {
    for (const child of [tree.leftChildren[node]!, tree.rightChildren[node]!]) {
      const weight = child < 0 ? tree.leafWeights[~child]! : weights[child]!;
      weights[node]! += weight;
      counts[node]! += child < 0 ? tree.leafCounts[~child]! : counts[child]!;
      values[node]! += weight * (child < 0 ? tree.leafValues[~child]! : values[child]!);
    }
    if (weights[node]! > 0) values[node]! /= weights[node]!;
  }
  return { weights, counts, values };
}

function linesOfImportances({ featureNames, trees }: TreeEnsemble): string[] {
  const splits = new Float64Array(featureNames.length);
  for (const { features } of trees) for (const feature of features) splits[feature]! += 1;
  return [...splits.keys()]
    .filter((feature) => splits[feature]! > 0)
    .sort((a, b) => splits[b]! - splits[a]!)
    .map((feature) => `${featureNames[feature]}=${splits[feature]}\n`);
}
