/**
 * Models that LightGBM trains served by us, and models that we train served by LightGBM; and how well both rank. Needs Python with
 * LightGBM 4; its interpreter is named by the environment variable PEERS_PYTHON.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LightGbmPeer, lightGbmParameters, startLightGbm } from './conformance/lightgbm-peer.fixture.ts';
import { syntheticRows } from './conformance/synthetic-rows.fixture.ts';
import {
  formatLightGbm,
  meanNdcg,
  parseLightGbm,
  predictRows,
  RANKER_DEFAULTS,
  type TreeEnsemble,
  trainRanker,
} from './index.ts';
import { MISSING_BITS, MISSING_NAN, MISSING_NONE, MISSING_ZERO } from './tree-ensemble.ts';

const shape = { rowsPerQuery: 50, features: 20 };
const training = syntheticRows({ ...shape, queries: 400, seed: 1 });
const held = syntheticRows({ ...shape, queries: 400, seed: 2 });
/** Rows that no split was made for: what is present in training is missing here, and the other way round. */
const strange = syntheticRows({ ...shape, queries: 200, seed: 3 });
for (let at = 0; at < strange.features.length; at += 7) {
  const odd = [Number.NaN, 0, -0, 1e-36, -1e-36, 1e-30, Infinity, -Infinity, 3.4e38];
  strange.features[at] = odd[(at / 7) % odd.length]!;
}

let peer: LightGbmPeer;
beforeAll(async () => {
  peer = await startLightGbm(process.env.PEERS_PYTHON ?? 'python3');
  await peer.write('train', training);
  await peer.write('held', held);
  await peer.write('strange', strange);
});
afterAll(() => peer.close());

const scoresOf = (ensemble: TreeEnsemble, { features, labels }: typeof held): Float64Array => {
  const out = new Float64Array(labels.length);
  predictRows(ensemble, features, out);
  return out;
};

const greatestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce(
    (greatest, value, at) => Math.max(greatest, Math.abs(value - b[at]!)),
    a.length === b.length ? 0 : Infinity,
  );

describe.each([
  ['lambdarank', {}, MISSING_NAN],
  ['lambdarank with zero as missing', { zero_as_missing: true }, MISSING_ZERO],
  ['lambdarank that knows no missing value', { use_missing: false }, MISSING_NONE],
  ['regression', { objective: 'regression' }, MISSING_NAN],
  ['binary', { objective: 'binary', is_unbalance: true }, MISSING_NAN],
] as const)('a model that LightGBM trained: %s', (_, others, missing) => {
  it('is served as LightGBM serves it, on 20,000 rows like those of training and 10,000 strange ones', async () => {
    const parameters = { ...lightGbmParameters(RANKER_DEFAULTS), ...others };
    const { model } = await peer.train(parameters, 60);
    const ensemble = parseLightGbm(model);
    const kinds = ensemble.trees.flatMap(({ decisions }) =>
      [...decisions].map((decision) => decision & MISSING_BITS),
    );
    expect(kinds).toContain(missing);
    for (const [name, rows] of Object.entries({ held, strange })) {
      const { scores } = await peer.predict(model, name);
      expect(greatestDifference(scoresOf(ensemble, rows), scores)).toBeLessThan(1e-6);
    }
  });

  it('is the same to LightGBM after we read and wrote it', async () => {
    const parameters = { ...lightGbmParameters(RANKER_DEFAULTS), ...others };
    const { model } = await peer.train(parameters, 10);
    const { scores: before } = await peer.predict(model, 'strange');
    const { scores: after } = await peer.predict(formatLightGbm(parseLightGbm(model)), 'strange');
    expect(greatestDifference(before, after)).toBe(0);
  });
});

it.each([
  ['a categorical split', { categorical_feature: [6] }],
  ['a linear tree', { objective: 'regression', linear_tree: true }],
  ['averaged', { objective: 'regression', boosting: 'rf' }],
  ['several scores', { objective: 'multiclass', num_class: 4 }],
])('refuses what it does not serve: %s', async (what, others) => {
  const { model } = await peer.train({ ...lightGbmParameters(RANKER_DEFAULTS), ...others }, 10);
  expect(() => parseLightGbm(model)).toThrow(what);
});

describe('a model that we trained', () => {
  const parameters = { ...RANKER_DEFAULTS, maxTrees: 100 };

  it('is served by LightGBM as by us, and ranks within 1 % of what LightGBM trains', async () => {
    const { ensemble } = await trainRanker(training, parameters);
    const ours = scoresOf(ensemble, held);
    const model = formatLightGbm(ensemble);
    for (const [name, rows] of Object.entries({ held, strange })) {
      const { scores } = await peer.predict(model, name);
      expect(greatestDifference(scoresOf(ensemble, rows), scores)).toBeLessThan(1e-9);
    }
    const trained = await peer.train(lightGbmParameters(parameters), parameters.maxTrees);
    const { scores: theirs } = await peer.predict(trained.model, 'held');
    expect(meanNdcg(ours, held, 10)).toBeGreaterThan(0.99 * meanNdcg(theirs, held, 10));
    expect(meanNdcg(theirs, held, 10)).toBeGreaterThan(
      meanNdcg(new Float64Array(theirs.length), held, 10) + 0.1,
    );
  });

  it('is the one that LightGBM trains, split by split, where nothing is drawn, estimated or binned otherwise', async () => {
    // Few values, so that both have a bin for each; hessians limit a leaf, for LightGBM estimates its rows from them.
    const rows = {
      ...training,
      features: training.features.map((value) => Math.round(4 * Math.max(-9, Math.min(9, value))) / 4),
    };
    const all = {
      ...parameters,
      maxTrees: 20,
      minRowsPerLeaf: 1,
      minHessianPerLeaf: 1,
      featureFraction: 1,
      baggingFraction: 1,
    };
    await peer.write('train', rows);
    const { model } = await peer.train({ ...lightGbmParameters(all), min_data_in_bin: 1 }, all.maxTrees);
    await peer.write('train', training);
    const theirs = parseLightGbm(model);
    const { ensemble: ours } = await trainRanker(rows, all);
    expect(ours.trees.map(({ features }) => [...features])).toEqual(
      theirs.trees.map(({ features }) => [...features]),
    );
    for (const [index, { gains }] of ours.trees.entries())
      for (const [node, gain] of gains.entries())
        expect(gain / theirs.trees[index]!.gains[node]!).toBeCloseTo(1, 3);
    // Rows of queries without any grade have no gradient, and may lie on either side of a split.
    expect(meanNdcg(scoresOf(ours, rows), rows, 10)).toBeCloseTo(
      meanNdcg(scoresOf(theirs, rows), rows, 10),
      12,
    );
  });

  it('of no split at all is served by LightGBM too', async () => {
    const { ensemble } = await trainRanker(training, {
      ...parameters,
      minRowsPerLeaf: training.labels.length,
    });
    expect(ensemble.trees).toHaveLength(0);
    const { scores } = await peer.predict(formatLightGbm(ensemble), 'held');
    expect(greatestDifference(scoresOf(ensemble, held), scores)).toBe(0);
  });
});
