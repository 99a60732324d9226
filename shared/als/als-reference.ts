/**
 * Alternating least squares as Spark MLlib defines it (apache/spark, mllib/src/main/scala/org/apache/spark/ml/recommendation/ALS.scala:
 * `initialize`, `computeFactors`, `NormalEquation`, `CholeskySolver`), explicit (Zhou et al. 2008, ALS-WR) and implicit
 * (Hu, Koren, Volinsky 2008, https://doi.org/10.1109/ICDM.2008.22). Equations per row with factors y of the other side:
 *   explicit: (Σ y yᵀ + λ n I) x = Σ r y             n = ratings of the row
 *   implicit: (YᵀY + Σ α|r| y yᵀ + λ n I) x = Σ over r > 0 of (1 + α|r|) y,  n = ratings above 0
 * Solved by Cholesky in float64, stored as float32; items first, then users. Spark's random numbers differ by block, so factors
 * are equal to Spark's in law and in objective, not bit by bit.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { initialFactor } from './initial-factors.ts';
import type { InteractionMatrix, SparseRows } from './interaction-matrix.ts';
import { gramOf, NormalEquation, triangleSize } from './normal-equation.ts';
import type { AlsParameters } from './parameters.ts';
import { regularisation } from './regularisation.ts';

/** Row `p` of a factor matrix is `factors[p * rank, (p + 1) * rank)` and belongs to the id at position `p`. */
export interface AlsModel {
  readonly parameters: AlsParameters;
  readonly userIds: Int32Array;
  readonly itemIds: Int32Array;
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
}

export interface FitOptions {
  /** Aborting rejects the fit with the signal's reason, within one chunk of rows. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every iteration. */
  readonly onProgress?:
    | ((progress: { readonly iteration: number; readonly maxIter: number }) => void)
    | undefined;
}

/**
 * Every row solved exactly, whatever `solver` says. Deterministic by seed and ratings. Hands the event loop back between chunks
 * of rows.
 * @throws PlatformError `als_singular`, `als_diverged`
 */
export async function fitAlsReference(
  matrix: InteractionMatrix,
  parameters: AlsParameters,
  options: FitOptions = {},
): Promise<AlsModel> {
  const { rank, maxIter, seed } = parameters;
  const userFactors = initialFactors(matrix.userIds, rank, seed, 'user');
  const itemFactors = initialFactors(matrix.itemIds, rank, seed, 'item');
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    await solveSide(matrix.byItem, userFactors, itemFactors, parameters, options.signal);
    await solveSide(matrix.byUser, itemFactors, userFactors, parameters, options.signal);
    checkFinite(userFactors, 'user', iteration);
    checkFinite(itemFactors, 'item', iteration);
    options.onProgress?.({ iteration, maxIter });
  }
  return { parameters, userIds: matrix.userIds, itemIds: matrix.itemIds, userFactors, itemFactors };
}

/**
 * What ALS minimises, so that every half-step lowers it:
 * explicit Σ (r - x·y)² + λ (Σ n_u |x_u|² + Σ n_i |y_i|²), where constant regularisation has 1 for every n of a row with
 * anything to learn from; implicit the same with confidences over all pairs.
 */
export function alsObjective(matrix: InteractionMatrix, model: AlsModel): number {
  const { rank, implicitPrefs, alpha } = model.parameters;
  const { starts, columns, values } = matrix.byUser;
  let loss = implicitPrefs
    ? dotOfTriangles(gramOf(model.userFactors, rank), gramOf(model.itemFactors, rank), rank)
    : 0;
  for (let user = 0; user + 1 < starts.length; user++) {
    for (let at = starts[user]!; at < starts[user + 1]!; at++) {
      const rating = values[at]!;
      const predicted = dot(model.userFactors, user * rank, model.itemFactors, columns[at]! * rank, rank);
      if (implicitPrefs) {
        const preference = rating > 0 ? 1 : 0;
        loss += (1 + alpha * Math.abs(rating)) * (preference - predicted) ** 2 - predicted ** 2;
      } else loss += (rating - predicted) ** 2;
    }
  }
  const penalty = (rows: SparseRows, factors: Float32Array): number => {
    let sum = 0;
    for (let row = 0; row + 1 < rows.starts.length; row++) {
      sum +=
        (regularisation(rows, row, model.parameters) ?? 0) *
        dot(factors, row * rank, factors, row * rank, rank);
    }
    return sum;
  };
  return loss + penalty(matrix.byUser, model.userFactors) + penalty(matrix.byItem, model.itemFactors);
}

type Numbers = Float32Array | Float64Array;

export function dot(a: Numbers, fromA: number, b: Numbers, fromB: number, rank: number): number {
  let sum = 0;
  for (let k = 0; k < rank; k++) sum += a[fromA + k]! * b[fromB + k]!;
  return sum;
}

/** Multiplications between two turns of the event loop: some ten milliseconds of work. */
const CHUNK_OF_WORK = 10_000_000;

async function solveSide(
  rows: SparseRows,
  source: Float32Array,
  target: Float32Array,
  parameters: AlsParameters,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rank } = parameters;
  const gram = parameters.implicitPrefs ? gramOf(source, rank) : null;
  const equation = new NormalEquation(rank);
  let work = 0;
  for (let row = 0; row + 1 < rows.starts.length; row++) {
    solveRow(rows, row, source, gram, equation, parameters, target);
    work += (rows.starts[row + 1]! - rows.starts[row]! + rank / 3) * triangleSize(rank);
    if (work > CHUNK_OF_WORK) {
      work = 0;
      await nextTurn();
      signal?.throwIfAborted();
    }
  }
}

function solveRow(
  rows: SparseRows,
  row: number,
  source: Float32Array,
  gram: Float64Array | null,
  equation: NormalEquation,
  parameters: AlsParameters,
  target: Float32Array,
): void {
  const { rank, implicitPrefs, alpha } = parameters;
  const lambda = regularisation(rows, row, parameters);
  // b = 0, so x = 0 whatever A is (A may be singular, as no regularisation is charged).
  if (lambda === null) {
    target.fill(0, row * rank, (row + 1) * rank);
    return;
  }
  equation.reset(gram);
  for (let at = rows.starts[row]!; at < rows.starts[row + 1]!; at++) {
    const rating = rows.values[at]!;
    const from = rows.columns[at]! * rank;
    if (implicitPrefs) {
      const extra = alpha * Math.abs(rating);
      equation.add(source, from, extra, rating > 0 ? 1 + extra : 0);
    } else equation.add(source, from, 1, rating);
  }
  equation.solve(lambda, target, row * rank);
}

function initialFactors(ids: Int32Array, rank: number, seed: number, side: 'user' | 'item'): Float32Array {
  const factors = new Float32Array(ids.length * rank);
  ids.forEach((id, position) => {
    factors.set(initialFactor(side, id, rank, seed), position * rank);
  });
  return factors;
}

function checkFinite(factors: Float32Array, side: string, iteration: number): void {
  if (!factors.every(Number.isFinite)) {
    throw new PlatformError(
      'als_diverged',
      `${side} factors are not finite after iteration ${iteration}; ratings are too large for float32 or regParam is too small`,
    );
  }
}

/** Σ over all i, j of A[i,j] B[i,j] for two symmetric matrices kept as lower triangles. */
function dotOfTriangles(a: Float64Array, b: Float64Array, rank: number): number {
  let sum = 0;
  for (let i = 0, at = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++, at++) sum += (i === j ? 1 : 2) * a[at]! * b[at]!;
  }
  return sum;
}
