import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shuffledProducts } from './shuffled-products.ts';

it('keeps who buys when and how often each product sells, and is the same for the same seed', () => {
  const purchase = fc.record({
    customer: fc.nat(9),
    product: fc.nat(9),
    basket: fc.nat(9),
    at: fc.nat(),
    quantity: fc.constant(1),
  });
  fc.assert(
    fc.property(fc.array(purchase), fc.nat(), (purchases, seed) => {
      const shuffled = shuffledProducts(purchases, seed);
      const products = (list: readonly { product: number }[]) => list.map(({ product }) => product).sort();
      expect(products(shuffled)).toEqual(products(purchases));
      expect(shuffled.map((line) => ({ ...line, product: 0 }))).toEqual(
        purchases.map((line) => ({ ...line, product: 0 })),
      );
      expect(shuffledProducts(purchases, seed)).toEqual(shuffled);
    }),
  );
});
