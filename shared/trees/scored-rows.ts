import { leafOf } from './decide.ts';
import type { LeafRows } from './leaf-rows.ts';
import type { RankingRows } from './ranking-rows.ts';
import type { DecisionTree } from './tree-ensemble.ts';

/** Rows and the sum of what the trees so far say of them. */
export class ScoredRows {
  readonly rows: RankingRows;
  readonly scores: Float64Array;

  constructor(rows: RankingRows) {
    this.rows = rows;
    this.scores = new Float64Array(rows.labels.length);
  }

  /** Sends rows down a tree; without `positions` all of them. */
  add(tree: DecisionTree, positions?: Int32Array): void {
    const { features, featureNames } = this.rows;
    const count = positions?.length ?? this.scores.length;
    for (let at = 0; at < count; at++) {
      const row = positions === undefined ? at : positions[at]!;
      this.scores[row]! += tree.leafValues[leafOf(tree, features, row * featureNames.length)]!;
    }
  }

  /** The same for the rows that the tree was grown from, whose leaves are known. */
  addGrown({ leafValues }: DecisionTree, leafRows: LeafRows): void {
    for (let leaf = 0; leaf < leafValues.length; leaf++) {
      const value = leafValues[leaf]!;
      const rows = leafRows.of(leaf);
      for (let at = 0; at < rows.length; at++) this.scores[rows[at]!]! += value;
    }
  }
}
