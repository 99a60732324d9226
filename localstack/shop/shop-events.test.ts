import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { productId } from '../../shared/domain/index.ts';
import { generateShop } from './generate.ts';
import { loadShop } from './load.ts';
import { placeOrder } from './place-order.ts';
import { seededRandom } from './random.ts';
import { type ShopDatabase, startShopDatabase } from './shop-database.fixture.ts';
import { cancelOrder, purgeUnpaidOrder } from './shop-events.ts';

const ROWS = generateShop({ seed: 1, size: 'small', now: new Date('2026-11-23T02:00:00Z') });
const [LOW, HIGH] = ROWS.products
  .filter(({ active, stock }) => active && stock > 10)
  .map((product) => product.productId);

let shop: ShopDatabase;
let other: pg.Client;

beforeAll(async () => {
  shop = await startShopDatabase();
  other = new pg.Client({ connectionString: shop.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await shop.stop();
});
beforeEach(async () => {
  await shop.clear();
  await loadShop(shop.client, { ...ROWS, orders: [], orderItems: [] });
  const items = [HIGH, LOW].map((product) => ({ productId: productId(product!), quantity: 2 }));
  await placeOrder(shop.client, { userId: null, items, status: 'pending' });
  // Its row lies behind all others, where a scan comes to it last.
  await shop.client.query('update products set stock = stock where product_id = $1', [LOW]);
});

describe.each([
  ['cancelOrder', cancelOrder],
  ['purgeUnpaidOrder', purgeUnpaidOrder],
])('%s', (_, run) => {
  it.each([
    [
      'the lowest product of the order',
      'select from products where product_id = $1 for no key update',
      [LOW],
    ],
    ['the order', 'select from orders for update', []],
  ])(
    'holds no other product while it waits for %s, so that nobody waits in a circle',
    async (_, lock, values) => {
      await shop.client.query('begin');
      await shop.client.query(lock, values);
      const running = run(other, seededRandom(1));
      await vi.waitFor(async () => {
        const { rowCount } = await shop.client.query('select from pg_locks where not granted');
        expect(rowCount).toBeGreaterThan(0);
      });
      const free = 'select from products where product_id = $1 for no key update nowait';
      await expect(shop.client.query(free, [HIGH])).resolves.toMatchObject({ rowCount: 1 });
      await shop.client.query('rollback');
      expect(await running).not.toBeNull();
    },
  );

  it('puts the goods of an order back once, though two do it at the same time', async () => {
    const stockOf = async () => {
      const { rows } = await shop.client.query<{ stock: number }>(
        'select stock from products where product_id = any($1) order by product_id',
        [[LOW, HIGH]],
      );
      return rows.map(({ stock }) => stock);
    };
    const before = await stockOf();
    const done = await Promise.all([run(shop.client, seededRandom(1)), run(other, seededRandom(2))]);
    expect(done.filter((event) => event !== null)).toHaveLength(1);
    expect(await stockOf()).toEqual(before.map((stock) => stock + 2));
  });
});
