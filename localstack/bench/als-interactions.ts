import { type InteractionMatrix, interactionMatrix, uniform } from '../../shared/als/index.ts';
import { readOrderLines } from '../shop/index.ts';
import { purchaseHistory } from '../shop/purchase-history.ts';
import { cumulative, drawnFrom } from './zipf.ts';

export interface InteractionSet {
  readonly name: string;
  readonly matrix: InteractionMatrix;
}

/** How often every customer of a real shop bought every product. */
export async function shopInteractions(orders: string): Promise<InteractionSet> {
  const { purchases } = await purchaseHistory(readOrderLines(orders));
  const counts = new Map<string, { readonly user: number; readonly item: number; count: number }>();
  for (const { customer, product } of purchases) {
    const key = `${customer} ${product}`;
    const pair = counts.get(key);
    if (pair === undefined) counts.set(key, { user: customer, item: product, count: 1 });
    else pair.count += 1;
  }
  const pairs = [...counts.values()];
  const matrix = interactionMatrix({
    users: Int32Array.from(pairs, ({ user }) => user),
    items: Int32Array.from(pairs, ({ item }) => item),
    values: Float32Array.from(pairs, ({ count }) => count),
  });
  return { name: 'real shop', matrix };
}

/**
 * Distinct pairs: products are drawn by Zipf's law with exponent 0.9, customers buy between a few and some hundred of them, by
 * a power law with exponent 0.6. The same for the same sizes.
 */
export function syntheticInteractions(size: {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
}): InteractionSet {
  const draw = uniform(size.interactions, 'interactions');
  const items = cumulative(size.items, 0.9);
  const activity = Float64Array.from({ length: size.users }, (_, user) => (user + 1) ** -0.6);
  const total = activity.reduce((sum, weight) => sum + weight, 0);
  const users: number[] = [];
  const bought: number[] = [];
  for (let user = 0; user < size.users; user++) {
    const wanted = Math.min(
      Math.max(2, Math.round((size.interactions * activity[user]!) / total)),
      Math.floor(size.items / 10),
    );
    const own = new Set<number>();
    while (own.size < wanted) own.add(drawnFrom(items, draw()));
    for (const item of own) {
      users.push(user);
      bought.push(item);
    }
  }
  const matrix = interactionMatrix({
    users: Int32Array.from(users),
    items: Int32Array.from(bought),
    values: Float32Array.from(users, () => 1 + Math.floor(4 * draw() ** 3)),
  });
  return { name: `${(users.length / 1e6).toFixed(1)}M synthetic`, matrix };
}
