import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../../errors.ts';
import type { RankerParameters } from '../ranker-parameters.ts';
import type { RankingRows } from '../ranking-rows.ts';

/** LightGBM in a Python process of its own, with a folder that it shares files in. */
export interface LightGbmPeer {
  write(name: string, rows: RankingRows): Promise<void>;
  /** Trains on the rows written as `train`. */
  train(
    parameters: Readonly<Record<string, unknown>>,
    trees: number,
    ranking?: boolean,
  ): Promise<TrainedPeer>;
  /** @returns raw scores of the rows written as `name`, and the median seconds of `repeats` calls */
  predict(model: string, name: string, repeats?: number): Promise<{ scores: Float64Array; seconds: number }>;
  close(): Promise<void>;
}

export interface TrainedPeer {
  readonly model: string;
  readonly seconds: number;
}

const SCRIPT = fileURLToPath(new URL('lightgbm_peer.py', import.meta.url));

/** @param python an interpreter that has LightGBM */
export async function startLightGbm(python: string): Promise<LightGbmPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'lightgbm-peer-'));
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let width = 0;
  const ask = async (request: Readonly<Record<string, unknown>>): Promise<{ readonly seconds: number }> => {
    child.stdin.write(`${JSON.stringify({ folder, width, ...request })}\n`);
    const line = await lines.next();
    const answer = line.done ? { error: 'the process has ended' } : JSON.parse(line.value);
    if (answer.error !== undefined)
      throw new PlatformError('peer_failed', `LightGBM could not ${request.do}: ${answer.error}`);
    return answer;
  };
  return {
    write: async (name, { features, labels, groups, featureNames }) => {
      width = featureNames.length;
      await writeFile(join(folder, `${name}.features.f32`), features);
      await writeFile(join(folder, `${name}.labels.u8`), labels);
      await writeFile(join(folder, `${name}.groups.i32`), groups);
    },
    train: async (parameters, trees) => {
      const { seconds } = await ask({ do: 'train', parameters, trees, model: 'model.txt' });
      return { model: await readFile(join(folder, 'model.txt'), 'utf8'), seconds };
    },
    predict: async (model, name, repeats = 1) => {
      await writeFile(join(folder, 'served.txt'), model);
      const { seconds } = await ask({
        do: 'predict',
        model: 'served.txt',
        rows: name,
        repeats,
        out: 'scores.f64',
      });
      const bytes = await readFile(join(folder, 'scores.f64'));
      return {
        scores: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
        seconds,
      };
    },
    close: async () => {
      child.stdin.end();
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}

/** What LightGBM calls our parameters. */
export function lightGbmParameters(parameters: RankerParameters): Record<string, unknown> {
  return {
    objective: 'lambdarank',
    learning_rate: parameters.learningRate,
    num_leaves: parameters.leaves,
    min_data_in_leaf: parameters.minRowsPerLeaf,
    min_sum_hessian_in_leaf: parameters.minHessianPerLeaf,
    feature_fraction: parameters.featureFraction,
    bagging_fraction: parameters.baggingFraction,
    bagging_freq: parameters.baggingFrequency,
    lambda_l2: parameters.l2,
    lambdarank_truncation_level: parameters.truncationLevel,
    max_bin: parameters.maxBins,
    seed: parameters.seed,
    verbose: -1,
    num_threads: 2,
  };
}
