import { describe, expect, it } from 'vitest';
import { alsParameters, fitAls } from '../als/index.ts';
import { DEFAULT_SETTINGS } from '../ranking/index.ts';
import { alsQuality } from './als-quality.ts';
import { interactionsAt } from './fitted-als.ts';
import { type AlsChoice, PRODUCT_ALS } from './search-space.ts';
import { CUT, shopWithTastes } from './shop-with-tastes.fixture.ts';
import { splitAt } from './temporal-split.ts';
import { tuneAls } from './tune-als.ts';

const split = splitAt(shopWithTastes(120), CUT, 14);
const trial = { matrix: interactionsAt(split, DEFAULT_SETTINGS), customers: split.customers };

async function qualityOf(choice: AlsChoice): Promise<number> {
  return alsQuality(await fitAls(trial.matrix, alsParameters({ ...choice, seed: 1 })), trial.customers);
}

describe('tuneAls', () => {
  it.each([
    ['too much regularisation for its confidence', { alpha: 0.25, regParam: 3, rank: 16 }],
    ['too much confidence and no regularisation', { alpha: 1_000, regParam: 0, rank: 100 }],
  ])('repairs %s', async (_, wrong) => {
    const start = { ...PRODUCT_ALS, ...wrong };
    const tuned = await tuneAls([trial], start, { seed: 1 });
    expect(await qualityOf(tuned)).toBeGreaterThan(2 * (await qualityOf(start)));
    const usual = await tuneAls([trial], PRODUCT_ALS, { seed: 1 });
    expect(await qualityOf(tuned)).toBeGreaterThan(0.95 * (await qualityOf(usual)));
  });

  it('tells what it tries, tries nothing twice, and chooses the same again', async () => {
    const told: string[] = [];
    const options = { seed: 1, onProgress: (message: string) => void told.push(message) };
    const tuned = await tuneAls([trial], PRODUCT_ALS, options);
    expect(told.length).toBeGreaterThan(5);
    expect(new Set(told).size).toBe(told.length);
    expect(told.at(-1)).toContain(`ALS is best after ${tuned.maxIter} iterations`);
    expect(await tuneAls([trial], PRODUCT_ALS, { seed: 1 })).toEqual(tuned);
  });

  it('searches with a sample of the customers of a large shop', async () => {
    const told: string[] = [];
    const options = { seed: 1, mostWork: 1e8, onProgress: (message: string) => void told.push(message) };
    const tuned = await tuneAls([trial], { ...PRODUCT_ALS, regParam: 10 }, options);
    expect(told[0]).toMatch(/a sample of \d+ of 120 customers/);
    expect(await qualityOf(tuned)).toBeGreaterThan(await qualityOf({ ...PRODUCT_ALS, regParam: 10 }));
  });

  it('stays with what it is given where nobody is to be ranked for', async () => {
    const { maxIter: _, ...start } = PRODUCT_ALS;
    expect(await tuneAls([{ ...trial, customers: [] }], PRODUCT_ALS, { seed: 1 })).toMatchObject(start);
  });
});

describe('alsQuality', () => {
  it('is what lists without repeats find, and nothing for whom the model does not know', () => {
    // The customer has bought 10, likes 12 most of all, and then 11.
    const model = {
      parameters: alsParameters({ ...PRODUCT_ALS, rank: 1 }),
      userIds: Int32Array.of(7),
      itemIds: Int32Array.of(10, 11, 12),
      userFactors: Float32Array.of(1),
      itemFactors: Float32Array.of(3, 1, 2),
    };
    const history = [{ product: 10, basket: 1, at: 0, quantity: 1 }];
    const buyer = (customer: number, ...bought: number[]) => ({
      customer,
      history,
      truth: new Set([10, ...bought]),
      novelTruth: new Set(bought),
    });
    expect(alsQuality(model, [buyer(7, 12)])).toBe(1);
    expect(alsQuality(model, [buyer(7, 11)])).toBeCloseTo(1 / Math.log2(3), 12);
    expect(alsQuality(model, [buyer(7), buyer(8, 12)])).toBe(0);
  });
});
