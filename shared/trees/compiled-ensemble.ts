import { MemoryLayout, PAGE_BYTES } from '../wasm/index.ts';
import { wasmBase64 } from './kernel/predict.wasm.ts';
import { type DecisionTree, type TreeEnsemble, ZERO_THRESHOLD } from './tree-ensemble.ts';

/** Of a block, so that it stays in cache: a multiple of the rows that the kernel walks abreast. */
const ROWS_PER_BLOCK = 24;

const NODE_BYTES = 16;
const TREE_BYTES = 8;
const COLUMN_BYTES = 8;

/**
 * Features are float32, so every finite threshold above all of them does the same as this one; between it and what is missing,
 * an infinite value and an infinite threshold have their place.
 */
const GREATEST_THRESHOLD = 1e299;
const INFINITE = 1e300;

/**
 * An ensemble in a memory of its own, that is walked without a branch that a processor could guess wrong: both children of a node are
 * next to each other, so the comparison is added to the place of the left one; a leaf is its own left child, so every row takes
 * as many steps as its tree is deep; missing values are infinite, so that nodes only compare.
 */
export class CompiledEnsemble {
  readonly #kernel: Kernel;
  // Of one block of rows.
  readonly #features: Float32Array;
  readonly #sums: Float64Array;

  /** @param width features of a row */
  constructor({ trees }: TreeEnsemble, width: number) {
    const columns = columnsOf(trees);
    const places = trees.reduce((sum, tree) => sum + placesOf(tree), 0);
    const space = new MemoryLayout();
    const at = {
      trees: space.take(TREE_BYTES * trees.length),
      nodes: space.take(NODE_BYTES * places),
      values: space.take(8 * places),
      columns: space.take(COLUMN_BYTES * columns.length),
      inputs: space.take(8 * ROWS_PER_BLOCK * columns.length),
      features: space.take(4 * ROWS_PER_BLOCK * width),
      sums: space.take(8 * ROWS_PER_BLOCK),
    };
    const memory = new WebAssembly.Memory({ initial: Math.ceil(space.end / PAGE_BYTES) });
    const { buffer } = memory;

    const table = new Uint32Array(buffer, at.trees, 2 * trees.length);
    const nodes = new DataView(buffer, at.nodes, NODE_BYTES * places);
    const values = new Float64Array(buffer, at.values, places);
    const columnAt = new Map(columns.map(({ key }, index) => [key, 8 * index]));
    let root = 0;
    trees.forEach((tree, index) => {
      const depth = place(tree, root, columnAt, nodes, values);
      table.set([NODE_BYTES * root, depth], 2 * index);
      root += placesOf(tree);
    });
    new Uint32Array(buffer, at.columns, 2 * columns.length).set(
      columns.flatMap(({ feature, decision }) => [4 * feature, decision]),
    );

    const { exports } = new WebAssembly.Instance(compiled(), { env: { memory } });
    this.#kernel = exports as unknown as Kernel;
    this.#kernel.open(
      trees.length,
      at.trees,
      at.nodes,
      at.values,
      columns.length,
      at.columns,
      at.inputs,
      width,
      at.features,
      at.sums,
      ZERO_THRESHOLD,
      INFINITE,
    );
    this.#features = new Float32Array(buffer, at.features, ROWS_PER_BLOCK * width);
    this.#sums = new Float64Array(buffer, at.sums, ROWS_PER_BLOCK);
  }

  /** @param features row-major, `out.length` × `width` */
  predict(features: Float32Array, width: number, out: Float64Array): void {
    for (let from = 0; from < out.length; from += ROWS_PER_BLOCK) {
      const rows = Math.min(ROWS_PER_BLOCK, out.length - from);
      this.#features.set(features.subarray(from * width, (from + rows) * width));
      this.#kernel.predict(rows);
      out.set(this.#sums.subarray(0, rows), from);
    }
  }
}

interface Kernel {
  open(
    trees: number,
    treesAt: number,
    nodesAt: number,
    valuesAt: number,
    columns: number,
    columnsAt: number,
    inputsAt: number,
    width: number,
    featuresAt: number,
    sumsAt: number,
    zeroThreshold: number,
    infinite: number,
  ): void;
  predict(rows: number): void;
}

/** A value as nodes of one kind see it: what is missing is moved to the end of the axis that it goes to. */
interface Column {
  readonly key: string;
  readonly feature: number;
  readonly decision: number;
}

function columnsOf(trees: readonly DecisionTree[]): Column[] {
  const columns = new Map<string, Column>();
  for (const { features, decisions } of trees) {
    features.forEach((feature, node) => {
      const decision = decisions[node]!;
      const key = columnKey(feature, decision);
      columns.set(key, { key, feature, decision });
    });
  }
  return [...columns.values()];
}

function columnKey(feature: number, decision: number): string {
  return `${feature} ${decision}`;
}

function placesOf({ features, leafValues }: DecisionTree): number {
  return features.length + leafValues.length;
}

/** Lays a tree out from `root` on, level by level. @returns its depth */
function place(
  tree: DecisionTree,
  root: number,
  columnAt: ReadonlyMap<string, number>,
  nodes: DataView,
  values: Float64Array,
): number {
  const write = (at: number, threshold: number, column: number, left: number): void => {
    nodes.setFloat64(NODE_BYTES * at, threshold, true);
    nodes.setUint32(NODE_BYTES * at + 8, column, true);
    nodes.setUint32(NODE_BYTES * at + 12, NODE_BYTES * left, true);
  };
  let next = root + 1;
  let level = [tree.features.length === 0 ? ~0 : 0];
  let at = root;
  for (let depth = 0; ; depth++) {
    const below: number[] = [];
    for (const node of level) {
      if (node < 0) {
        write(at, Infinity, 0, at);
        values[at] = tree.leafValues[~node]!;
      } else {
        const column = columnAt.get(columnKey(tree.features[node]!, tree.decisions[node]!))!;
        write(at, comparable(tree.thresholds[node]!), column, next);
        next += 2;
        below.push(tree.leftChildren[node]!, tree.rightChildren[node]!);
      }
      at++;
    }
    if (below.length === 0) return depth;
    level = below;
  }
}

function comparable(threshold: number): number {
  return threshold === Infinity ? INFINITE : Math.min(threshold, GREATEST_THRESHOLD);
}

let module: WebAssembly.Module | null = null;

/** Compiled once a process, when first needed. */
function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  return module;
}
