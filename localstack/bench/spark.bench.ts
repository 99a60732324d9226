import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { alsObjective, alsParameters, fitAls, type InteractionMatrix } from '../../shared/als/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { syntheticInteractions } from './als-interactions.ts';
import { startPythonPeer } from './python-peer.ts';

const THREADS = 2;
/** The fastest of each side counts: Spark compiles as it goes. */
const ROUNDS = 2;
const BLOCKS = 10;
const PARAMETERS = alsParameters({
  rank: 64,
  maxIter: 10,
  regParam: 0.1,
  alpha: 10,
  implicitPrefs: true,
  regularisation: 'count-scaled',
  solver: 'conjugate-gradient',
});

/**
 * Whole fits of implicit ALS beside Spark MLlib, by turns, on the same ratings with the same parameters. Both sides hold the ratings
 * in memory when the clock starts; the training loss of both is computed by the same code.
 * The environment variable SPARK_PYTHON names a Python with pyspark and numpy; Spark is fastest where the system has libopenblas.
 */
export async function benchSpark(print: (line: string) => void): Promise<void> {
  const script = fileURLToPath(new URL('spark_peer.py', import.meta.url));
  const started = await startPythonPeer(script, process.env.SPARK_PYTHON ?? 'python3');
  if (started.missing !== null)
    throw new PlatformError(
      'bench_peer_missing',
      `${started.missing}: name a Python with pyspark and numpy by the environment variable SPARK_PYTHON`,
    );
  const { peer, versions } = started;
  const folder = await mkdtemp(join(tmpdir(), 'spark-bench-'));
  try {
    const { blas, java, libraries } = await peer.ask<{
      readonly blas: string;
      readonly java: string;
      readonly libraries: string;
    }>({
      do: 'start',
      threads: THREADS,
      folder,
    });
    print(`beside Spark ${versions.spark} local[${THREADS}], Java ${java}, ${blas} (${libraries})`);
    const { name, matrix } = syntheticInteractions({
      users: 100_000,
      items: 20_000,
      interactions: 2_000_000,
    });
    const files = {
      file: join(folder, 'ratings.csv'),
      userFile: join(folder, 'users'),
      itemFile: join(folder, 'items'),
    };
    await writeFile(files.file, linesOf(matrix));
    await peer.ask({ do: 'load', ...files, blocks: BLOCKS });
    const ours: number[] = [];
    const theirs: number[] = [];
    let ourLoss = 0;
    let theirLoss = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const begin = performance.now();
      const model = await fitAls(matrix, PARAMETERS, { threads: THREADS });
      ours.push((performance.now() - begin) / 1_000);
      const { seconds } = await peer.ask<{ readonly seconds: number }>({
        do: 'fit',
        ...files,
        blocks: BLOCKS,
        rank: PARAMETERS.rank,
        iterations: PARAMETERS.maxIter,
        regularization: PARAMETERS.regParam,
        alpha: PARAMETERS.alpha,
        seed: 1,
      });
      theirs.push(seconds);
      ourLoss = alsObjective(matrix, model);
      theirLoss = alsObjective(matrix, {
        ...model,
        userFactors: await readFloats(files.userFile),
        itemFactors: await readFloats(files.itemFile),
      });
      print(`  round ${round}: ours ${ours.at(-1)!.toFixed(2)} s, Spark ${seconds.toFixed(2)} s`);
    }
    const [own, other] = [Math.min(...ours), Math.min(...theirs)];
    const apart = (ourLoss - theirLoss) / theirLoss;
    print(
      `${name}, k = ${PARAMETERS.rank}, ${PARAMETERS.maxIter} iterations, ${THREADS} threads: ours ${own.toFixed(2)} s, Spark ${other.toFixed(2)} s, ` +
        `ratio ${(other / own).toFixed(1)}; training loss ${ourLoss.toFixed(0)} and ${theirLoss.toFixed(0)}, ours ${(100 * apart).toFixed(2)} % apart`,
    );
  } finally {
    await peer.close();
    await rm(folder, { recursive: true });
  }
}

function linesOf({ userIds, itemIds, byUser }: InteractionMatrix): string {
  const lines: string[] = [];
  for (let row = 0; row < userIds.length; row++)
    for (let at = byUser.starts[row]!; at < byUser.starts[row + 1]!; at++)
      lines.push(`${userIds[row]},${itemIds[byUser.columns[at]!]},${byUser.values[at]}`);
  return `${lines.join('\n')}\n`;
}

async function readFloats(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
