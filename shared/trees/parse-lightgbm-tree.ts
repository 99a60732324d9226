import { damaged, type ModelLines, unsupported } from './model-lines.ts';
import { childrenFirst, DEFAULT_LEFT, type DecisionTree, MISSING_BITS } from './tree-ensemble.ts';

const CATEGORICAL = 1;
const MOST = 2 ** 31 - 1;

/** @throws PlatformError `model_text`, `model_unsupported` */
export function parseTree(lines: ModelLines, width: number): DecisionTree {
  refuseOtherKinds(lines);
  const leaves = lines.whole('num_leaves', 1);
  const nodes = leaves - 1;
  const decisions = Uint8Array.from(
    lines.wholes('decision_type', nodes, 0, DEFAULT_LEFT | MISSING_BITS | CATEGORICAL),
  );
  if (decisions.some((decision) => (decision & CATEGORICAL) !== 0))
    throw unsupported(lines.lineOf('decision_type'), 'a categorical split; only numeric features are served');
  if (decisions.some((decision) => (decision & MISSING_BITS) === MISSING_BITS))
    throw damaged(
      lines.lineOf('decision_type'),
      'decision_type has a kind of missing value that does not exist',
    );
  const thresholds = lines.numbers('threshold', nodes);
  // An infinite one parts what is missing from all else.
  if (thresholds.some(Number.isNaN)) throw damaged(lines.lineOf('threshold'), 'a threshold is not a number');
  const leafValues = lines.numbers('leaf_value', leaves);
  if (!leafValues.every(Number.isFinite))
    throw damaged(lines.lineOf('leaf_value'), 'a leaf value is not finite');
  // A tree of one leaf has no weights.
  const tree: DecisionTree = {
    features: lines.wholes('split_feature', nodes, 0, width - 1),
    thresholds,
    decisions,
    leftChildren: lines.wholes('left_child', nodes, -leaves, nodes - 1),
    rightChildren: lines.wholes('right_child', nodes, -leaves, nodes - 1),
    gains: lines.numbers('split_gain', nodes),
    leafValues,
    leafWeights: nodes === 0 ? new Float64Array(1) : lines.numbers('leaf_weight', leaves),
    leafCounts: nodes === 0 ? new Int32Array(1) : lines.wholes('leaf_count', leaves, 0, MOST),
    shrinkage: lines.numbers('shrinkage', 1)[0]!,
  };
  checkConnected(tree, lines);
  return tree;
}

function refuseOtherKinds(lines: ModelLines): void {
  if (lines.whole('num_cat', 0) > 0)
    throw unsupported(lines.lineOf('num_cat'), 'a categorical split; only numeric features are served');
  if (lines.has('is_linear') && lines.whole('is_linear', 0, 1) === 1)
    throw unsupported(lines.lineOf('is_linear'), 'a linear tree; only constant leaves are served');
}

/** Every node and every leaf must hang in the tree once: otherwise a walk would not end, or end in the wrong place. */
function checkConnected(tree: DecisionTree, lines: ModelLines): void {
  const children = [...tree.leftChildren, ...tree.rightChildren];
  if (children.includes(0) || new Set(children).size !== children.length)
    throw damaged(
      lines.lineOf('left_child'),
      'a node or leaf is the child of two nodes, or the root is a child',
    );
  if (childrenFirst(tree).length !== tree.features.length)
    throw damaged(lines.lineOf('left_child'), 'some nodes do not hang below the root');
}
