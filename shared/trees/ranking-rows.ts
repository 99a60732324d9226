import { PlatformError } from '../errors.ts';

/** Queries (a customer at a moment) with the rows (products) that are ranked for each. */
export interface RankingRows {
  /** Row-major, rows × `featureNames.length`; NaN is a missing value, infinite values are refused. */
  readonly features: Float32Array;
  /** Grade of each row, 0 to 30: a row of grade l is worth 2^l - 1. */
  readonly labels: Uint8Array;
  /** Rows of each query, in the order of the rows. */
  readonly groups: Int32Array;
  readonly featureNames: readonly string[];
}

/** Above it 2^grade - 1 leaves the numbers that a Float64Array counts in exactly after discounting. */
export const HIGHEST_GRADE = 30;

/**
 * First row of each query, and behind them the number of rows.
 * @throws PlatformError `ranking_rows` if the arrays do not fit together or a label or group is out of range
 */
export function queryStarts(rows: RankingRows): Int32Array {
  const { features, labels, groups, featureNames } = rows;
  const count = labels.length;
  if (featureNames.length === 0 || count === 0)
    throw refused(`${count} rows of ${featureNames.length} features`);
  if (features.length !== count * featureNames.length)
    throw refused(`${features.length} values for ${count} rows of ${featureNames.length} features`);
  const starts = new Int32Array(groups.length + 1);
  for (let query = 0; query < groups.length; query++) {
    if (groups[query]! < 0) throw refused(`query ${query} has ${groups[query]} rows`);
    starts[query + 1] = starts[query]! + groups[query]!;
  }
  if (starts[groups.length] !== count)
    throw refused(`${count} rows, but the queries have ${starts[groups.length]} together`);
  const high = labels.findIndex((label) => label > HIGHEST_GRADE);
  if (high >= 0) throw refused(`row ${high} has grade ${labels[high]}, and the highest is ${HIGHEST_GRADE}`);
  return starts;
}

/** LightGBM's text format separates names by spaces and refuses what JSON needs. */
const UNFIT_FOR_A_NAME = /[\s",:[\]{}]/;

/** @throws PlatformError `ranking_rows` for a name that a model file cannot hold, and for one that is there twice */
export function checkFeatureNames(names: readonly string[]): void {
  const unfit = names.find((name) => name === '' || UNFIT_FOR_A_NAME.test(name));
  if (unfit !== undefined)
    throw refused(`the feature name ${JSON.stringify(unfit)} is empty or has a blank or one of ",:[]{}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refused(`two features are named ${twice}`);
}

function refused(what: string): PlatformError {
  return new PlatformError('ranking_rows', `rows for a ranker do not fit together: ${what}`);
}
