import { describe, expect, it } from 'vitest';
import { listMetrics } from './metrics.ts';

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
});
