import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerPurchase, purchaseLog } from './purchase-log.ts';

const purchases: fc.Arbitrary<CustomerPurchase[]> = fc.array(
  fc.record(
    {
      customer: fc.integer({ min: 1, max: 6 }),
      product: fc.integer({ min: 1, max: 9 }),
      basket: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      at: fc.integer({ min: -5, max: 20 }),
      quantity: fc.double({ noNaN: true }),
      price: fc.double({ min: 0, noNaN: true }),
    },
    { requiredKeys: ['customer', 'product', 'basket', 'at', 'quantity'] },
  ),
);

describe('purchaseLog', () => {
  it('holds the purchases before a moment, those of a customer together and in their order', () => {
    fc.assert(
      fc.property(purchases, fc.integer({ min: -6, max: 21 }), (all, moment) => {
        const known = all.filter(({ at }) => at < moment);
        const customers = [...new Set(known.map(({ customer }) => customer))].sort((a, b) => a - b);
        const own = (owner: number) => known.filter(({ customer }) => customer === owner);
        const log = purchaseLog(all).before(moment);
        expect([...log]).toEqual(customers.flatMap(own));

        const { histories } = log;
        const history = (owner: number) => own(owner).map(({ customer: _, ...purchase }) => purchase);
        expect(histories.size).toBe(customers.length);
        expect([...histories.keys()]).toEqual(customers);
        expect([...histories.values()]).toEqual(customers.map(history));
        expect([...histories]).toEqual(customers.map((customer) => [customer, history(customer)]));
        for (const customer of [0, 1, 2, 3, 7]) {
          expect(histories.has(customer)).toBe(customers.includes(customer));
          const expected = customers.includes(customer) ? history(customer) : undefined;
          expect(histories.get(customer)).toEqual(expected);
        }
      }),
    );
  });

  it('never looks past a moment that it was cut at', () => {
    const log = purchaseLog([{ customer: 1, product: 2, basket: 3, at: 4, quantity: 1 }]);
    expect([...log.before(4).before(9)]).toEqual([]);
    expect([...log.before(5)]).toHaveLength(1);
    expect(purchaseLog(log)).toBe(log);
  });

  it('puts many purchases in order, across the chunks that they came in', () => {
    const many = Array.from({ length: 150_000 }, (_, line) => ({
      customer: 1 + ((line * 7_919) % 1_000),
      product: line,
      basket: line,
      at: line,
      quantity: 1,
    }));
    expect([...purchaseLog(many)]).toEqual(
      many.toSorted((a, b) => a.customer - b.customer || a.product - b.product),
    );
  });
});
