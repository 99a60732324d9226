import { type AlsModel, bitmapOf, indexItems, positionOf, topItems } from '../als/index.ts';
import { listMetrics } from './metrics.ts';
import type { CustomerAtCut } from './temporal-split.ts';

const K = 10;

/**
 * How well ALS alone finds what customers, whom it was trained with, buy for the first time: the sum over them of NDCG@10 of lists
 * without repeats. What they buy again their own history tells better, and an ALS that is chosen by it learns histories by heart.
 * A customer whom the model does not know, or with nothing new to find, adds 0.
 */
export function alsQuality(model: AlsModel, customers: readonly CustomerAtCut[]): number {
  const { rank } = model.parameters;
  const index = indexItems(model.itemFactors, rank);
  let sum = 0;
  for (const { customer, history, novelTruth } of customers) {
    const row = positionOf(model.userIds, customer);
    if (row < 0 || novelTruth.size === 0) continue;
    const factors = model.userFactors.subarray(row * rank, (row + 1) * rank);
    const { items } = topItems(index, factors, K, { eligible: newTo(history, model.itemIds) });
    const list = Array.from(items, (position) => model.itemIds[position]!);
    sum += listMetrics(list, novelTruth, K).ndcg;
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
