import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listMetrics, METRIC_NAMES } from './metrics.ts';

describe('listMetrics', () => {
  it('has the values worked out by hand', () => {
    // Hits at places 2 and 4 of 4, three products to find.
    expect(listMetrics([9, 1, 8, 2], new Set([1, 2, 3]), 4)).toEqual({
      ndcg: expect.closeTo((1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3) + 1 / 2), 12),
      recall: 2 / 3,
      precision: 2 / 4,
      hitRate: 1,
      map: (1 / 2 + 2 / 4) / 3,
      mrr: 1 / 2,
    });
  });

  it('is perfect for k hits, though there was more to find than places', () => {
    const perfect = listMetrics([1, 2], new Set([1, 2, 3, 4]), 2);
    expect(perfect).toMatchObject({ ndcg: 1, precision: 1, map: 1, mrr: 1, recall: 0.5 });
  });

  it('looks at k places only, and counts the missing ones of a short list against precision', () => {
    expect(listMetrics([9, 8, 1], new Set([1]), 2)).toEqual({
      ndcg: 0,
      recall: 0,
      precision: 0,
      hitRate: 0,
      map: 0,
      mrr: 0,
    });
    expect(listMetrics([1], new Set([1]), 10)).toMatchObject({ precision: 0.1, ndcg: 1, recall: 1 });
  });

  const products = fc.uniqueArray(fc.nat(30), { maxLength: 20 });
  const truths = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 }).map((list) => new Set(list));
  const lengths = fc.integer({ min: 1, max: 15 });

  it('stays from 0 to 1, and is 1 in every one but recall and precision for a list of hits alone', () => {
    fc.assert(
      fc.property(products, truths, lengths, (list, truth, k) => {
        for (const value of Object.values(listMetrics(list, truth, k))) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
        }
        const { ndcg, map, mrr, hitRate } = listMetrics(
          [...truth, ...list.filter((product) => !truth.has(product))],
          truth,
          k,
        );
        expect([ndcg, map, mrr, hitRate]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12), 1, 1]);
      }),
    );
  });

  it('rises, or stays, where a hit moves up past a miss', () => {
    fc.assert(
      fc.property(products, truths, lengths, fc.nat(18), (list, truth, k, at) => {
        const [upper, lower] = [list[at], list[at + 1]];
        fc.pre(upper !== undefined && lower !== undefined && !truth.has(upper) && truth.has(lower));
        const better = list.with(at, lower!).with(at + 1, upper!);
        const [before, after] = [listMetrics(list, truth, k), listMetrics(better, truth, k)];
        for (const name of METRIC_NAMES) expect(after[name]).toBeGreaterThanOrEqual(before[name] - 1e-12);
      }),
    );
  });

  it('finds no less in a longer list', () => {
    fc.assert(
      fc.property(products, truths, lengths, (list, truth, k) => {
        const [shorter, longer] = [listMetrics(list, truth, k), listMetrics(list, truth, k + 1)];
        expect(longer.recall).toBeGreaterThanOrEqual(shorter.recall);
        expect(longer.hitRate).toBeGreaterThanOrEqual(shorter.hitRate);
        expect(longer.mrr).toBeGreaterThanOrEqual(shorter.mrr);
      }),
    );
  });
});
