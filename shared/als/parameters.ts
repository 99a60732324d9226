import { PlatformError } from '../errors.ts';

/**
 * Parameters by the names, meanings and defaults of Spark MLlib's ALS
 * (https://spark.apache.org/docs/latest/api/scala/org/apache/spark/ml/recommendation/ALS.html); `regularisation`, `solver` and
 * `cgSteps` are ours, and their defaults do what Spark does.
 */
export interface AlsParameters {
  /** Length of a factor vector, 1 or more. */
  readonly rank: number;
  /** Full iterations, each solving items and then users. 0 leaves the random start. */
  readonly maxIter: number;
  /** Regularisation, 0 or more; what a row is charged is for `regularisation` to say. */
  readonly regParam: number;
  /**
   * `count-scaled`, as in Spark: a row is charged `regParam` times its number of ratings (implicit: of ratings above 0).
   * `constant`, as in Hu, Koren, Volinsky 2008 and benfred/implicit: every row is charged `regParam`.
   */
  readonly regularisation: 'count-scaled' | 'constant';
  /**
   * `cholesky`, as in Spark: every row is solved exactly, in float64. `conjugate-gradient`: `cgSteps` steps from the row's
   * factors of the iteration before, in float32; far faster, and after a few iterations about as good.
   */
  readonly solver: 'cholesky' | 'conjugate-gradient';
  /** Steps of conjugate gradient, 1 or more. */
  readonly cgSteps: number;
  /** true: a rating is confidence in a preference of 1 (Hu, Koren, Volinsky 2008); false: the rating itself is fitted. */
  readonly implicitPrefs: boolean;
  /** Confidence gained per unit of rating; implicit only. */
  readonly alpha: number;
  /** Only false: the nonnegative solver is not implemented, and asking for it is refused. */
  readonly nonnegative: false;
  /** An unknown user or item is predicted as NaN, or its pair is left out. */
  readonly coldStartStrategy: 'nan' | 'drop';
  /** Integer; the same seed and ratings give the same factors, bit by bit. */
  readonly seed: number;
}

/** Spark draws its default seed from the class name; ours is 0. */
export const SPARK_DEFAULTS: AlsParameters = {
  rank: 10,
  maxIter: 10,
  regParam: 0.1,
  regularisation: 'count-scaled',
  solver: 'cholesky',
  cgSteps: 3,
  implicitPrefs: false,
  alpha: 1,
  nonnegative: false,
  coldStartStrategy: 'nan',
  seed: 0,
};

/**
 * Fills in Spark's defaults and checks every value.
 * @throws PlatformError `als_parameter` naming the parameter, its value and what is allowed
 */
export function alsParameters(
  chosen: Partial<Omit<AlsParameters, 'nonnegative'>> & { nonnegative?: boolean } = {},
): AlsParameters {
  const { nonnegative = false, ...others } = chosen;
  const parameters = { ...SPARK_DEFAULTS, ...others };
  const { rank, maxIter, regParam, regularisation, solver, cgSteps, alpha, coldStartStrategy, seed } =
    parameters;
  check('rank', rank, Number.isSafeInteger(rank) && rank >= 1, 'a whole number of at least 1');
  check('maxIter', maxIter, Number.isSafeInteger(maxIter) && maxIter >= 0, 'a whole number of at least 0');
  check('regParam', regParam, Number.isFinite(regParam) && regParam >= 0, 'a number of at least 0');
  check(
    'regularisation',
    regularisation,
    regularisation === 'count-scaled' || regularisation === 'constant',
    '"count-scaled" or "constant"',
  );
  check(
    'solver',
    solver,
    solver === 'cholesky' || solver === 'conjugate-gradient',
    '"cholesky" or "conjugate-gradient"',
  );
  check('cgSteps', cgSteps, Number.isSafeInteger(cgSteps) && cgSteps >= 1, 'a whole number of at least 1');
  check('alpha', alpha, Number.isFinite(alpha) && alpha >= 0, 'a number of at least 0');
  check(
    'coldStartStrategy',
    coldStartStrategy,
    coldStartStrategy === 'nan' || coldStartStrategy === 'drop',
    '"nan" or "drop"',
  );
  check('seed', seed, Number.isSafeInteger(seed), 'a whole number');
  check('nonnegative', nonnegative, !nonnegative, 'false: nonnegative least squares is not implemented');
  return { ...parameters, nonnegative: false };
}

function check(name: string, value: unknown, valid: boolean, allowed: string): void {
  if (!valid)
    throw new PlatformError('als_parameter', `${name} is ${JSON.stringify(value)}; it must be ${allowed}`);
}
