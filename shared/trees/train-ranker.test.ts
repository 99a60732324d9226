import { describe, expect, it } from 'vitest';
import { syntheticRows } from './conformance/synthetic-rows.fixture.ts';
import { meanNdcg } from './ndcg.ts';
import { predictRows } from './predict-rows.ts';
import { RANKER_DEFAULTS, type RankerParameters } from './ranker-parameters.ts';
import { type TrainedRanker, trainRanker } from './train-ranker.ts';

const shape = { rowsPerQuery: 30, features: 8 };
const rows = syntheticRows({ ...shape, queries: 120, seed: 1 });
const validation = syntheticRows({ ...shape, queries: 60, seed: 2 });
/** So many that they are worth threads. */
const many = syntheticRows({ ...shape, queries: 2200, seed: 3 });
const parameters: RankerParameters = { ...RANKER_DEFAULTS, minRowsPerLeaf: 20, leaves: 8, maxTrees: 12 };

const scoresOf = ({ ensemble }: TrainedRanker, of: typeof rows): Float64Array => {
  const out = new Float64Array(of.labels.length);
  predictRows(ensemble, of.features, out);
  return out;
};

describe('trainRanker', () => {
  it('gives the same trees for the same seed, and others for another', async () => {
    const { ensemble } = await trainRanker(rows, parameters);
    expect((await trainRanker(rows, parameters)).ensemble).toEqual(ensemble);
    expect((await trainRanker(rows, { ...parameters, seed: 1 })).ensemble).not.toEqual(ensemble);
  });

  it('ranks its rows better tree after tree, and rows that it never saw better than chance', async () => {
    const all = { ...parameters, featureFraction: 1, baggingFraction: 1 };
    const ndcg: number[] = [];
    for (const maxTrees of [1, 4, 16, 64])
      ndcg.push(meanNdcg(scoresOf(await trainRanker(rows, { ...all, maxTrees }), rows), rows, 10));
    expect(ndcg).toEqual([...ndcg].sort((a, b) => a - b));
    const unseen = meanNdcg(scoresOf(await trainRanker(rows, all), validation), validation, 10);
    expect(unseen).toBeGreaterThan(
      meanNdcg(new Float64Array(validation.labels.length), validation, 10) + 0.05,
    );
  });

  it('tells the NDCG on validation rows after each tree, which is that of the ensemble', async () => {
    const seen: unknown[] = [];
    const trained = await trainRanker(rows, parameters, {
      validation,
      onProgress: (progress) => seen.push(progress),
    });
    expect(trained.validationNdcg).toHaveLength(12);
    expect(trained.validationNdcg.at(-1)).toBe(meanNdcg(scoresOf(trained, validation), validation, 10));
    expect(seen.at(-1)).toEqual({ tree: 12, maxTrees: 12, validationNdcg: trained.validationNdcg.at(-1) });
  });

  it('stops early and keeps the trees up to the best', async () => {
    const early = { ...parameters, maxTrees: 500, learningRate: 0.5, earlyStoppingRounds: 5 };
    const { ensemble, validationNdcg } = await trainRanker(rows, early, { validation });
    const best = validationNdcg.indexOf(Math.max(...validationNdcg)) + 1;
    expect(ensemble.trees).toHaveLength(best);
    expect(validationNdcg).toHaveLength(best + 5);
    const { ensemble: fixed } = await trainRanker(rows, { ...parameters, learningRate: 0.5, maxTrees: best });
    expect(ensemble).toEqual(fixed);
  });

  it('grows no leaf of fewer rows or hessians than it may, and no tree where nothing gains', async () => {
    const { ensemble } = await trainRanker(rows, { ...parameters, minHessianPerLeaf: 3 });
    for (const { leafCounts, leafWeights } of ensemble.trees) {
      expect(Math.min(...leafCounts)).toBeGreaterThanOrEqual(20);
      expect(Math.min(...leafWeights)).toBeGreaterThanOrEqual(3);
    }
    const alike = { ...rows, labels: new Uint8Array(rows.labels.length) };
    expect((await trainRanker(alike, parameters)).ensemble.trees).toEqual([]);
  });

  it('ends within a tree with the reason that it is aborted for, whether it has threads or not', async () => {
    for (const of of [rows, many]) {
      const abort = new AbortController();
      const trees: number[] = [];
      const training = trainRanker(
        of,
        { ...parameters, maxTrees: 100_000 },
        {
          signal: abort.signal,
          onProgress: ({ tree }) => {
            trees.push(tree);
            // While the next one is grown.
            if (tree === 2) setImmediate(() => abort.abort(new Error('no more time')));
          },
        },
      );
      await expect(training).rejects.toThrow('no more time');
      expect(trees.slice(0, 2)).toEqual([1, 2]);
    }
  });

  it('gives the same trees, bit by bit, for any number of threads', async () => {
    const few = { ...parameters, maxTrees: 4 };
    const trained = await trainRanker(many, few, { threads: 1, validation });
    for (const threads of [2, 5])
      expect(await trainRanker(many, few, { threads, validation })).toEqual(trained);
  });

  it('refuses more rows than a memory holds', async () => {
    const labels = new Uint8Array(2 ** 26);
    const tooMany = {
      features: new Float32Array(2 ** 26),
      labels,
      groups: Int32Array.of(2 ** 26),
      featureNames: ['a'],
    };
    await expect(trainRanker(tooMany, parameters)).rejects.toMatchObject({ code: 'ranker_memory' });
  });

  it.each([
    [{ leaves: 1 }, 'leaves is 1; it must be a whole number of at least 2'],
    [{ featureFraction: 0 }, 'featureFraction is 0; it must be above 0 and at most 1'],
    [{ maxBins: 256 }, 'maxBins is 256; it must be a whole number from 2 to 255'],
    [{ learningRate: Number.NaN }, 'learningRate is NaN; it must be a number above 0'],
    [{ earlyStoppingRounds: 5 }, 'earlyStoppingRounds needs validation rows, and there are none'],
  ])('refuses %j', async (wrong, message) => {
    await expect(trainRanker(rows, { ...parameters, ...wrong })).rejects.toMatchObject({
      code: 'ranker_parameter',
      message,
    });
  });

  it.each([
    [
      'groups of other rows',
      { groups: Int32Array.of(5) },
      `${rows.labels.length} rows, but the queries have 5 together`,
    ],
    ['a grade too high', { labels: rows.labels.map(() => 31) }, 'row 0 has grade 31'],
    ['a name with a blank', { featureNames: ['a b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] }, '"a b"'],
    ['a name twice', { featureNames: ['a', 'a', 'd', 'e', 'f', 'g', 'h', 'i'] }, 'two features are named a'],
    ['too few values', { features: new Float32Array(8) }, '8 values for'],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(trainRanker({ ...rows, ...wrong }, parameters)).rejects.toMatchObject({
      code: 'ranking_rows',
      message: expect.stringContaining(message),
    });
  });
});
