import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type Purchase } from './baskets.ts';
import { customerStatisticsOf, HALF_LIVES } from './customer-statistics.ts';

const NOW = 400 * DAY_MS;
const bought = (
  daysAgo: number,
  basket: number,
  ...lines: [product: number, quantity: number, price?: number][]
) =>
  lines.map(
    ([product, quantity, price]): Purchase => ({
      product,
      basket,
      at: NOW - daysAgo * DAY_MS,
      quantity,
      price,
    }),
  );

describe('customerStatisticsOf', () => {
  const history = [...bought(7, 2, [1, 2, 4], [2, 1, 1]), ...bought(37, 1, [1, 3, 2])];
  const statistics = customerStatisticsOf(basketsOf(history), NOW);

  it('tells baskets, rhythm, size, repeats and prices of the customer', () => {
    expect(statistics).toMatchObject({
      baskets: 2,
      daysSinceLast: 7,
      meanGapDays: 30,
      meanBasketSize: 1.5,
      // One line of three was of a product bought before.
      repeatShare: expect.closeTo(1 / 3, 12),
      usualPrice: expect.closeTo((4 * 1 * 2) ** (1 / 3), 12),
      lastBasket: [1, 2],
    });
    expect(HALF_LIVES[0]).toBe(7);
    expect(statistics.decayed[0]).toBeCloseTo(0.5 + 0.5 ** (37 / 7), 12);
  });

  it('tells count, decay, times, quantity and last price of each product', () => {
    expect(statistics.own.get(1)).toMatchObject({
      baskets: 2,
      firstAt: NOW - 37 * DAY_MS,
      lastAt: NOW - 7 * DAY_MS,
      basketsSince: 0,
      quantity: 5,
      lastPrice: 4,
    });
    expect(statistics.own.get(1)!.decayed[1]).toBeCloseTo(0.5 ** (7 / 30) + 0.5 ** (37 / 30), 12);
    expect(statistics.own.get(2)).toMatchObject({ baskets: 1, quantity: 1, basketsSince: 0 });
    expect(
      customerStatisticsOf(basketsOf([...history, ...bought(1, 3, [9, 1])]), NOW).own.get(1)!.basketsSince,
    ).toBe(1);
  });

  it('says NaN of what a history does not tell, and counts lines of one basket once', () => {
    const twice = customerStatisticsOf(basketsOf([...bought(1, 1, [1, 1]), ...bought(1, 1, [1, 2])]), NOW);
    expect(twice.own.get(1)).toMatchObject({ baskets: 1, quantity: 3, lastPrice: Number.NaN });
    expect(twice).toMatchObject({
      baskets: 1,
      meanGapDays: Number.NaN,
      usualPrice: Number.NaN,
      repeatShare: 0,
    });
    expect(customerStatisticsOf(basketsOf([]), NOW)).toMatchObject({
      baskets: 0,
      daysSinceLast: Number.NaN,
      lastBasket: [],
    });
  });
});
