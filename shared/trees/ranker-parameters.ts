import { PlatformError } from '../errors.ts';

/** By the meanings of LightGBM's parameters (https://lightgbm.readthedocs.io/en/v4.6.0/Parameters.html), named in brackets. */
export interface RankerParameters {
  /** What a leaf's value is multiplied by, above 0 (`learning_rate`). */
  readonly learningRate: number;
  /** Leaves of a tree at most, 2 or more (`num_leaves`). */
  readonly leaves: number;
  /** Rows in a leaf at least (`min_data_in_leaf`). LightGBM estimates them from hessians; here they are counted. */
  readonly minRowsPerLeaf: number;
  /** Sum of hessians in a leaf at least (`min_sum_hessian_in_leaf`). */
  readonly minHessianPerLeaf: number;
  /** Share of the features that a tree may use, drawn for each tree (`feature_fraction`). */
  readonly featureFraction: number;
  /** Share of the rows that a tree is grown from (`bagging_fraction`). */
  readonly baggingFraction: number;
  /** Trees after which the rows are drawn anew; 0: every tree is grown from all rows (`bagging_freq`). */
  readonly baggingFrequency: number;
  /** Added to the hessians' sum of a leaf (`lambda_l2`). */
  readonly l2: number;
  /** Trees at most (`num_iterations`). */
  readonly maxTrees: number;
  /** Pairs count of which one is among so many first of its query (`lambdarank_truncation_level`). */
  readonly truncationLevel: number;
  /** Bins of a feature at most, the one of missing values among them, 2 to 255 (`max_bin`). */
  readonly maxBins: number;
  /** Rows that NDCG on validation rows looks at (`eval_at`). */
  readonly ndcgAt: number;
  /** Integer; the same seed, rows and parameters give the same trees, bit by bit. */
  readonly seed: number;
  /** Stop when NDCG on validation rows has not risen for so many trees, and keep the trees up to its best. */
  readonly earlyStoppingRounds?: number | undefined;
}

/** The recipe that ranked a shop's next purchases best; the number of trees is for validation rows to find. */
export const RANKER_DEFAULTS: RankerParameters = {
  learningRate: 0.07,
  leaves: 31,
  minRowsPerLeaf: 100,
  minHessianPerLeaf: 0.001,
  featureFraction: 0.7,
  baggingFraction: 0.8,
  baggingFrequency: 1,
  l2: 5,
  maxTrees: 100,
  truncationLevel: 20,
  maxBins: 255,
  ndcgAt: 10,
  seed: 0,
};

/** @throws PlatformError `ranker_parameter` naming the parameter, its value and what is allowed */
export function checkRankerParameters(parameters: RankerParameters): void {
  const { earlyStoppingRounds } = parameters;
  const wholes = {
    leaves: 2,
    minRowsPerLeaf: 1,
    baggingFrequency: 0,
    maxTrees: 1,
    truncationLevel: 1,
    ndcgAt: 1,
  };
  for (const [name, least] of Object.entries(wholes)) {
    const value = parameters[name as keyof typeof wholes];
    check(name, value, Number.isSafeInteger(value) && value >= least, `a whole number of at least ${least}`);
  }
  for (const name of ['featureFraction', 'baggingFraction'] as const)
    check(name, parameters[name], parameters[name] > 0 && parameters[name] <= 1, 'above 0 and at most 1');
  for (const name of ['minHessianPerLeaf', 'l2'] as const) {
    const value = parameters[name];
    check(name, value, Number.isFinite(value) && value >= 0, 'a number of at least 0');
  }
  const { learningRate, maxBins, seed } = parameters;
  check('learningRate', learningRate, Number.isFinite(learningRate) && learningRate > 0, 'a number above 0');
  const binsFit = Number.isSafeInteger(maxBins) && maxBins >= 2 && maxBins <= 255;
  check('maxBins', maxBins, binsFit, 'a whole number from 2 to 255');
  check('seed', seed, Number.isSafeInteger(seed), 'a whole number');
  const roundsFit =
    earlyStoppingRounds === undefined ||
    (Number.isSafeInteger(earlyStoppingRounds) && earlyStoppingRounds >= 1);
  check('earlyStoppingRounds', earlyStoppingRounds, roundsFit, 'a whole number of at least 1');
}

function check(name: string, value: unknown, valid: boolean, allowed: string): void {
  if (!valid) throw new PlatformError('ranker_parameter', `${name} is ${value}; it must be ${allowed}`);
}
