import { uniform } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerPurchase } from './purchase-log.ts';

/** Two weeks before the last purchase. */
export const NOW = 182 * DAY_MS;

/**
 * Every customer has eight products and uses each up in a time of its own, which trees find and the blend does not look at.
 * Half a year of it lies before `NOW`.
 */
export function shopWithRhythms(customers: number): CustomerPurchase[] {
  const next = uniform(5, 'rhythms');
  const purchases: CustomerPurchase[] = [];
  for (let customer = 1; customer <= customers; customer++) {
    for (let own = 0; own < 8; own++) {
      const product = 1 + Math.floor(300 * next());
      const period = 10 + 40 * next();
      for (let day = period * next(); day < 196; day += period * (0.9 + 0.2 * next())) {
        const at = Math.floor(day) * DAY_MS;
        purchases.push({ customer, product, basket: 1_000 * customer + Math.floor(day), at, quantity: 1 });
      }
    }
  }
  return purchases;
}
