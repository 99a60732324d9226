import { kernelTeam, type ThreadTeam } from '../wasm/index.ts';
import type { FeatureBins } from './feature-bins.ts';
import { wasmBase64 } from './kernel/trees.wasm.ts';
import type { TreeDraw } from './tree-draws.ts';
import { DEFAULT_LEFT, type DecisionTree, MISSING_NAN } from './tree-ensemble.ts';
import type { TreeMemory } from './tree-memory.ts';
import { LEAF_BYTES, NODE_BYTES, planWord, readLeaf, readNode } from './tree-plan.ts';

/**
 * Grows trees leaf by leaf with a SIMD kernel in threads (`kernel/assembly/trees.ts`): the leaf whose best split gains most is
 * split next, until no split gains or there are enough. The same trees, bit by bit, for any number of threads.
 */
export class TreeGrower {
  readonly #memory: TreeMemory;
  readonly #bins: readonly FeatureBins[];
  readonly #learningRate: number;
  readonly #team: ThreadTeam;

  constructor(memory: TreeMemory, bins: readonly FeatureBins[]) {
    this.#memory = memory;
    this.#bins = bins;
    this.#learningRate = memory.layout.learningRate;
    kernel ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
    this.#team = kernelTeam(kernel, memory, memory.isSmall);
  }

  /**
   * By the gradients of the scores so far, to which the tree is added, unless it has no split. What is left where `stop` of the
   * memory was set meanwhile is no tree.
   */
  async grow({ inBag, outOfBag, usable }: TreeDraw): Promise<DecisionTree> {
    const { memory, plan, layout, scratches } = this.#memory;
    const { buffer } = memory;
    new Int32Array(buffer, layout.leafRows, inBag.length).set(inBag);
    new Int32Array(buffer, layout.outOfBag, outOfBag.length).set(outOfBag);
    planWord(buffer, plan, 'inBag')[0] = inBag.length;
    planWord(buffer, plan, 'outOfBagCount')[0] = outOfBag.length;
    const isUsable = new Uint8Array(buffer, layout.usable, layout.features).fill(0);
    for (const feature of usable) isUsable[feature] = 1;
    await this.#team.run('growTree');
    return this.#read(new DataView(buffer), scratches[0]!);
  }

  /** Of the validation rows, by all trees so far. */
  validationNdcg(): number {
    const { memory, layout, validationBest } = this.#memory;
    const ndcg = new Float64Array(memory.buffer, layout.validationNdcg, validationBest.length);
    let sum = 0;
    let queries = 0;
    for (const [query, best] of validationBest.entries()) {
      if (best === 0) continue;
      sum += ndcg[query]!;
      queries += 1;
    }
    return sum / queries;
  }

  close(): Promise<void> {
    return this.#team.close();
  }

  #read(view: DataView, scratch: number): DecisionTree {
    const { memory, plan, layout } = this.#memory;
    const leafCount = planWord(memory.buffer, plan, 'leafCount')[0]!;
    const leaves = Array.from({ length: leafCount }, (_, leaf) =>
      readLeaf(view, scratch + leaf * LEAF_BYTES),
    );
    const firstNode = scratch + layout.leaves * LEAF_BYTES;
    const nodes = Array.from({ length: leafCount - 1 }, (_, node) =>
      readNode(view, firstNode + node * NODE_BYTES),
    );
    return {
      features: Int32Array.from(nodes, ({ feature }) => feature),
      thresholds: Float64Array.from(nodes, ({ feature, bin }) => this.#bins[feature]!.upperBounds[bin]!),
      decisions: Uint8Array.from(nodes, ({ missingLeft }) => MISSING_NAN | (missingLeft ? DEFAULT_LEFT : 0)),
      leftChildren: Int32Array.from(nodes, ({ leftChild }) => leftChild),
      rightChildren: Int32Array.from(nodes, ({ rightChild }) => rightChild),
      gains: Float64Array.from(nodes, ({ gain }) => gain),
      leafValues: Float64Array.from(leaves, ({ value }) => value),
      leafWeights: Float64Array.from(leaves, ({ hessian }) => hessian),
      leafCounts: Int32Array.from(leaves, ({ count }) => count),
      shrinkage: this.#learningRate,
    };
  }
}

let kernel: WebAssembly.Module | null = null;
