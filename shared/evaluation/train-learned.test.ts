import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { shopStateOf } from '../ranking/index.ts';
import { foldedFactors, rankerAt } from './fitted-als.ts';
import { learned } from './learned-method.ts';
import { measure } from './measure.ts';
import { blend } from './methods.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { NOW, shopWithRhythms } from './shop-with-rhythms.fixture.ts';
import { splitAt } from './temporal-split.ts';
import { trainRecommender } from './train-recommender.ts';

const DAYS = 14;
const options = { now: NOW, validationDays: DAYS, seed: 1, tryTrees: true } as const;

describe('trees learned from the windows before the validation', () => {
  const purchases = shopWithRhythms(50);

  it('are shipped with the shop as of now, rank no worse than the blend there, and better afterwards', async () => {
    const trained = await trainRecommender(purchases, options);
    const { metrics, baselines } = trained;
    expect(trained.learned?.trees.any?.trees.length).toBeGreaterThan(0);
    expect(metrics.ndcgAt10).toBeGreaterThan(baselines.blend!.ndcgAt10);
    expect(metrics.novelNdcgAt10).toBeGreaterThanOrEqual(baselines.blend!.novelNdcgAt10);
    const split = splitAt(purchases, NOW, DAYS);
    expect(trained.learned?.shop).toEqual(
      shopStateOf(
        [...split.histories].sort(([a], [b]) => a - b).map(([, history]) => history),
        NOW,
      ),
    );
    const ranker = rankerAt(split, trained.model, trained.settings, trained.learned);
    const factorsOf = foldedFactors(ranker, NOW);
    const [ours, theirs] = [learned(ranker, split, factorsOf), blend(ranker, split, factorsOf)].map(
      (method) => measure(method, ranker.catalogue, split.customers, 10).any.ndcg,
    );
    expect(ours).toBeGreaterThan(theirs!);
    expect(await trainRecommender([...purchases].reverse(), options)).toEqual(trained);
  });

  it('are left out where they are not to be tried', async () => {
    const trained = await trainRecommender(purchases, { ...options, tryTrees: false });
    expect(trained.learned?.trees).toEqual({ any: null, novel: null });
    expect(trained.metrics.ndcgAt10).toBe(trained.baselines.blend!.ndcgAt10);
  });

  it.each([
    ['a young shop', (at: number) => at >= NOW - 3 * DAYS * DAY_MS],
    ['a shop with few customers in the windows', (_: number, customer: number) => customer <= 32],
  ])('are none in %s, and the blend ranks', async (_, isKept) => {
    const few = purchases.filter(({ at, customer }: CustomerPurchase) => isKept(at, customer));
    const trained = await trainRecommender(few, options);
    expect(trained.learned?.trees).toEqual({ any: null, novel: null });
    expect(trained.metrics.ndcgAt10).toBe(trained.baselines.blend!.ndcgAt10);
  });
});
