/**
 * The text format of LightGBM's models, version v4, which its `save_model` writes and `Booster(model_file=…)` reads
 * (https://lightgbm.readthedocs.io/en/latest/C-API.html#c.LGBM_BoosterSaveModelToString; described by example: there is no
 * specification). Numbers are written in as many digits as give the same number back.
 * `internal_value`, which no prediction needs, is the mean of the leaves below by rows; LightGBM writes the value that the node had as a leaf.
 */

import { nodeSums } from './node-sums.ts';
import { checkFeatureNames } from './ranking-rows.ts';
import type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';

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
  const { weights, counts, means } = nodeSums(tree);
  return [
    `Tree=${index}`,
    `num_leaves=${tree.leafValues.length}`,
    'num_cat=0',
    `split_feature=${tree.features.join(' ')}`,
    `split_gain=${words(tree.gains)}`,
    `threshold=${words(tree.thresholds)}`,
    `decision_type=${tree.decisions.join(' ')}`,
    `left_child=${tree.leftChildren.join(' ')}`,
    `right_child=${tree.rightChildren.join(' ')}`,
    `leaf_value=${tree.leafValues.join(' ')}`,
    `leaf_weight=${tree.leafWeights.join(' ')}`,
    `leaf_count=${tree.leafCounts.join(' ')}`,
    `internal_value=${means.join(' ')}`,
    `internal_weight=${weights.join(' ')}`,
    `internal_count=${counts.join(' ')}`,
    'is_linear=0',
    `shrinkage=${tree.shrinkage}`,
  ];
}

function linesOfImportances({ featureNames, trees }: TreeEnsemble): string[] {
  const splits = new Float64Array(featureNames.length);
  for (const { features } of trees) for (const feature of features) splits[feature]! += 1;
  return [...splits.keys()]
    .filter((feature) => splits[feature]! > 0)
    .sort((a, b) => splits[b]! - splits[a]!)
    .map((feature) => `${featureNames[feature]}=${splits[feature]}\n`);
}

function words(numbers: Float64Array): string {
  return numbers.join(' ').replaceAll('Infinity', 'inf').replaceAll('NaN', 'nan');
}
