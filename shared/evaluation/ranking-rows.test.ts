import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, FEATURE_NAMES, LIST_KINDS } from '../ranking/index.ts';
import { type CandidateRecall, candidateRecall } from './candidate-recall.ts';
import { fitAlsTo, foldedFactors, interactionsAt, rankerAt } from './fitted-als.ts';
import { joined, type LabelledMoments, rankingRows, sampledRows } from './ranking-rows.ts';
import { PRODUCT_ALS } from './search-space.ts';
import { CUT, shopWithTastes } from './shop-with-tastes.fixture.ts';
import { splitAt } from './temporal-split.ts';
import { shopAt } from './train-learned.ts';

const split = splitAt(shopWithTastes(40), CUT, 14);
const NO_TREES = { any: null, novel: null };
const LIFT = FEATURE_NAMES.indexOf('category.lift');
let moments: LabelledMoments;
beforeAll(async () => {
  const als = { ...PRODUCT_ALS, rank: 8, maxIter: 4 };
  const model = await fitAlsTo(interactionsAt(split, DEFAULT_SETTINGS), als, { seed: 1 }, 'ALS');
  const untrained = { shop: shopAt(split, undefined), trees: NO_TREES };
  const ranker = rankerAt(split, model, DEFAULT_SETTINGS, untrained);
  moments = { ranker, cut: CUT, customers: split.customers, factorsOf: foldedFactors(ranker, CUT) };
});

const counted = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);
const truths = (kind: 'any' | 'novel'): number =>
  split.customers.reduce((sum, { truth, novelTruth }) => sum + (kind === 'any' ? truth : novelTruth).size, 0);

describe('rankingRows', () => {
  it('grades what a customer bought of its candidates, as much as the recall says', () => {
    for (const kind of LIST_KINDS) {
      const { features, labels, groups } = rankingRows(moments)[kind];
      expect(groups.reduce((sum, size) => sum + size, 0)).toBe(labels.length);
      expect(features).toHaveLength(labels.length * FEATURE_NAMES.length);
      expect(counted(labels)).toBe(Math.round(candidateRecall(moments)[kind].all * truths(kind)));
    }
  });

  it('knows nothing of the purchases that it grades', () => {
    const unlabelled = {
      ...moments,
      customers: split.customers.map((one) => ({ ...one, truth: new Set([1, 2, 3]) })),
    };
    const rows = rankingRows(moments).any;
    const others = rankingRows(unlabelled).any;
    // Customers without any of those products drop out; what is left has the features that it had.
    expect(others.groups.length).toBeGreaterThan(0);
    const texts = new Set(rowsOf(rows.features));
    for (const row of rowsOf(others.features)) expect(texts).toContain(row);
  });

  it('keeps every purchase and as many others as are asked for, the same by seed', () => {
    const whole = rankingRows(moments).any;
    const sampled = sampledRows(whole, 5, 3);
    expect(counted(sampled.labels)).toBe(counted(whole.labels));
    expect(sampled.labels.length - counted(sampled.labels)).toBe(5 * sampled.groups.length);
    expect(sampledRows(whole, 5, 3)).toEqual(sampled);
    expect(sampledRows(whole, 5, 4)).not.toEqual(sampled);
    expect(sampledRows(whole, 1e9, 3)).toEqual(whole);
  });

  it('joins queries one after the other', () => {
    const rows = sampledRows(rankingRows(moments).novel, 2, 1);
    const twice = joined([rows, rows]);
    expect(twice.groups).toHaveLength(2 * rows.groups.length);
    expect(twice.features.subarray(rows.features.length)).toEqual(rows.features);
    expect(joined([]).labels).toHaveLength(0);
  });
});

describe('candidateRecall', () => {
  it('tells of each source what it found, of which all find at least as much as any one', () => {
    const any: CandidateRecall = candidateRecall(moments).any;
    expect(any.all).toBeLessThanOrEqual(1);
    for (const source of ['personal', 'als', 'neighbours', 'companions', 'together', 'popular'] as const) {
      expect(any[source]).toBeGreaterThan(0);
      expect(any[source]).toBeLessThanOrEqual(any.all);
    }
    expect(candidateRecall(moments).novel.personal).toBe(0);
    expect(candidateRecall({ ...moments, customers: [] }).any).toMatchObject({ all: 0, candidates: 0 });
  });
});

describe('categories', () => {
  it('put forward what is bought, and tell it from what is not', () => {
    const tastes = new Map(Array.from({ length: 180 }, (_, i) => [i + 1, `taste ${Math.floor(i / 30)}`]));
    const ranker = { ...moments.ranker, learned: { shop: shopAt(split, tastes), trees: NO_TREES } };
    const known = { ...moments, ranker };
    expect(candidateRecall(known).novel.category).toBeGreaterThan(0.3);
    expect(candidateRecall(moments).novel.category).toBe(0);
    const { features, labels } = rankingRows(known).novel;
    const lifts = [0, 1].map((label) => {
      const of = [...labels.keys()].filter((row) => labels[row] === label);
      const sum = of.reduce((total, row) => total + features[row * FEATURE_NAMES.length + LIFT]!, 0);
      return sum / of.length;
    });
    expect(lifts[1]).toBeGreaterThan(2 * lifts[0]!);
  });
});

function rowsOf(features: Float32Array): string[] {
  const width = FEATURE_NAMES.length;
  return Array.from({ length: features.length / width }, (_, row) =>
    features.subarray(row * width, (row + 1) * width).join(),
  );
}
