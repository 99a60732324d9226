import { describe, expect, it } from 'vitest';
import { evaluateRecommender } from './evaluate-recommender.ts';
import type { CustomerPurchase } from './purchase-log.ts';
import { CUT, PRODUCTS, shopWithTastes } from './shop-with-tastes.fixture.ts';
import { shuffledProducts } from './shuffled-products.ts';

const purchases = shopWithTastes(80);
const OPTIONS = { cut: CUT, days: 14, seed: 1 };

describe('evaluateRecommender', () => {
  it('beats popularity and personal frequency in a shop with tastes', async () => {
    const progress: string[] = [];
    const report = await evaluateRecommender(purchases, {
      ...OPTIONS,
      onProgress: (message) => progress.push(message),
    });
    const against = new Map(report.comparisons.map((comparison) => [comparison.against, comparison]));
    expect(against.get('popularity')!.any.low).toBeGreaterThan(0);
    expect(against.get('popularity')!.novel.low).toBeGreaterThan(0);
    expect(against.get('personal frequency')!.any.high).toBeGreaterThan(0);
    expect(report.methods.map(({ name }) => name).slice(0, 7)).toEqual([
      'popularity',
      'recent popularity',
      'personal frequency',
      'decayed count + popularity',
      'TIFU-KNN',
      'UP-CF',
      'ALS',
    ]);
    expect(Object.keys(report.baselineParameters)).toEqual([
      'decayed count + popularity',
      'TIFU-KNN',
      'UP-CF',
    ]);
    const { any, novel } = report.candidateRecall;
    expect(any.personal).toBeGreaterThan(0.5);
    expect(any.all).toBeGreaterThanOrEqual(any.personal);
    expect([novel.personal, novel.category]).toEqual([0, 0]);
    expect(progress.join()).toMatch(/final ALS: iteration (\d+) of \1\b/);
  });

  it('measures every length that is asked for, and what customers without a history are shown', async () => {
    const stranger = (day: number, product: number): CustomerPurchase => ({
      customer: 900,
      product,
      basket: 900_000 + product,
      at: CUT + day * 86_400_000,
      quantity: 1,
    });
    const report = await evaluateRecommender([...purchases, stranger(1, 1), stranger(2, 31)], {
      ...OPTIONS,
      listLengths: [10, 5, 200],
    });
    for (const method of report.methods) {
      expect(method.lengths.map(({ k }) => k)).toEqual([10, 5, 200]);
      const [ten, five, all] = method.lengths;
      expect(method.any).toBe(ten!.any);
      expect(five!.any.recall).toBeLessThanOrEqual(ten!.any.recall);
      expect(all!.any.recall).toBe(1);
      expect(all!.unknown).toMatchObject({ customers: 1, recall: 1 });
      expect(method.any.customers).toBe(80);
      expect(method.byActivity.reduce((sum, { any }) => sum + any.customers, 0)).toBe(80);
    }
    const [popularity] = report.methods;
    expect(popularity!.any.coverage).toBeLessThan(report.methods.at(-1)!.any.coverage);
    expect(popularity!.exposure.any.gini).toBeGreaterThan(report.methods.at(-1)!.exposure.any.gini);
  });

  it.each([1, 2])(
    'does not beat popularity where labels are shuffled, trees and all (seed %i)',
    async (seed) => {
      const progress: string[] = [];
      const report = await evaluateRecommender(shuffledProducts(shopWithTastes(110), seed), {
        ...OPTIONS,
        onProgress: (message) => progress.push(message),
      });
      expect(progress.join()).toMatch(/validation of \d+ trees for any/);
      const { any, novel } = report.comparisons.find(({ against }) => against === 'popularity')!;
      expect(any.low).toBeLessThanOrEqual(0);
      expect(novel.low).toBeLessThanOrEqual(0);
      expect(any.difference).toBeLessThan(0.02);
    },
  );

  it('does not beat popularity where what is bought next has nothing to do with who buys', async () => {
    const later = purchases.filter(({ at }) => at >= CUT);
    const shuffled = [...purchases.filter(({ at }) => at < CUT), ...shuffledProducts(later, 2)];
    const report = await evaluateRecommender(shuffled, OPTIONS);
    expect(report.comparisons.find(({ against }) => against === 'popularity')!.any.low).toBeLessThanOrEqual(
      0,
    );
  });

  it('uses nothing of the future: what happens after the cut changes neither model nor settings', async () => {
    const future = purchases.map((purchase) =>
      purchase.at < CUT ? purchase : { ...purchase, product: (purchase.product % PRODUCTS) + 1 },
    );
    const [report, other] = [
      await evaluateRecommender(purchases, OPTIONS),
      await evaluateRecommender(future, OPTIONS),
    ];
    expect(other.settings).toEqual(report.settings);
    expect(other.validation).toEqual(report.validation);
    expect(other.baselineParameters).toEqual(report.baselineParameters);
    expect(other.methods.at(-1)!.any.ndcg).not.toBe(report.methods.at(-1)!.any.ndcg);
  });
});
