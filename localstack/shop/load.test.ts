import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateShop } from './generate.ts';
import { applySchema, isShopEmpty, loadShop } from './load.ts';
import { type ShopDatabase, startShopDatabase } from './shop-database.fixture.ts';

const ROWS = generateShop({ seed: 1, size: 'small', now: new Date('2026-11-23T02:00:00Z') });
let shop: ShopDatabase;

beforeAll(async () => {
  shop = await startShopDatabase();
});
afterAll(() => shop.stop());
beforeEach(() => shop.clear());

describe('schema', () => {
  it('can be applied again, and publishes the four tables with whole rows', async () => {
    await applySchema(shop.client);
    const published = await rows(
      `select tablename::text as table, relreplident as identity from pg_publication_tables
       join pg_class on relname = tablename where pubname = 'shop_publication' order by 1`,
    );
    const tables = ['order_items', 'orders', 'products', 'users'];
    expect(published).toEqual(tables.map((table) => ({ table, identity: 'f' })));
  });

  it.each([
    {
      name: 'negative stock',
      sql: `insert into products (name, price, category, stock) values ('a', 1, 'b', -1)`,
    },
    { name: 'an unknown status', sql: `insert into orders (total_amount, status) values (1, 'lost')` },
    {
      name: 'an order of nobody',
      sql: `insert into orders (user_id, total_amount, status) values (9, 1, 'paid')`,
    },
  ])('refuses $name', async ({ sql }) => {
    await expect(shop.client.query(sql)).rejects.toThrow(/violates (check|foreign key) constraint/);
  });
});

describe('loadShop', () => {
  it('stores every row as it was generated', async () => {
    expect(await isShopEmpty(shop.client)).toBe(true);
    await loadShop(shop.client, ROWS);
    expect(await isShopEmpty(shop.client)).toBe(false);
    expect(
      await rows(`select user_id as "userId", name, email, ${millis('created_at', 'createdAt')},
        ${millis('last_login', 'lastLogin')} from users order by 1`),
    ).toEqual(ROWS.users);
    expect(
      await rows(
        'select product_id as "productId", name, price, category, stock, active from products order by 1',
      ),
    ).toEqual(ROWS.products);
    expect(
      await rows(`select order_id as "orderId", user_id as "userId", total_amount as "totalAmount", status,
        ${millis('created_at', 'createdAt')} from orders order by 1`),
    ).toEqual(ROWS.orders);
    expect(
      await rows(`select order_item_id as "orderItemId", order_id as "orderId", product_id as "productId", quantity,
        price_per_unit as "pricePerUnit" from order_items order by 1`),
    ).toEqual(ROWS.orderItems);
  });

  it('continues numbering after the loaded rows', async () => {
    await loadShop(shop.client, ROWS);
    const inserted = await rows(
      `insert into orders (total_amount, status) values (1, 'paid') returning order_id`,
    );
    expect(inserted).toEqual([{ order_id: ROWS.orders.length + 1 }]);
  });

  it('loads all or nothing, and only into an empty shop', async () => {
    const broken = { ...ROWS, orders: ROWS.orders.slice(1) };
    await expect(loadShop(shop.client, broken)).rejects.toThrow('violates foreign key constraint');
    expect(await isShopEmpty(shop.client)).toBe(true);
    await loadShop(shop.client, ROWS);
    await expect(loadShop(shop.client, ROWS)).rejects.toMatchObject({ code: 'shop_not_empty' });
  });
});

/** Whole milliseconds since 1970, as the rows have them. */
function millis(column: string, name: string): string {
  return `(extract(epoch from ${column}) * 1000)::float8 as "${name}"`;
}

async function rows(sql: string): Promise<unknown[]> {
  return (await shop.client.query(sql)).rows;
}
