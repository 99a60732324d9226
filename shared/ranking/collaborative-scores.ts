import { positionOf } from '../als/index.ts';
import { categoryScores } from './category-affinity.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import { addNeighbours } from './neighbour-table.ts';
import type { ShopState } from './shop-state.ts';

/** By what of other customers' purchases a product is scored for one customer. */
export const COLLABORATIVE_SOURCES = [
  'als',
  /** Similarity to what the customer bought, by the customers who bought both; recent and repeated purchases weigh more. */
  'neighbours',
  /** The same by the baskets that held both. */
  'companions',
  /** Similarity to the products of the latest basket, by the baskets that held both. */
  'together',
  /** Recent orders of others in the categories that the customer buys, where categories are known. */
  'category',
] as const;
export type CollaborativeSource = (typeof COLLABORATIVE_SOURCES)[number];

/** By position in the shop; 0 where a source has nothing to say, and empty where it never has. */
export type CollaborativeScores = Readonly<Record<CollaborativeSource, Float64Array>>;

/** Indices into `HALF_LIVES` of the days after which a purchase counts half. */
const NEIGHBOURS_HALF_LIFE = 2;
const COMPANIONS_HALF_LIFE = 1;

/** @param als predicted preferences by position in the shop */
export function collaborativeScores(
  shop: ShopState,
  customer: CustomerStatistics,
  als: Float64Array,
): CollaborativeScores {
  const neighbours = new Float64Array(shop.products.length);
  const companions = new Float64Array(shop.products.length);
  const together = new Float64Array(shop.products.length);
  for (const [product, { decayed }] of customer.own) {
    const position = positionOf(shop.products, product);
    if (position < 0) continue;
    addNeighbours(shop.neighbours, position, Math.log1p(decayed[NEIGHBOURS_HALF_LIFE]!), neighbours);
    addNeighbours(shop.together, position, Math.log1p(decayed[COMPANIONS_HALF_LIFE]!), companions);
  }
  for (const product of customer.lastBasket) {
    const position = positionOf(shop.products, product);
    if (position >= 0) addNeighbours(shop.together, position, 1, together);
  }
  return { als, neighbours, companions, together, category: categoryScores(shop, customer) };
}
