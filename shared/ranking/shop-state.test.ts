import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import type { Purchase } from './baskets.ts';
import { shopStateOf, UNKNOWN_CATEGORY } from './shop-state.ts';

const NOW = 400 * DAY_MS;
let basket = 0;
const bought = (daysAgo: number, price: number | undefined, ...products: number[]): Purchase[] => {
  basket += 1;
  return products.map((product) => ({ product, basket, at: NOW - daysAgo * DAY_MS, quantity: 1, price }));
};

// 10 is bought by both, twice by the first of them twenty days apart; 20 and 30 once.
const first = [...bought(30, 2, 10), ...bought(10, 4, 10, 20)];
const second = [...bought(0.5, undefined, 10, 30)];

describe('shopStateOf', () => {
  const { products, statistics, ordersIn } = shopStateOf([first, second], NOW);
  const of = (product: number) =>
    Object.fromEntries(
      Object.entries(statistics).map(([name, column]) => [name, column[products.indexOf(product)]]),
    );

  it('counts orders in windows that end at the moment', () => {
    expect([...products]).toEqual([10, 20, 30]);
    expect(ordersIn).toEqual([1, 1, 2, 2, 3, 3]);
    expect(of(10)).toMatchObject({
      orders1d: 1,
      orders7d: 1,
      orders14d: 2,
      orders28d: 2,
      orders60d: 3,
      orders: 3,
    });
    expect(of(20)).toMatchObject({ orders1d: 0, orders7d: 0, orders14d: 1, customers: 1 });
  });

  it('draws the share of repeaters and the gap between purchases towards the shop of which they are', () => {
    // The shop: 1 repeater of 4 pairs of customer and product, and one gap of 20 days.
    expect(of(10)).toMatchObject({ customers: 2, repeatShare: (1 + 5 / 4) / 7, repurchaseDays: 20 });
    expect(of(30)).toMatchObject({ customers: 1, repeatShare: 5 / 4 / 6, repurchaseDays: 20 });
  });

  it('tells mean price and the first and last order', () => {
    expect(of(10)).toMatchObject({ price: 3, firstAt: NOW - 30 * DAY_MS, lastAt: NOW - DAY_MS / 2 });
    expect(of(30)).toMatchObject({ price: Number.NaN });
  });

  it('knows neighbours by baskets and by customers', () => {
    const customers = Array.from({ length: 3 }, () => [...bought(9, 1, 1, 2), ...bought(3, 1, 3)]);
    const { together, neighbours } = shopStateOf(customers, NOW);
    expect([...together.columns]).toEqual([1, 0]);
    expect([...neighbours.columns]).toEqual([1, 2, 0, 2, 0, 1]);
    expect(together.similarities[0]).toBeCloseTo(3 / (3 + 5), 6);
  });

  it('numbers the categories of what was sold by ascending name', () => {
    const names = new Map([
      [30, 'coffee'],
      [10, 'tea'],
      [7, 'bread'],
    ]);
    expect([...shopStateOf([first, second], NOW, names).categoryOf]).toEqual([1, UNKNOWN_CATEGORY, 0]);
    expect([...shopStateOf([first, second], NOW).categoryOf]).toEqual([-1, -1, -1]);
  });

  it('is empty before the first purchase', () => {
    const empty = shopStateOf([second], NOW - DAY_MS);
    expect([empty.products.length, empty.together.columns.length, empty.ordersIn.at(-1)]).toEqual([0, 0, 0]);
  });
});
