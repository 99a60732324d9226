import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerAtCut } from './temporal-split.ts';
import { sampledCustomers, trainingCuts } from './training-windows.ts';

const purchase = (day: number) => ({ customer: 1, product: 1, basket: 1, at: day * DAY_MS, quantity: 1 });

describe('trainingCuts', () => {
  it('lays windows side by side before the end, latest first', () => {
    const cuts = trainingCuts([purchase(300), purchase(0)], 300 * DAY_MS, 14);
    expect(cuts.map((cut) => cut / DAY_MS)).toEqual([286, 272, 258, 244, 230, 216]);
  });

  it('ends where less than two windows of history are left, and without any in a young shop', () => {
    expect(trainingCuts([purchase(0)], 56 * DAY_MS, 14).map((cut) => cut / DAY_MS)).toEqual([42, 28]);
    expect(trainingCuts([purchase(0)], 41 * DAY_MS, 14)).toEqual([]);
    expect(trainingCuts([], 41 * DAY_MS, 14)).toEqual([]);
  });
});

describe('sampledCustomers', () => {
  it('is everybody up to a thousand, and evenly spread ones of more', () => {
    const customers = Array.from({ length: 2500 }, (_, customer) => ({
      customer,
    })) as unknown as CustomerAtCut[];
    expect(sampledCustomers(customers.slice(0, 1000))).toHaveLength(1000);
    const sampled = sampledCustomers(customers).map(({ customer }) => customer);
    expect([sampled.length, sampled[1], sampled.at(-1)]).toEqual([1000, 2, 2497]);
  });
});
