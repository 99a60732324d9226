import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { evaluateRecommender } from './evaluate-recommender.ts';
import { evaluateOrigins } from './rolling-origins.ts';
import { CUT, shopWithTastes } from './shop-with-tastes.fixture.ts';

const purchases = shopWithTastes(60);
const OPTIONS = { cut: CUT, days: 14, seed: 1 };

describe('evaluateOrigins', () => {
  it('has a window of its own for every origin, back to back, and pools them over customers', async () => {
    const { origins, methods, comparisons } = await evaluateOrigins(purchases, 2, OPTIONS);
    expect(origins.map(({ cut }) => cut)).toEqual([CUT - 14 * DAY_MS, CUT]);
    const ours = methods.at(-1)!;
    const [earlier, later] = origins.map((report) => report.methods.at(-1)!.any);
    expect(ours.any.difference).toBeCloseTo(
      (earlier!.ndcg * earlier!.customers + later!.ndcg * later!.customers) /
        (earlier!.customers + later!.customers),
      12,
    );
    const { any } = comparisons.find(({ against }) => against === 'popularity')!;
    expect(any.difference).toBeCloseTo(
      ours.any.difference - methods.find(({ name }) => name === 'popularity')!.any.difference,
      12,
    );
    expect(any.low).toBeGreaterThan(0);
  });

  it('is for an earlier window what an evaluation at that cut alone is: nothing of later ones is in it', async () => {
    const [earlier] = (await evaluateOrigins(purchases, 2, OPTIONS)).origins;
    const cut = CUT - 14 * DAY_MS;
    const known = purchases.filter(({ at }) => at < cut + 14 * DAY_MS);
    expect(earlier).toEqual(await evaluateRecommender(known, { ...OPTIONS, cut }));
  });
});
