import { type AlsModel, bitmapOf, indexItems, positionOf, topItems } from '../als/index.ts';
import { listMetrics } from './metrics.ts';
import type { CustomerAtCut } from './temporal-split.ts';

const K = 10;

/**
 * How well ALS alone ranks its items for customers that it was trained with: the sum over them of NDCG@10 with repeats and of
 * NDCG@10 without. A customer that it does not know, or with nothing to find, adds 0.
 */
export function alsQuality(model: AlsModel, customers: readonly CustomerAtCut[]): number {
  const { rank } = model.parameters;
  const index = indexItems(model.itemFactors, rank);
  const ndcg = (factors: Float32Array, truth: ReadonlySet<number>, eligible?: Uint8Array): number => {
    if (truth.size === 0) return 0;
    const { items } = topItems(index, factors, K, { eligible });
    const list = Array.from(items, (position) => model.itemIds[position]!);
    return listMetrics(list, truth, K).ndcg;
  };
  let sum = 0;
  for (const { customer, history, truth, novelTruth } of customers) {
    const row = positionOf(model.userIds, customer);
    if (row < 0) continue;
    const factors = model.userFactors.subarray(row * rank, (row + 1) * rank);
    sum += ndcg(factors, truth);
    if (novelTruth.size > 0) sum += ndcg(factors, novelTruth, newTo(history, model.itemIds));
  }
  return sum;
}

/** The items that the customer never bought. */
function newTo(history: CustomerAtCut['history'], itemIds: Int32Array): Uint8Array {
  const eligible = bitmapOf(itemIds.length, () => true);
  for (const { product } of history) {
    const item = positionOf(itemIds, product);
    if (item >= 0) eligible[item >> 3]! &= ~(1 << (item & 7));
  }
  return eligible;
}
