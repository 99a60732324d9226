import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../shared/runtime/config.ts';
import { startShopDatabase } from '../shop/shop-database.fixture.ts';
import { type FillShopOptions, fillShop } from './fill-shop.ts';

const SHOP: Config['shop'] = {
  databaseUrl: null,
  databasePort: 0,
  size: 'small',
  seed: 1,
  orders: null,
  shiftToNow: false,
  fill: false,
};

let folder: string;
let database: Awaited<ReturnType<typeof startShopDatabase>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fill-'));
  database = await startShopDatabase();
});
afterAll(async () => {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => database.clear());

const fill = (
  over: Partial<Config['shop']> = {},
  mayFill = true,
  { signal = new AbortController().signal, onProgress = () => undefined }: Partial<FillShopOptions> = {},
) =>
  fillShop({
    databaseUrl: database.url,
    mayFill,
    shop: { ...SHOP, ...over },
    rejectedFile: join(folder, 'rejected.txt'),
    now: new Date('2026-11-23T00:00:00Z'),
    onProgress,
    signal,
  });

describe('fillShop', () => {
  it('generates a shop once and keeps it', async () => {
    expect((await fill()).summary).toMatch(/^100 customers, .* orders, generated$/);
    expect((await fill()).summary).toMatch(/^100 customers, .* orders, kept$/);
  });

  it('waits for no order of a shop that is selling, and locks no table of it', async () => {
    await fill();
    const order = new pg.Client({ connectionString: database.url });
    await order.connect();
    try {
      await order.query('begin');
      await order.query('update products set stock = stock where product_id = 1');
      expect((await fill()).summary).toMatch(/, kept$/);
      await order.query('commit');
    } finally {
      await order.end();
    }
  });

  it('imports an order history and writes down what is no order line', async () => {
    const orders = join(folder, 'orders.csv');
    writeFileSync(
      orders,
      'invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country\n' +
        '1,10001,LAMP,2,2026-11-01T10:00:00,5.00,7,UK\n' +
        '1,10002,CHAIR,-1,2026-11-01T10:00:00,5.00,7,UK\n',
    );
    const filled = await fill({ orders });
    expect(filled.summary).toBe('1 customers, 1 orders, imported');
    expect(filled.warnings).toEqual([expect.stringContaining('1 of 2 rows are no order lines')]);
    expect(readFileSync(join(folder, 'rejected.txt'), 'utf8')).toMatch(/^line 3: /);
    expect((await fill({ orders })).warnings).toEqual([expect.stringContaining('was not imported again')]);
  });

  it('leaves the shop empty when the import is interrupted', async () => {
    const orders = join(folder, 'orders.csv');
    writeFileSync(
      orders,
      'invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country\n' +
        '1,10001,LAMP,2,2026-11-01T10:00:00,5.00,7,UK\n'.repeat(20_000),
    );
    const interrupt = new AbortController();
    const onProgress = () => interrupt.abort(new Error('interrupted'));
    await expect(fill({ orders }, true, { signal: interrupt.signal, onProgress })).rejects.toThrow(
      'interrupted',
    );
    const { rows } = await database.client.query('select count(*)::int as users from users');
    expect(rows).toEqual([{ users: 0 }]);
  });

  it('says what to do when the order history is not there', async () => {
    await expect(fill({ orders: '/nowhere.csv' })).rejects.toThrow(
      'there is no file /nowhere.csv · give --orders',
    );
  });

  it("creates nothing in a database of the user's own, and names what it lacks", async () => {
    expect((await fill({}, false)).summary).toBe('0 customers, 0 orders, kept');
    await database.client.query('alter publication shop_publication drop table users, orders');
    await expect(fill({}, false)).rejects.toThrow('lacks users, orders');
    await database.client.query('alter publication shop_publication add table users, orders');
  });
});
