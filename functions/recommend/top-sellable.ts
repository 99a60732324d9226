import { type RankedShelf, type Recommendations, topOf } from '../../shared/ranking/index.ts';
import { isSellable, type ProductReader } from '../../shared/serving/index.ts';
import type { RecommendRequest } from './request.ts';

/** How many products are looked at first, as a multiple of those asked for, and how much deeper each further look goes. */
const FIRST_LOOK = 4;
const DEEPER = 10;

/**
 * The best `n` that can be sold at this moment. The shelf is scored once; products are read from the top of it down, as deep as it
 * takes, and one that is known not to be sellable is left out before the best are selected again.
 */
export async function topSellable(
  shelf: RankedShelf,
  { category, exclude, n }: RecommendRequest,
  products: ProductReader,
): Promise<Recommendations> {
  const excluded = new Set<number>(exclude);
  /** As far as it is known. */
  const mayBeSold = (id: number): boolean => {
    if (excluded.has(id)) return false;
    if (!products.hasRead(id)) return true;
    const product = products.known(id);
    return isSellable(product) && (category === undefined || product.category === category);
  };
  for (let depth = FIRST_LOOK * n; ; depth *= DEEPER) {
    await products.read(topOf(shelf, depth, mayBeSold).items.map(({ product }) => product));
    const best = topOf(shelf, n, mayBeSold);
    if (best.items.every(({ product }) => products.hasRead(product))) return best;
  }
}
