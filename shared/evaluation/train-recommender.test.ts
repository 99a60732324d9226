import { describe, expect, it } from 'vitest';
import { uniform } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { DEFAULT_SETTINGS, signalsOf } from '../ranking/index.ts';
import { evaluateRecommender } from './evaluate-recommender.ts';
import { candidateTable, fitDiscoverWeights, fitWeights } from './fit-blend.ts';
import { type CustomerPurchase, splitAt } from './temporal-split.ts';
import { rankerAt, trainedFactors, trainRecommender } from './train-recommender.ts';

const DAYS = 140;
const CUT = 126 * DAY_MS;
const PRODUCTS = 180;

/** Every customer has a taste of 30 products, some of them favourites bought again and again. */
function shop(customers: number): CustomerPurchase[] {
  const next = uniform(11, 'shop');
  const purchases: CustomerPurchase[] = [];
  let basket = 0;
  for (let customer = 1; customer <= customers; customer++) {
    const taste = 30 * (customer % 6);
    for (let day = 3 * next(); day < DAYS; day += 4 + 6 * next()) {
      basket += 1;
      const products = new Set(
        Array.from({ length: 4 }, () => 1 + taste + Math.floor(30 * next() ** (1 + (customer % 3)))),
      );
      if (next() < 0.3) products.add(1 + Math.floor(PRODUCTS * next()));
      for (const product of products)
        purchases.push({ customer, product, basket, at: Math.round(day * DAY_MS), quantity: 1 });
    }
  }
  return purchases;
}

const purchases = shop(80);

describe('evaluateRecommender', () => {
  it('beats popularity and personal frequency in a shop with tastes', async () => {
    const progress: string[] = [];
    const report = await evaluateRecommender(purchases, {
      cut: CUT,
      days: 14,
      seed: 1,
      onProgress: (message) => progress.push(message),
    });
    const against = new Map(report.comparisons.map((comparison) => [comparison.against, comparison]));
    expect(against.get('popularity')!.any.low).toBeGreaterThan(0);
    expect(against.get('popularity')!.novel.low).toBeGreaterThan(0);
    expect(against.get('personal frequency')!.any.high).toBeGreaterThan(0);
    expect(report.methods.map(({ name }) => name)).toEqual([
      'popularity',
      `popularity of ${report.settings.popularityDays} days`,
      'personal frequency',
      'ALS',
      'blend',
    ]);
    expect(progress).toContain('final ALS: iteration 10 of 10');
  });

  it('does not beat popularity where what is bought next has nothing to do with who buys', async () => {
    const next = uniform(2, 'shuffle');
    const later = purchases.filter(({ at }) => at >= CUT).map(({ product }) => product);
    for (let i = later.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [later[i], later[j]] = [later[j]!, later[i]!];
    }
    let at = 0;
    const shuffled = purchases.map((purchase) =>
      purchase.at < CUT ? purchase : { ...purchase, product: later[at++]! },
    );
    const report = await evaluateRecommender(shuffled, { cut: CUT, days: 14, seed: 1 });
    expect(report.comparisons.find(({ against }) => against === 'popularity')!.any.low).toBeLessThanOrEqual(
      0,
    );
  });

  it('uses nothing of the future: what happens after the cut changes neither model nor settings', async () => {
    const options = { cut: CUT, days: 14, seed: 1 };
    const future = purchases.map((purchase) =>
      purchase.at < CUT ? purchase : { ...purchase, product: (purchase.product % PRODUCTS) + 1 },
    );
    const [report, other] = [
      await evaluateRecommender(purchases, options),
      await evaluateRecommender(future, options),
    ];
    expect(other.settings).toEqual(report.settings);
    expect(other.validation).toEqual(report.validation);
    expect(other.methods.at(-1)!.any.ndcg).not.toBe(report.methods.at(-1)!.any.ndcg);
  });
});

describe('trainRecommender', () => {
  const options = { now: CUT, validationDays: 14, seed: 1, tune: 'weights' } as const;

  it('trains on everything before now and reports the validation beside its baselines', async () => {
    const { model, settings, metrics } = await trainRecommender(purchases, options);
    expect(model.userIds).toHaveLength(80);
    expect(metrics.validationCustomers).toBe(80);
    expect(metrics.ndcgAt10).toBeGreaterThan(metrics.popularityNdcgAt10!);
    expect(Object.keys(metrics).sort()).toEqual([
      'coverageAt10',
      'hitRateAt10',
      'ndcgAt10',
      'novelNdcgAt10',
      'personalFrequencyNdcgAt10',
      'popularityNdcgAt10',
      'recallAt10',
      'validationCustomers',
    ]);
    expect(settings).toMatchObject({
      ...DEFAULT_SETTINGS,
      weights: settings.weights,
      discoverWeights: settings.discoverWeights,
    });
    expect(await trainRecommender([...purchases].reverse(), options)).toEqual({ model, settings, metrics });
  });

  it('keeps the default settings, yet measures them, where there are too few customers to fit to', async () => {
    const few = purchases.filter(({ customer }) => customer <= 10);
    const { settings, metrics, model } = await trainRecommender(few, options);
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(metrics.validationCustomers).toBe(10);
    expect(metrics.ndcgAt10).toBeGreaterThan(metrics.popularityNdcgAt10 ?? Number.NaN);
    expect(model.userIds).toHaveLength(10);
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
      tune: 'weights',
    });
    const split = splitAt(purchases, CUT, 14);
    const ranker = rankerAt(split, model, DEFAULT_SETTINGS);
    const factorsOf = trainedFactors(model);
    const tables = split.customers.map((customer) =>
      candidateTable(signalsOf(ranker, customer.history, CUT, factorsOf(customer)), customer),
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
  });
});
