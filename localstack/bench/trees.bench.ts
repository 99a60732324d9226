import { performance } from 'node:perf_hooks';
import {
  type LightGbmPeer,
  lightGbmParameters,
  startLightGbm,
} from '../../shared/trees/conformance/lightgbm-peer.fixture.ts';
import { syntheticRows } from '../../shared/trees/conformance/synthetic-rows.fixture.ts';
import {
  formatLightGbm,
  meanNdcg,
  parseLightGbm,
  predictRows,
  RANKER_DEFAULTS,
  type RankingRows,
  type TreeEnsemble,
  trainRanker,
} from '../../shared/trees/index.ts';
import { percentile } from './percentiles.ts';

const SHAPE = { rowsPerQuery: 120, features: 40 };
const QUERIES = 3334;
const ROUNDS = 3;
const PREDICTIONS = 1000;

/**
 * Trains on 400,000 rows × 40 features, 100 trees of 31 leaves, beside LightGBM, on two threads each, by turns on the same rows;
 * and scores 500 rows beside its `predict`.
 * The interpreter that has LightGBM is named by the environment variable PEERS_PYTHON.
 */
export async function benchTrees(print: (line: string) => void): Promise<void> {
  const training = syntheticRows({ ...SHAPE, queries: QUERIES, seed: 1 });
  const held = syntheticRows({ ...SHAPE, queries: 500, seed: 2 });
  const few = syntheticRows({ rowsPerQuery: 500, features: SHAPE.features, queries: 1, seed: 3 });
  print(`${training.labels.length} rows × ${SHAPE.features} features, ${RANKER_DEFAULTS.maxTrees} trees`);
  const peer = await startLightGbm(process.env.PEERS_PYTHON ?? 'python3');
  try {
    for (const [name, rows] of Object.entries({ train: training, held, few })) await peer.write(name, rows);
    const ensemble = await compareTraining(peer, training, held, print);
    await comparePrediction(peer, ensemble, few, print);
  } finally {
    await peer.close();
  }
}

async function compareTraining(
  peer: LightGbmPeer,
  training: RankingRows,
  held: RankingRows,
  print: (line: string) => void,
): Promise<TreeEnsemble> {
  const seconds = { ours: [] as number[], theirs: [] as number[] };
  let ensemble: TreeEnsemble | null = null;
  let model = '';
  for (let round = 0; round < ROUNDS; round++) {
    const theirs = await peer.train(lightGbmParameters(RANKER_DEFAULTS), RANKER_DEFAULTS.maxTrees);
    seconds.theirs.push(theirs.seconds);
    model = theirs.model;
    const begin = performance.now();
    ({ ensemble } = await trainRanker(training, RANKER_DEFAULTS, { threads: 2 }));
    seconds.ours.push((performance.now() - begin) / 1_000);
  }
  const [ours, theirs] = [median(seconds.ours), median(seconds.theirs)];
  print(
    `training: ours ${ours.toFixed(1)} s, LightGBM ${theirs.toFixed(1)} s, on 2 threads each, ratio ${(ours / theirs).toFixed(2)}`,
  );
  const ndcg = (scored: TreeEnsemble) =>
    meanNdcg(scoresOf(scored, held), held, RANKER_DEFAULTS.ndcgAt).toFixed(4);
  print(`NDCG@10 on other rows: ours ${ndcg(ensemble!)}, LightGBM ${ndcg(parseLightGbm(model))}`);
  return ensemble!;
}

/** The same model on both sides. */
async function comparePrediction(
  peer: LightGbmPeer,
  ensemble: TreeEnsemble,
  rows: RankingRows,
  print: (line: string) => void,
): Promise<void> {
  const out = new Float64Array(rows.labels.length);
  const times = Array.from({ length: PREDICTIONS }, () => {
    const begin = performance.now();
    predictRows(ensemble, rows.features, out);
    return performance.now() - begin;
  }).sort((a, b) => a - b);
  const theirs = await peer.predict(formatLightGbm(ensemble), 'few', PREDICTIONS);
  const difference = out.reduce(
    (most, score, row) => Math.max(most, Math.abs(score - theirs.scores[row]!)),
    0,
  );
  print(
    `${rows.labels.length} rows scored: ours p50 ${percentile(times, 0.5).toFixed(2)} · p99 ${percentile(times, 0.99).toFixed(2)} ms, ` +
      `LightGBM p50 ${(1_000 * theirs.seconds).toFixed(2)} ms on 1 thread; greatest difference of a score ${difference}`,
  );
}

function scoresOf(ensemble: TreeEnsemble, { features, labels }: RankingRows): Float64Array {
  const out = new Float64Array(labels.length);
  predictRows(ensemble, features, out);
  return out;
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
