/**
 * ALS by threads over shared memory with a SIMD kernel (`kernel/assembly/als.ts`). The equations are those of `als-reference.ts`;
 * rows are solved exactly or by a few steps of conjugate gradient, which makes an iteration as fast as that of
 * benfred/implicit (`npm run bench -- als`).
 */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { kernelTeam, type ThreadTeam } from '../wasm/index.ts';
import type { AlsModel, FitOptions } from './als-reference.ts';
import { type AlsMemory, alsMemory, type SideMemory } from './als-wasm-memory.ts';
import { STOP } from './als-wasm-plan.ts';
import { initialFactor } from './initial-factors.ts';
import type { InteractionMatrix } from './interaction-matrix.ts';
import { wasmBase64 } from './kernel/als.wasm.ts';
import type { AlsParameters } from './parameters.ts';

export interface ThreadedFitOptions extends FitOptions {
  /** Threads to solve with at most; as many as there are processors. The result does not depend on it, bit by bit. */
  readonly threads?: number | undefined;
  /** Ends the fit before `maxIter` and gives the best model that it saw, the earliest of equals. */
  readonly earlyStop?: EarlyStop | undefined;
}

export interface EarlyStop {
  /** How good a model is on data that it was not fitted to; higher is better. Called after every iteration. */
  readonly score: (model: AlsModel, iteration: number) => number | Promise<number>;
  /** Iterations without a better score after which to stop, 1 or more. */
  readonly patience: number;
}

/**
 * Deterministic by seed and ratings, for any number of threads. The main thread only copies ratings and draws the start, in turns
 * of some ten milliseconds; of a fit so small that an iteration takes no longer, it does all.
 * Memory: see `alsMemory`, beside the matrix and the model.
 * @throws PlatformError `als_singular` (only the exact solver), `als_diverged`, `als_memory`, `kernel_thread`
 */
export async function fitAls(
  matrix: InteractionMatrix,
  parameters: AlsParameters,
  options: ThreadedFitOptions = {},
): Promise<AlsModel> {
  const { signal, threads = availableParallelism() } = options;
  signal?.throwIfAborted();
  const shared = await alsMemory(matrix, parameters, threads);
  await drawStart(shared, matrix, parameters, signal);
  const { stop, isSmall } = shared;
  kernel ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  const team = kernelTeam(kernel, shared, isSmall);
  const abort = () => Atomics.compareExchange(stop, 0, STOP.none, STOP.aborted);
  signal?.addEventListener('abort', abort);
  try {
    return await iterate(team, shared, matrix, parameters, options);
  } finally {
    signal?.removeEventListener('abort', abort);
    await team.close();
  }
}

let kernel: WebAssembly.Module | null = null;

async function iterate(
  team: ThreadTeam,
  shared: AlsMemory,
  matrix: InteractionMatrix,
  parameters: AlsParameters,
  { signal, onProgress, earlyStop }: ThreadedFitOptions,
): Promise<AlsModel> {
  const { maxIter } = parameters;
  let best: { readonly model: AlsModel; readonly score: number; readonly iteration: number } | null = null;
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    signal?.throwIfAborted();
    await team.run('iterate');
    signal?.throwIfAborted();
    checkSolved(shared, iteration);
    onProgress?.({ iteration, maxIter });
    if (earlyStop === undefined) continue;
    const model = await publishedModel(team, shared, matrix, parameters, signal);
    const score = await earlyStop.score(model, iteration);
    if (best === null || score > best.score) best = { model, score, iteration };
    else if (iteration - best.iteration >= earlyStop.patience) break;
  }
  signal?.throwIfAborted();
  return best?.model ?? publishedModel(team, shared, matrix, parameters, signal);
}

/** Numbers drawn between two turns of the event loop: some ten milliseconds of work. */
const CHUNK_OF_NUMBERS = 100_000;

async function drawStart(
  { users, items }: AlsMemory,
  matrix: InteractionMatrix,
  { rank, seed }: AlsParameters,
  signal: AbortSignal | undefined,
): Promise<void> {
  const draw = async (side: 'user' | 'item', ids: Int32Array, { factors, places, rowLength }: SideMemory) => {
    const idsPerTurn = Math.ceil(CHUNK_OF_NUMBERS / rank);
    for (let from = 0; from < ids.length; from += idsPerTurn) {
      for (let position = from; position < Math.min(from + idsPerTurn, ids.length); position++) {
        factors.set(initialFactor(side, ids[position]!, rank, seed), places[position]! * rowLength);
      }
      await nextTurn();
      signal?.throwIfAborted();
    }
  };
  await draw('user', matrix.userIds, users);
  await draw('item', matrix.itemIds, items);
}

/** Throws what the threads have stopped for. */
function checkSolved(shared: AlsMemory, iteration: number): void {
  const stop = Atomics.load(shared.stop, 0);
  if (stop === STOP.notFinite) {
    throw new PlatformError(
      'als_diverged',
      `factors are not finite in iteration ${iteration}; ratings are too large for float32 or regParam is too small`,
    );
  }
  if (stop === STOP.singular) {
    throw new PlatformError(
      'als_singular',
      `a row's equations have no single solution in iteration ${iteration}; raise regParam or lower rank`,
    );
  }
}

/** A copy of the factors, in the order of the matrix. */
async function publishedModel(
  team: ThreadTeam,
  { users, items }: AlsMemory,
  matrix: InteractionMatrix,
  parameters: AlsParameters,
  signal: AbortSignal | undefined,
): Promise<AlsModel> {
  if (users.published !== users.factors) {
    await team.run('publish');
    // Threads that are told to stop leave factors out.
    signal?.throwIfAborted();
  }
  const { rank } = parameters;
  const inOrder = ({ published, places, rowLength }: SideMemory): Float32Array => {
    const factors = new Float32Array(places.length * rank);
    places.forEach((place, position) => {
      factors.set(published.subarray(place * rowLength, place * rowLength + rank), position * rank);
    });
    return factors;
  };
  return {
    parameters,
    userIds: matrix.userIds,
    itemIds: matrix.itemIds,
    userFactors: inOrder(users),
    itemFactors: inOrder(items),
  };
}
