import {
  DEFAULT_LEFT,
  type DecisionTree,
  MISSING_BITS,
  MISSING_NONE,
  MISSING_ZERO,
  type TreeEnsemble,
  ZERO_THRESHOLD,
} from './tree-ensemble.ts';

/** Rows that are walked in turn, so that one waits for memory while others compute; and of a block, so that it stays in cache. */
const ROWS_ABREAST = 4;
const ROWS_PER_BLOCK = 5 * ROWS_ABREAST;

/**
 * Features are float32, so every finite threshold above all of them does the same as this one; between it and what is missing,
 * an infinite value and an infinite threshold have their place.
 */
const GREATEST_THRESHOLD = 1e299;
const INFINITE = 1e300;

/** A value as nodes of one kind see it: what is missing is moved to the end of the axis that it goes to. */
interface Column {
  readonly feature: number;
  readonly decision: number;
}

/**
 * An ensemble as flat arrays that are walked without a branch that a processor could guess wrong: both children of a node are
 * next to each other, so the comparison is added to the place of the left one; a leaf is its own left child, so every row takes
 * as many steps as its tree is deep; missing values are infinite, so that nodes only compare.
 */
export class CompiledEnsemble {
  readonly #columns: readonly Column[];
  // Of each tree.
  readonly #roots: number[] = [];
  readonly #depths: number[] = [];
  // Of each node and leaf.
  readonly #columnOf: Int32Array;
  readonly #thresholds: Float64Array;
  readonly #leftChildren: Int32Array;
  readonly #values: Float64Array;
  // Of one block of rows.
  readonly #inputs: Float64Array;
  readonly #sums = new Float64Array(ROWS_PER_BLOCK);

  constructor({ trees }: TreeEnsemble) {
    const places = trees.reduce(
      (sum, { features, leafValues }) => sum + features.length + leafValues.length,
      0,
    );
    this.#columnOf = new Int32Array(places);
    this.#thresholds = new Float64Array(places).fill(Infinity);
    this.#leftChildren = new Int32Array(places);
    this.#values = new Float64Array(places);
    const columns = new Map<string, Column & { readonly index: number }>();
    const columnOf = (feature: number, decision: number): number => {
      const key = `${feature} ${decision}`;
      const column = columns.get(key) ?? { feature, decision, index: columns.size };
      columns.set(key, column);
      return column.index;
    };
    let root = 0;
    for (const tree of trees) {
      this.#roots.push(root);
      this.#depths.push(this.#place(tree, root, columnOf));
      root += tree.features.length + tree.leafValues.length;
    }
    this.#columns = [...columns.values()];
    this.#inputs = new Float64Array(ROWS_PER_BLOCK * columns.size);
  }

  /** @param features row-major, `out.length` × `width` */
  predict(features: Float32Array, width: number, out: Float64Array): void {
    for (let from = 0; from < out.length; from += ROWS_PER_BLOCK) {
      const rows = Math.min(ROWS_PER_BLOCK, out.length - from);
      for (let row = 0; row < rows; row++) this.#read(features, (from + row) * width, row);
      this.#sums.fill(0);
      for (let tree = 0; tree < this.#roots.length; tree++)
        this.#walk(this.#roots[tree]!, this.#depths[tree]!, rows);
      out.set(this.#sums.subarray(0, rows), from);
    }
  }

  /** Lays a tree out from `root` on, level by level. @returns its depth */
  #place(tree: DecisionTree, root: number, columnOf: (feature: number, decision: number) => number): number {
    let next = root + 1;
    let level = [tree.features.length === 0 ? ~0 : 0];
    let place = root;
    for (let depth = 0; ; depth++) {
      const below: number[] = [];
      for (const node of level) {
        if (node < 0) {
          this.#leftChildren[place] = place;
          this.#values[place] = tree.leafValues[~node]!;
        } else {
          this.#columnOf[place] = columnOf(tree.features[node]!, tree.decisions[node]!);
          this.#thresholds[place] = comparable(tree.thresholds[node]!);
          this.#leftChildren[place] = next;
          next += 2;
          below.push(tree.leftChildren[node]!, tree.rightChildren[node]!);
        }
        place++;
      }
      if (below.length === 0) return depth;
      level = below;
    }
  }

  #read(features: Float32Array, at: number, row: number): void {
    const columns = this.#columns;
    const to = row * columns.length;
    for (let column = 0; column < columns.length; column++) {
      const { feature, decision } = columns[column]!;
      this.#inputs[to + column] = asSeen(features[at + feature]!, decision);
    }
  }

  /** Rows behind the last are walked too, to no effect: their sums are not read. */
  #walk(root: number, depth: number, rows: number): void {
    const inputs = this.#inputs;
    const columnOf = this.#columnOf;
    const thresholds = this.#thresholds;
    const leftChildren = this.#leftChildren;
    const values = this.#values;
    const sums = this.#sums;
    const width = this.#columns.length;
    for (let row = 0; row < rows; row += ROWS_ABREAST) {
      const first = row * width;
      const second = first + width;
      const third = second + width;
      const fourth = third + width;
      let a = root;
      let b = root;
      let c = root;
      let d = root;
      for (let step = 0; step < depth; step++) {
        a = leftChildren[a]! + Number(inputs[first + columnOf[a]!]! > thresholds[a]!);
        b = leftChildren[b]! + Number(inputs[second + columnOf[b]!]! > thresholds[b]!);
        c = leftChildren[c]! + Number(inputs[third + columnOf[c]!]! > thresholds[c]!);
        d = leftChildren[d]! + Number(inputs[fourth + columnOf[d]!]! > thresholds[d]!);
      }
      sums[row]! += values[a]!;
      sums[row + 1]! += values[b]!;
      sums[row + 2]! += values[c]!;
      sums[row + 3]! += values[d]!;
    }
  }
}

/** What a node with this decision compares: `goesLeft` of value and threshold is `asSeen <= comparable`. */
function asSeen(value: number, decision: number): number {
  const missing = decision & MISSING_BITS;
  const isMissing = missing === MISSING_ZERO ? !(Math.abs(value) > ZERO_THRESHOLD) : Number.isNaN(value);
  if (!isMissing) return Math.min(value, INFINITE);
  if (missing === MISSING_NONE) return 0;
  return (decision & DEFAULT_LEFT) !== 0 ? -Infinity : Infinity;
}

function comparable(threshold: number): number {
  return threshold === Infinity ? INFINITE : Math.min(threshold, GREATEST_THRESHOLD);
}
