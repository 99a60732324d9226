import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import type { OrderLine, OrderLineEntry } from './order-lines.ts';
import { purchaseHistory } from './purchase-history.ts';

const LINE: OrderLine = {
  lineNumber: 2,
  invoice: '536365',
  stockCode: '85123A',
  description: 'HEART',
  quantity: 6,
  at: epochMillis(1_000),
  unitPrice: '2.55',
  customerId: '17850',
  country: null,
  category: null,
};

async function* entriesOf(lines: readonly Partial<OrderLine>[]): AsyncGenerator<OrderLineEntry> {
  for (const line of lines) yield { kind: 'line', line: { ...LINE, ...line } };
  yield { kind: 'bad', lineNumber: 99, reason: 'quantity is no number: "x"' };
}

describe('purchaseHistory', () => {
  it('sums lines of one product in one invoice and numbers ids by their text', async () => {
    const history = await purchaseHistory(
      entriesOf([
        {},
        { stockCode: '85123a', quantity: 2, at: epochMillis(900) },
        { invoice: '536364', customerId: '9', stockCode: '10002' },
      ]),
    );
    expect(history.purchases).toEqual([
      { customer: 1, product: 2, basket: 2, at: 900, quantity: 8, price: 2.55 },
      { customer: 2, product: 1, basket: 1, at: 1_000, quantity: 6, price: 2.55 },
    ]);
    expect(history).toMatchObject({ customers: 2, products: 2, lines: 4, span: { from: 900, to: 1_000 } });
    expect(history.bad).toEqual([{ lineNumber: 99, reason: 'quantity is no number: "x"' }]);
  });

  it('knows the category of a product by the latest line that names one', async () => {
    const { categories } = await purchaseHistory(
      entriesOf([
        { category: 'Gifts', at: epochMillis(2_000) },
        { category: 'Lights', at: epochMillis(1_000) },
        { category: null, at: epochMillis(3_000) },
        { stockCode: '10002', category: null },
      ]),
    );
    expect([...categories]).toEqual([[2, 'Gifts']]);
  });

  it('leaves out what is no purchase and counts it by reason', async () => {
    const { purchases, leftOut } = await purchaseHistory(
      entriesOf([
        ...Array.from({ length: 20 }, () => ({})),
        { customerId: null },
        { invoice: 'C536379', quantity: -1 },
        { quantity: 0 },
        { unitPrice: '0.00' },
        { stockCode: 'POST' },
      ]),
    );
    expect(purchases).toHaveLength(1);
    expect(leftOut).toEqual({ noCustomer: 1, returned: 2, free: 1, noProduct: 1 });
  });

  it('takes every code for a product in a shop whose codes are others', async () => {
    for (const codes of [
      ['P-1', '85123A', '85123B', '84406B'],
      ['10001', '20002', '303', '4'],
    ]) {
      const { purchases, leftOut } = await purchaseHistory(
        entriesOf(codes.map((stockCode) => ({ stockCode }))),
      );
      expect(purchases).toHaveLength(4);
      expect(leftOut.noProduct).toBe(0);
    }
  });

  it('has no span without purchases', async () => {
    expect(await purchaseHistory(entriesOf([]))).toMatchObject({ purchases: [], span: null });
  });
});
