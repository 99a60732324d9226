import { uniform } from '../als/index.ts';
import type { CustomerPurchase } from './purchase-log.ts';

/**
 * The same purchases with their products dealt out anew over all of them: how often each product sells stays, who buys it and
 * when is chance. What is then found beyond popularity is noise, or a fault of the protocol that looks into the future.
 */
export function shuffledProducts(purchases: readonly CustomerPurchase[], seed: number): CustomerPurchase[] {
  const next = uniform(seed, 'shuffle');
  const products = Int32Array.from(purchases, ({ product }) => product);
  for (let i = products.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [products[i], products[j]] = [products[j]!, products[i]!];
  }
  return purchases.map((purchase, index) => ({ ...purchase, product: products[index]! }));
}
