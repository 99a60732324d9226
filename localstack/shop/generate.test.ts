import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centsOf, DAY_MS, isSale, SALE_STATUSES } from '../../shared/domain/index.ts';
import { generateShop, type ShopSize } from './generate.ts';
import type { ShopRows } from './rows.ts';

const NOW = new Date('2026-11-23T02:00:00Z');
const YEAR_MS = 365 * DAY_MS;

describe('generated shop', () => {
  it('is the same for the same seed, size and time, and another for another seed', () => {
    const once = generateShop({ seed: 1, size: 'small', now: NOW });
    expect(generateShop({ seed: 1, size: 'small', now: NOW })).toEqual(once);
    expect(generateShop({ seed: 2, size: 'small', now: NOW }).orders).not.toEqual(once.orders);
  });

  it.each<{ size: ShopSize; users: number; products: number; lines: [number, number] }>([
    { size: 'small', users: 100, products: 50, lines: [700, 2_000] },
    { size: 'default', users: 2_000, products: 500, lines: [25_000, 45_000] },
  ])('has the promised size: $size', ({ size, users, products, lines }) => {
    const shop = generateShop({ seed: 1, size, now: NOW });
    expect(shop.users).toHaveLength(users);
    expect(shop.products).toHaveLength(products);
    expect(shop.orderItems.length).toBeGreaterThan(lines[0]);
    expect(shop.orderItems.length).toBeLessThan(lines[1]);
  });

  it('sells in the four categories of the brief when small', () => {
    const shop = generateShop({ seed: 1, size: 'small', now: NOW });
    const categories = new Set(shop.products.map((product) => product.category));
    expect([...categories].sort()).toEqual(['Books', 'Clothing', 'Electronics', 'Home']);
  });

  it('is a consistent shop whatever the seed', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => expectConsistent(generateShop({ seed, size: 'small', now: NOW }))),
      { numRuns: 25 },
    );
    expectConsistent(generateShop({ seed: 1, size: 'default', now: NOW }));
  });

  it('has what a shop has: every status, guests, newcomers, products that cannot be bought', () => {
    const shop = generateShop({ seed: 1, size: 'default', now: NOW });
    const customers = new Set(shop.orders.map((order) => order.userId));
    expect(new Set(shop.orders.map((order) => order.status))).toEqual(
      new Set([...SALE_STATUSES, 'pending', 'cancelled']),
    );
    expect(customers.has(null)).toBe(true);
    expect(shop.users.some((user) => !customers.has(user.userId))).toBe(true);
    expect(shop.products.some((product) => !product.active)).toBe(true);
    expect(shop.products.some((product) => product.stock === 0)).toBe(true);
  });

  it.each<ShopSize>(['small', 'default'])(
    'lets customer 42 buy product 17, as the README does: %s',
    (size) => {
      const shop = generateShop({ seed: 1, size, now: NOW });
      expect(
        shop.orders.filter((order) => order.userId === 42 && isSale(order.status)).length,
      ).toBeGreaterThan(3);
      expect(shop.products[16]).toMatchObject({ productId: 17, active: true });
      expect(shop.products[16]?.stock).toBeGreaterThan(0);
    },
  );
});

function expectConsistent(shop: ShopRows): void {
  const userIds = new Set<number>(shop.users.map((user) => user.userId));
  const createdAt = new Map<number, number>(shop.users.map((user) => [user.userId, user.createdAt]));
  const productIds = new Set<number>(shop.products.map((product) => product.productId));
  const totals = new Map<number, bigint>();
  for (const item of shop.orderItems) {
    expect(productIds.has(item.productId)).toBe(true);
    expect(item.quantity).toBeGreaterThan(0);
    const amount = centsOf(item.pricePerUnit) * BigInt(item.quantity);
    totals.set(item.orderId, (totals.get(item.orderId) ?? 0n) + amount);
  }
  expect(totals.size).toBe(shop.orders.length);
  let before = NOW.getTime() - YEAR_MS;
  for (const order of shop.orders) {
    if (order.userId !== null) {
      expect(userIds.has(order.userId)).toBe(true);
      expect(order.createdAt).toBeGreaterThanOrEqual(createdAt.get(order.userId) ?? Number.POSITIVE_INFINITY);
    }
    expect(centsOf(order.totalAmount)).toBe(totals.get(order.orderId));
    expect(order.createdAt).toBeGreaterThanOrEqual(before);
    expect(order.createdAt).toBeLessThan(NOW.getTime());
    before = order.createdAt;
  }
  expect(new Set(shop.users.map((user) => user.email)).size).toBe(shop.users.length);
  expect(new Set(shop.products.map((product) => product.name)).size).toBe(shop.products.length);
  for (const user of shop.users) expect(user.lastLogin).toBeLessThanOrEqual(NOW.getTime());
  for (const product of shop.products) expect(centsOf(product.price)).toBeGreaterThan(0n);
}
