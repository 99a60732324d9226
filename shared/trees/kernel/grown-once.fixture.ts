import { findBins } from '../feature-bins.ts';
import { RANKER_DEFAULTS, type RankerParameters } from '../ranker-parameters.ts';
import { rowsOf } from '../testing.fixture.ts';
import type { TreeDraw } from '../tree-draws.ts';
import { TreeGrower } from '../tree-grower.ts';
import { type TreeMemory, treeMemory } from '../tree-memory.ts';
import { unitsOf } from '../tree-plan.ts';

export interface FewRows {
  /** Row by row. */
  readonly values: readonly number[];
  readonly labels: readonly number[];
  readonly groups: readonly number[];
}

/** One tree of few rows, with the memory as the kernel left it. */
export async function grownOnce(
  { values, labels, groups }: FewRows,
  chosen: Partial<RankerParameters>,
  { scores, draw }: { readonly scores?: readonly number[]; readonly draw?: TreeDraw } = {},
) {
  const idle = () => Promise.resolve();
  const parameters = { ...RANKER_DEFAULTS, minRowsPerLeaf: 1, ...chosen };
  const rows = rowsOf(values, labels, groups);
  const bins = await findBins(rows, parameters.maxBins, 0, idle);
  const memory = await treeMemory({ rows, bins, validation: null }, parameters, 1, idle);
  const scored = new Float64Array(memory.memory.buffer, memory.layout.scores, labels.length);
  scored.set(scores ?? []);
  const grower = new TreeGrower(memory, bins);
  const everything = {
    inBag: Int32Array.from(labels.keys()),
    outOfBag: new Int32Array(0),
    usable: Int32Array.from(bins.keys()),
  };
  const tree = await grower.grow(draw ?? everything);
  await grower.close();
  return { tree, rows, bins, memory, scores: scored };
}

/** Gradients and hessians of all rows as they were added up. */
export function roundedGradients({ memory, plan, layout }: TreeMemory) {
  const { rows, rowBits, gradients } = layout;
  const words = new BigInt64Array(memory.buffer, gradients, 2 * rows);
  const { gradient, hessian } = unitsOf(memory.buffer, plan);
  const column = (lane: number, unit: number, shift: number) =>
    Float64Array.from({ length: rows }, (_, row) => Number(words[2 * row + lane]! >> BigInt(shift)) * unit);
  return { gradients: column(0, gradient, 0), hessians: column(1, hessian, rowBits) };
}
