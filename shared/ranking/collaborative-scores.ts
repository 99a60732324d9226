import { positionOf } from '../als/index.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import { addNeighbours } from './neighbour-table.ts';
import type { ShopState } from './shop-state.ts';

/** What other customers' purchases say about every product for one customer, by position in the shop; 0 where nothing. */
export interface CollaborativeScores {
  readonly als: Float64Array;
  /** Similarity to what the customer bought, by the customers who bought both; recent and repeated purchases weigh more. */
  readonly neighbours: Float64Array;
  /** Similarity to the products of the latest basket, by the baskets that held both. */
  readonly together: Float64Array;
}

/** Index into `HALF_LIVES` of the 90 days by which a purchase counts less in `neighbours`. */
const NINETY_DAYS = 2;

/** @param als predicted preferences by position in the shop */
export function collaborativeScores(
  shop: ShopState,
  customer: CustomerStatistics,
  als: Float64Array,
): CollaborativeScores {
  const neighbours = new Float64Array(shop.products.length);
  for (const [product, { decayed }] of customer.own) {
    const position = positionOf(shop.products, product);
    if (position >= 0)
      addNeighbours(shop.neighbours, position, Math.log1p(decayed[NINETY_DAYS]!), neighbours);
  }
  const together = new Float64Array(shop.products.length);
  for (const product of customer.lastBasket) {
    const position = positionOf(shop.products, product);
    if (position >= 0) addNeighbours(shop.together, position, 1, together);
  }
  return { als, neighbours, together };
}
