import { uniform } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerPurchase } from './purchase-log.ts';

export const PRODUCTS = 180;
const DAYS = 98;
/** Two weeks before the last purchase. */
export const CUT = 84 * DAY_MS;

/**
 * Every customer has a taste of 30 products, some of them favourites bought again and again. Two fortnights before the validation at
 * `CUT` can teach trees, which takes a hundred customers.
 */
export function shopWithTastes(customers: number): CustomerPurchase[] {
  const next = uniform(11, 'shop');
  const purchases: CustomerPurchase[] = [];
  let basket = 0;
  for (let customer = 1; customer <= customers; customer++) {
    const taste = 30 * (customer % 6);
    for (let day = 3 * next(); day < DAYS; day += 4 + 6 * next()) {
      basket += 1;
      const products = new Set(
        Array.from({ length: 4 }, () => 1 + taste + Math.floor(30 * next() ** (1 + (customer % 3)))),
      );
      if (next() < 0.3) products.add(1 + Math.floor(PRODUCTS * next()));
      for (const product of products)
        purchases.push({ customer, product, basket, at: Math.round(day * DAY_MS), quantity: 1 });
    }
  }
  return purchases;
}
