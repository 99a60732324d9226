import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productId, userId } from '../../shared/domain/index.ts';
import { type OrderRequest, placeOrder } from './place-order.ts';
import { type ShopDatabase, startShopDatabase } from './shop-database.fixture.ts';

let shop: ShopDatabase;

beforeAll(async () => {
  shop = await startShopDatabase();
});
afterAll(() => shop.stop());

beforeEach(async () => {
  await shop.clear();
  await shop.client.query(`
    insert into users (name, email) values ('Ana', 'ana@example.com');
    insert into products (name, price, category, stock, active) values
      ('Mug', 6.25, 'Kitchen', 5, true), ('Pen', 0.99, 'Stationery', 100, true), ('Old Mug', 4.00, 'Kitchen', 9, false)`);
});

describe('placeOrder', () => {
  it('takes prices from the products, counts stock down and answers with the order', async () => {
    const at = new Date('2026-03-31T12:00:00Z');
    const items = [item(2, 3), item(1, 1), item(1, 1)];
    expect(await placeOrder(shop.client, { userId: userId(1), items, at })).toEqual({
      outcome: 'placed',
      orderId: 1,
      total: '15.47',
      items: [
        { productId: 2, name: 'Pen', quantity: 3, pricePerUnit: '0.99' },
        { productId: 1, name: 'Mug', quantity: 2, pricePerUnit: '6.25' },
      ],
    });
    expect(await rows('select * from orders')).toEqual([
      { order_id: 1, user_id: 1, total_amount: '15.47', status: 'paid', created_at: at },
    ]);
    expect(await rows('select product_id, quantity, price_per_unit from order_items order by 1')).toEqual([
      { product_id: 1, quantity: 2, price_per_unit: '6.25' },
      { product_id: 2, quantity: 3, price_per_unit: '0.99' },
    ]);
    expect(await stock()).toEqual([3, 97, 9]);
  });

  it('sells to guests, and with another status', async () => {
    const request: OrderRequest = { userId: null, items: [item(1, 5)], status: 'pending' };
    expect(await placeOrder(shop.client, request)).toMatchObject({ outcome: 'placed', total: '31.25' });
    expect(await rows('select user_id, status from orders')).toEqual([{ user_id: null, status: 'pending' }]);
    expect(await stock()).toEqual([0, 100, 9]);
  });

  it.each([
    {
      name: 'a customer it does not know',
      user: 7,
      items: [item(1, 1)],
      is: { outcome: 'unknown_user', userId: 7 },
    },
    {
      name: 'a product it does not have',
      user: 1,
      items: [item(1, 1), item(8, 1)],
      is: { outcome: 'unknown_product', productId: 8 },
    },
    {
      name: 'a product not sold any more',
      user: 1,
      items: [item(2, 1), item(3, 1)],
      is: { outcome: 'inactive_product', productId: 3, name: 'Old Mug' },
    },
    {
      name: 'more than there is, over all lines',
      user: 1,
      items: [item(1, 3), item(2, 1), item(1, 3)],
      is: { outcome: 'out_of_stock', productId: 1, name: 'Mug', stock: 5, wanted: 6 },
    },
  ])('refuses $name and changes nothing', async ({ user, items, is }) => {
    expect(await placeOrder(shop.client, { userId: userId(user), items })).toEqual(is);
    expect(await rows('select from orders')).toHaveLength(0);
    expect(await stock()).toEqual([5, 100, 9]);
  });

  it.each([{ items: [] }, { items: [item(1, 0)] }, { items: [item(1, 1.5)] }, { items: [item(1, -1)] }])(
    'throws invalid_order for $items',
    async ({ items }) => {
      await expect(placeOrder(shop.client, { userId: userId(1), items })).rejects.toMatchObject({
        code: 'invalid_order',
      });
    },
  );

  it('sells the last piece once when many want it, and does not deadlock', async () => {
    const clients = Array.from({ length: 6 }, () => new pg.Client({ connectionString: shop.url }));
    try {
      await Promise.all(clients.map((client) => client.connect()));
      const outcomes = await Promise.all(
        clients.map((client, index) =>
          placeOrder(client, {
            userId: userId(1),
            items: index % 2 === 0 ? [item(1, 2), item(2, 1)] : [item(2, 1), item(1, 2)],
          }),
        ),
      );
      const placed = outcomes.filter((outcome) => outcome.outcome === 'placed');
      expect(placed).toHaveLength(2);
      expect(await stock()).toEqual([1, 98, 9]);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });
});

function item(id: number, quantity: number): OrderRequest['items'][number] {
  return { productId: productId(id), quantity };
}

async function rows(sql: string): Promise<unknown[]> {
  return (await shop.client.query(sql)).rows;
}

async function stock(): Promise<number[]> {
  const { rows } = await shop.client.query<{ stock: number }>(
    'select stock from products order by product_id',
  );
  return rows.map((row) => row.stock);
}
