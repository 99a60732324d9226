/**
 * Percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13): customers are drawn
 * with replacement, and every draw gives one mean.
 */
import { uniform } from '../als/index.ts';

export interface Interval {
  /** The mean itself: of a value, or of a - b. */
  readonly difference: number;
  /** Its 95 % percentile interval over customers. */
  readonly low: number;
  readonly high: number;
}

export const DRAWS = 2000;

/**
 * How much better `a` is than `b`: customers are drawn each with both of its values.
 * @param a value of each customer by one method
 * @param b value of the same customers, in the same order, by the other
 */
export function pairedBootstrap(a: Float64Array, b: Float64Array, seed: number, draws = DRAWS): Interval {
  return meanInterval(
    a.map((value, index) => value - b[index]!),
    seed,
    draws,
  );
}

/** The mean of `values`, one a customer. */
export function meanInterval(values: Float64Array, seed: number, draws = DRAWS): Interval {
  return clusteredInterval(values, null, seed, draws);
}

/**
 * The mean of `values` where a customer has several, as in several windows: a draw takes all of a customer's or none, since they
 * are alike.
 * @param owners the customer of each value; null: everyone has one
 */
export function clusteredInterval(
  values: Float64Array,
  owners: Int32Array | null,
  seed: number,
  draws = DRAWS,
): Interval {
  if (values.length === 0) return { difference: 0, low: 0, high: 0 };
  const { sums, counts } = owners === null ? { sums: values, counts: null } : summed(values, owners);
  const next = uniform(seed, 'bootstrap');
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < sums.length; i++) {
      const drawn = Math.floor(next() * sums.length);
      sum += sums[drawn]!;
      count += counts?.[drawn] ?? 1;
    }
    means[draw] = sum / count;
  }
  means.sort();
  return {
    difference: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: means[Math.floor(draws * 0.025)]!,
    high: means[Math.ceil(draws * 0.975) - 1]!,
  };
}

/** Sum and number of the values of each owner, by ascending owner. */
function summed(values: Float64Array, owners: Int32Array): { sums: Float64Array; counts: Int32Array } {
  const ids = Int32Array.from(new Set(owners)).sort();
  const rowOf = new Map([...ids].map((id, row) => [id, row]));
  const sums = new Float64Array(ids.length);
  const counts = new Int32Array(ids.length);
  values.forEach((value, index) => {
    const row = rowOf.get(owners[index]!)!;
    sums[row]! += value;
    counts[row]! += 1;
  });
  return { sums, counts };
}
