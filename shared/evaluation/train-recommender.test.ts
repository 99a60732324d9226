import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, DEFAULT_SETTINGS, signalsOf } from '../ranking/index.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { foldedFactors, rankerAt } from './fitted-als.ts';
import { measure } from './measure.ts';
import { blend } from './methods.ts';
import { CUT, shopWithTastes } from './shop-with-tastes.fixture.ts';
import { splitAt } from './temporal-split.ts';
import { trainRecommender } from './train-recommender.ts';

const purchases = shopWithTastes(80);

function widthOf({ leadAt10Low, leadAt10High }: Readonly<Record<string, number>>): number {
  return leadAt10High! - leadAt10Low!;
}

describe('trainRecommender', () => {
  const options = { now: CUT, validationDays: 14, seed: 1, tryTrees: true } as const;

  it('trains on everything before now and reports the validation beside its baselines', async () => {
    const trained = await trainRecommender(purchases, options);
    const { model, settings, metrics, baselines } = trained;
    expect(model.userIds).toHaveLength(80);
    expect(metrics.validationCustomers).toBe(80);
    expect(metrics.ndcgAt10).toBeGreaterThan(baselines.popularity!.ndcgAt10);
    expect(Object.keys(metrics).sort()).toEqual([
      'coverageAt10',
      'hitRateAt10',
      'ndcgAt10',
      'novelNdcgAt10',
      'recallAt10',
      'validationCustomers',
    ]);
    expect(settings.weights).not.toEqual(DEFAULT_SETTINGS.weights);
    expect(Object.keys(baselines)).toEqual(['popularity', 'personal frequency', 'blend']);
    expect(await trainRecommender([...purchases].reverse(), options)).toEqual(trained);
  });

  it('keeps the default settings, yet measures them, where there are too few customers to fit to', async () => {
    const few = purchases.filter(({ customer }) => customer <= 10);
    const { settings, metrics, baselines, model, learned } = await trainRecommender(few, options);
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(metrics.validationCustomers).toBe(10);
    expect(metrics.ndcgAt10).toBeGreaterThan(baselines.popularity!.ndcgAt10);
    expect(learned?.trees).toEqual({ any: null, novel: null });
    expect(model.userIds).toHaveLength(10);
  });

  it('takes the windows before it for validation where the last has too few customers, and tries no trees', async () => {
    const few = purchases.filter(({ customer }) => customer <= 30);
    const { settings, metrics, baselines, learned } = await trainRecommender(few, options);
    expect(metrics.validationCustomers).toBe(30);
    expect(settings).not.toEqual(DEFAULT_SETTINGS);
    expect(learned?.trees).toEqual({ any: null, novel: null });
    const alone = await trainRecommender(few, { ...options, validationDays: 28 });
    expect(widthOf(baselines.popularity!)).toBeLessThan(widthOf(alone.baselines.popularity!));
  });

  it.each([
    [
      'rest in a shop whose customers use one thing up while they come for another',
      (visit: number) => visit % 2,
      0.15,
    ],
    ['not rest where customers come again for what they had last', (visit: number) => (visit < 4 ? 0 : 1), 0],
  ])('lets products %s', async (_, productOf, restGaps) => {
    // A visit every 15 days, the latest a week before now; two products of their own for each of 60 customers.
    const visits = Array.from({ length: 60 * 8 }, (_, i) => ({
      customer: 1 + (i % 60),
      visit: Math.floor(i / 60),
    }));
    const shop = visits.map(({ customer, visit }) => ({
      customer,
      product: 2 * customer + productOf(visit),
      basket: 100 * customer + visit,
      at: CUT - (7 + 15 * visit) * DAY_MS,
      quantity: 1,
    }));
    expect((await trainRecommender(shop, options)).settings.restGaps).toBe(restGaps);
  });

  it('trains an empty model from nothing', async () => {
    expect((await trainRecommender([], options)).model.itemIds).toHaveLength(0);
  });
});

describe('fitWeights', () => {
  it('finds weights that rank no worse than its start, and no worse than any one signal alone', async () => {
    const { model } = await trainRecommender(purchases, {
      now: CUT,
      validationDays: 14,
      seed: 1,
      tryTrees: true,
    });
    const split = splitAt(purchases, CUT, 14);
    const ranker = rankerAt(split, model, DEFAULT_SETTINGS);
    const factorsOf = foldedFactors(ranker, CUT);
    const tables = split.customers.map((customer) =>
      candidateTable(signalsOf(ranker, basketsOf(customer.history), CUT, factorsOf(customer)), customer),
    );
    const alone = tables.map((table) => ({
      ...table,
      recency: table.recency.map(() => 0),
      popularity: table.popularity.map(() => 0),
      als: table.als.map(() => 0),
    }));
    expect(fitWeights(tables).ndcg).toBeGreaterThan(fitWeights(alone).ndcg);
    const fitted = fitDiscoverWeights(tables);
    expect(fitted.weights).toMatchObject({ rate: 0, recency: 0 });
    expect(fitted.ndcg).toBeGreaterThan(0);
    expect(fitDiscoverWeights(tables)).toEqual(fitted);

    // Candidates that no weights list are left out, and with them nothing of what is measured over the whole catalogue.
    const { weights, ndcg } = fitWeights(tables);
    const weighted = { ...DEFAULT_SETTINGS, weights, discoverWeights: fitted.weights };
    const whole = blend({ ...ranker, settings: weighted }, split, factorsOf);
    const { any, novel } = measure(whole, ranker.catalogue, split.customers, 10);
    expect(any.ndcg).toBeCloseTo(ndcg, 12);
    expect(novel.ndcg).toBeCloseTo(fitted.ndcg, 12);
  });
});
