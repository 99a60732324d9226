import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productId } from '../../shared/domain/index.ts';
import { importOrderLines, type RejectedRow } from './import-order-lines.ts';
import { placeOrder } from './place-order.ts';
import { type ShopDatabase, startShopDatabase } from './shop-database.fixture.ts';

const HEADER = 'invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country';

let shop: ShopDatabase;
let folder: string;

beforeAll(async () => {
  shop = await startShopDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'import-test-'));
});
afterAll(async () => {
  await shop.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => shop.clear());

describe('importOrderLines', () => {
  it('makes customers, products, orders and items of a history', async () => {
    const report = await importOrderLines(
      shop.client,
      await csv(
        '536365,85123A,WHITE HEART,6,2010-12-01T08:26:00,2.55,17850,United Kingdom',
        '536365,85123a,WHITE HEART HOLDER,2,2010-12-01T08:26:00,2.55,17850,United Kingdom',
        '536366,22633,"HAND WARMER, ""UNION JACK""",1,2010-12-03T08:28:00,1.85,13047,France',
        '536367,85123A,WHITE HEART,1,2010-12-08T09:00:00,2.95,17850,United Kingdom',
      ),
    );
    expect(report).toEqual({
      rows: 4,
      users: 2,
      products: 2,
      orders: 3,
      cancelledOrders: 0,
      guestOrders: 0,
      orderItems: 4,
      rejected: 0,
      rejectedByReason: [],
    });
    expect(await rows('select * from users order by user_id desc')).toEqual([
      {
        user_id: 17850,
        name: 'Customer 17850',
        email: 'customer.17850@example.com',
        created_at: new Date('2010-12-01T08:26:00Z'),
        last_login: new Date('2010-12-08T09:00:00Z'),
      },
      {
        user_id: 13047,
        name: 'Customer 13047',
        email: 'customer.13047@example.com',
        created_at: new Date('2010-12-03T08:28:00Z'),
        last_login: new Date('2010-12-03T08:28:00Z'),
      },
    ]);
    expect(await rows('select product_id, name, price, category, active from products order by 1')).toEqual([
      { product_id: 1, name: 'WHITE HEART', price: '2.95', category: 'Uncategorised', active: true },
      {
        product_id: 2,
        name: 'HAND WARMER, "UNION JACK"',
        price: '1.85',
        category: 'Uncategorised',
        active: true,
      },
    ]);
    expect(await rows('select order_id, user_id, total_amount, status from orders order by 1')).toEqual([
      { order_id: 536365, user_id: 17850, total_amount: '20.40', status: 'completed' },
      { order_id: 536366, user_id: 13047, total_amount: '1.85', status: 'completed' },
      { order_id: 536367, user_id: 17850, total_amount: '2.95', status: 'completed' },
    ]);
    expect(await rows('select * from order_items order by 1')).toHaveLength(4);
  });

  it('takes cancellations as cancelled orders with positive quantities, beside the sale of the same number', async () => {
    const report = await importOrderLines(
      shop.client,
      await csv(
        '100,85123A,HEART,6,2010-12-01T08:26:00,2.55,17850,UK',
        'C100,85123A,HEART,-2,2010-12-02T08:26:00,2.55,17850,UK',
      ),
    );
    expect(report).toMatchObject({ orders: 2, cancelledOrders: 1, orderItems: 2 });
    expect(await rows('select order_id, total_amount, status from orders order by created_at')).toEqual([
      { order_id: 100, total_amount: '15.30', status: 'completed' },
      { order_id: 1, total_amount: '5.10', status: 'cancelled' },
    ]);
    expect(await rows('select order_id, quantity from order_items order by order_id')).toEqual([
      { order_id: 1, quantity: 2 },
      { order_id: 100, quantity: 6 },
    ]);
  });

  it('keeps orders without a customer as guest orders, and two customers on one invoice apart', async () => {
    const report = await importOrderLines(
      shop.client,
      await csv(
        '100,85123A,HEART,1,2010-12-01T08:26:00,2.00,,UK',
        '100,85123A,HEART,3,2010-12-01T08:26:00,2.00,anna,UK',
      ),
    );
    expect(report).toMatchObject({ users: 1, orders: 2, guestOrders: 1 });
    expect(await rows('select user_id, name from users')).toEqual([{ user_id: 1, name: 'Customer anna' }]);
    expect(await rows('select order_id, user_id, total_amount from orders order by total_amount')).toEqual([
      { order_id: 100, user_id: null, total_amount: '2.00' },
      { order_id: 1, user_id: 1, total_amount: '6.00' },
    ]);
  });

  it('books postage and corrections as products that cannot be recommended', async () => {
    await importOrderLines(
      shop.client,
      await csv(
        '100,POST,POSTAGE,1,2010-12-01T08:26:00,18.00,1,France',
        '100,85123A,,1,2010-12-01T08:26:00,2.00,1,France',
      ),
    );
    expect(await rows('select name, category, active from products order by product_id')).toEqual([
      { name: 'POSTAGE', category: 'Services', active: false },
      { name: '85123A', category: 'Uncategorised', active: true },
    ]);
  });

  it('accounts for every row: what is no sale is reported with its line and reason', async () => {
    const rejected: RejectedRow[] = [];
    const report = await importOrderLines(
      shop.client,
      await csv(
        '100,85123A,HEART,1,2010-12-01T08:26:00,2.00,1,UK',
        '101,85123A,damaged,-5,2010-12-01T09:00:00,0,,UK',
        '102,85123A,HEART,1,2010-12-01T09:00:00,0.001,,UK',
        '103,85123A,HEART,one,2010-12-01T09:00:00,2.00,1,UK',
        '104,85123A,HEART,1.5,2010-12-01T09:00:00,2.00,1,UK',
        '105,85123A',
        '106,85123A,HEART,80000,2010-12-01T09:00:00,99999.99,1,UK',
        '107,85123A,NUL\0,1,2010-12-01T09:00:00,2.00,1,UK',
        '108,85123A,thrown away,-7,2010-12-01T09:00:00,0,,UK',
      ),
      { onRejected: (row) => rejected.push(row) },
    );
    expect(report).toMatchObject({ rows: 9, orderItems: 1, rejected: 8 });
    expect(report.rejectedByReason[0]).toEqual({
      reason: 'quantity is not positive',
      rows: 2,
      firstLineNumbers: [3, 10],
    });
    expect(rejected).toEqual([
      { lineNumber: 3, reason: 'quantity is not positive: -5' },
      { lineNumber: 4, reason: 'price is below one cent: 0.001' },
      { lineNumber: 5, reason: 'quantity is no number: "one"' },
      { lineNumber: 6, reason: 'quantity is not in whole pieces: 1.5' },
      { lineNumber: 7, reason: '2 fields where the header has 8' },
      { lineNumber: 8, reason: 'amount is above 99999999.99: 80000 x 99999.99' },
      { lineNumber: 9, reason: 'text holds a NUL character, which Postgres cannot store' },
      { lineNumber: 10, reason: 'quantity is not positive: -7' },
    ]);
    expect(await rows('select order_id from orders')).toEqual([{ order_id: 100 }]);
  });

  it('moves the whole history so that its last order is now', async () => {
    const now = new Date('2026-11-23T02:00:00Z');
    await importOrderLines(
      shop.client,
      await csv(
        '100,85123A,HEART,1,2010-12-01T08:00:00,2.00,1,UK',
        '101,85123A,HEART,1,2010-12-02T09:00:00,2.00,2,UK',
      ),
      { shiftToNow: now },
    );
    expect(await rows('select created_at from orders order by order_id')).toEqual([
      { created_at: new Date('2026-11-22T01:00:00Z') },
      { created_at: now },
    ]);
    expect(await rows('select last_login from users order by user_id desc limit 1')).toEqual([
      { last_login: now },
    ]);
  });

  it('loads more lines than one batch holds, tells how far it is, and lets the shop go on selling', async () => {
    const lines = Array.from(
      { length: 12_345 },
      (_, index) =>
        `${1000 + (index % 700)},${10_000 + (index % 90)},THING,2,2010-12-01T08:00:00,1.25,${1 + (index % 7)},UK`,
    );
    const seen: string[] = [];
    const report = await importOrderLines(shop.client, await csv(...lines), {
      onProgress: (done, total, unit) => seen.push(`${done} of ${total} ${unit}`),
    });
    expect(report).toMatchObject({ rows: 12_345, orderItems: 12_345, orders: 700, users: 7, products: 90 });
    expect(seen.at(-1)).toBe('12345 of 12345 order lines');
    expect(seen.length).toBeGreaterThan(2);
    expect(await rows('select sum(total_amount) as orders from orders')).toEqual([{ orders: '30862.50' }]);
    expect(await rows('select sum(quantity * price_per_unit) as items from order_items')).toEqual([
      { items: '30862.50' },
    ]);
    const next = await placeOrder(shop.client, {
      userId: null,
      items: [{ productId: productId(1), quantity: 1 }],
    });
    expect(next).toMatchObject({ outcome: 'placed', orderId: 1700 });
  });

  it('refuses a shop that has data, and leaves an empty one empty when the file is no order history', async () => {
    await expect(importOrderLines(shop.client, path.join(folder, 'missing.csv'))).rejects.toMatchObject({
      code: 'order_file_unreadable',
    });
    expect(await rows('select from users')).toHaveLength(0);
    const file = await csv('100,85123A,HEART,1,2010-12-01T08:00:00,2.00,1,UK');
    await importOrderLines(shop.client, file);
    await expect(importOrderLines(shop.client, file)).rejects.toMatchObject({ code: 'shop_not_empty' });
  });

  it('reads a header only as a shop without orders', async () => {
    expect(await importOrderLines(shop.client, await csv(), { shiftToNow: new Date() })).toMatchObject({
      rows: 0,
      orders: 0,
    });
  });
});

let files = 0;

async function csv(...lines: string[]): Promise<string> {
  const file = path.join(folder, `orders-${files++}.csv`);
  await writeFile(file, `${[HEADER, ...lines].join('\r\n')}\r\n`);
  return file;
}

async function rows(sql: string): Promise<unknown[]> {
  return (await shop.client.query(sql)).rows;
}
