import { damaged, ModelLines, unsupported } from './model-lines.ts';
import { parseTree } from './parse-lightgbm-tree.ts';
import type { DecisionTree, TreeEnsemble } from './tree-ensemble.ts';

const TREE = /^Tree=\d+$/;
const END = 'end of trees';

/**
 * Reads a model that LightGBM wrote (versions v3 and v4), of any objective with one score a row. Scores are LightGBM's
 * `predict(raw_score=True)`.
 * @throws PlatformError `model_text` for a text that is damaged, `model_unsupported` for categorical splits, linear trees,
 *   several classes and averaged forests; both name the line
 */
export function parseLightGbm(text: string): TreeEnsemble {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== 'tree') throw damaged(1, 'it should be "tree": this is no model of LightGBM');
  const end = lines.indexOf(END);
  if (end < 0) throw damaged(lines.length, `the text ends before "${END}"`);
  const starts = [...lines.keys()].filter((at) => at < end && TREE.test(lines[at]!));
  const header = new ModelLines(lines.slice(1, starts[0] ?? end), 2);
  checkKind(header);
  const featureNames = header.words('feature_names');
  const width = header.whole('max_feature_idx', 0) + 1;
  const featureInfos = header.words('feature_infos');
  for (const [key, { length }] of Object.entries({
    feature_names: featureNames,
    feature_infos: featureInfos,
  })) {
    if (length !== width)
      throw damaged(header.lineOf(key), `${key} has ${length} values for ${width} features`);
  }
  const sizes = header.words('tree_sizes').length;
  if (sizes !== starts.length)
    throw damaged(
      header.lineOf('tree_sizes'),
      `tree_sizes tells of ${sizes} trees, and there are ${starts.length}`,
    );
  const trees = starts.map((start, index): DecisionTree => {
    if (lines[start] !== `Tree=${index}`) throw damaged(start + 1, `${lines[start]} should be Tree=${index}`);
    return parseTree(new ModelLines(lines.slice(start, starts[index + 1] ?? end), start + 1), width);
  });
  return {
    objective: header.has('objective') ? header.text('objective') : 'custom',
    featureNames,
    featureInfos,
    trees,
  };
}

function checkKind(header: ModelLines): void {
  const version = header.text('version');
  if (version !== 'v3' && version !== 'v4')
    throw unsupported(header.lineOf('version'), `version ${version}; v3 and v4 are read`);
  for (const key of ['num_class', 'num_tree_per_iteration']) {
    const count = header.whole(key, 1);
    if (count !== 1)
      throw unsupported(header.lineOf(key), `${key} is ${count}: several scores a row are not served`);
  }
  if (header.has('average_output'))
    throw unsupported(header.lineOf('average_output'), 'a forest whose trees are averaged is not served');
}
