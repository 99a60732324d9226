import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeEvent } from './describe.ts';
import { generateShop } from './generate.ts';
import { loadShop } from './load.ts';
import { seededRandom } from './random.ts';
import { type ShopDatabase, startShopDatabase } from './shop-database.fixture.ts';
import type { ShopEvent } from './shop-events.ts';
import { simulate } from './simulate.ts';

const ROWS = generateShop({ seed: 1, size: 'small', now: new Date('2026-11-23T02:00:00Z') });
const AS_FAST_AS_POSSIBLE = 1_000_000;
let shop: ShopDatabase;

beforeAll(async () => {
  shop = await startShopDatabase();
});
afterAll(() => shop.stop());
beforeEach(async () => {
  await shop.clear();
  await loadShop(shop.client, ROWS);
});

describe('simulate', () => {
  it('makes everything happen that happens in a shop, and keeps the books straight', async () => {
    const events: ShopEvent[] = [];
    expect(await run(300, 'everything', (event) => events.push(event))).toBe(300);

    expect(new Set(events.map((event) => event.type))).toEqual(
      new Set(['order', 'status', 'purge', 'restock', 'price', 'signup', 'visit']),
    );
    expect(
      events.filter((event) => event.type === 'status' && event.status === 'cancelled').length,
    ).toBeGreaterThan(5);
    const purged = events.filter((event) => event.type === 'purge').length;
    expect(await count('select from orders')).toBe(ROWS.orders.length + 300 - purged);
    expect(
      await count(`select from orders where total_amount is distinct from
        (select sum(quantity * price_per_unit) from order_items where order_items.order_id = orders.order_id)`),
    ).toBe(0);
    expect(await count('select from users')).toBeGreaterThan(ROWS.users.length);
    expect(events.map(describeEvent).every((line) => line.length > 0)).toBe(true);
  });

  it('lets customers buy mostly what they bought before', async () => {
    const owned = new Set(
      await pairs('select distinct user_id, product_id from orders join order_items using (order_id)'),
    );
    let lines = 0;
    let repeats = 0;
    await run(150, 'repeats', (event) => {
      if (event.type !== 'order' || event.request.userId === null) return;
      for (const { productId } of event.request.items) {
        lines++;
        if (owned.has(`${event.request.userId}/${productId}`)) repeats++;
      }
    });
    expect(repeats / lines).toBeGreaterThan(0.5);
    expect(repeats / lines).toBeLessThan(0.95);
  });

  it('repeats itself for the same seed on the same shop', async () => {
    const first: string[] = [];
    await run(20, 'again', (event) => first.push(describeEvent(event)));
    await shop.clear();
    await loadShop(shop.client, ROWS);
    const second: string[] = [];
    await run(20, 'again', (event) => second.push(describeEvent(event)));
    expect(second).toEqual(first);
  });

  it('stops between two orders when told to, also while it waits', async () => {
    const stop = new AbortController();
    const placed = await simulate(shop.client, {
      random: seededRandom('stop'),
      ordersPerSecond: 0.001,
      signal: stop.signal,
      onEvent: () => setImmediate(() => stop.abort()),
    });
    expect(placed).toBe(1);
  });

  it('says that there is nothing to sell', async () => {
    await shop.client.query('update products set active = false');
    await expect(run(1, 'empty', () => {})).rejects.toMatchObject({ code: 'nothing_to_sell' });
  });
});

async function run(orders: number, seed: string, onEvent: (event: ShopEvent) => void): Promise<number> {
  return await simulate(shop.client, {
    random: seededRandom(seed),
    ordersPerSecond: AS_FAST_AS_POSSIBLE,
    orders,
    onEvent,
  });
}

async function count(sql: string): Promise<number | null> {
  return (await shop.client.query(sql)).rowCount;
}

async function pairs(sql: string): Promise<string[]> {
  const { rows } = await shop.client.query<{ user_id: number | null; product_id: number }>(sql);
  return rows.map((row) => `${row.user_id}/${row.product_id}`);
}
