import { uniform } from '../als/index.ts';

export interface Interval {
  /** Mean of a - b. */
  readonly difference: number;
  /** The 95 % percentile interval of that mean over customers. */
  readonly low: number;
  readonly high: number;
}

/**
 * Paired bootstrap over customers (Efron and Tibshirani 1993, chapter 13): customers are drawn with replacement, each with both
 * of its values.
 * @param a value of each customer by one method
 * @param b value of the same customers, in the same order, by the other
 */
export function pairedBootstrap(a: Float64Array, b: Float64Array, seed: number, draws = 2000): Interval {
  const differences = a.map((value, index) => value - b[index]!);
  const count = differences.length;
  if (count === 0) return { difference: 0, low: 0, high: 0 };
  const next = uniform(seed, 'bootstrap');
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += differences[Math.floor(next() * count)]!;
    means[draw] = sum / count;
  }
  means.sort();
  return {
    difference: differences.reduce((sum, value) => sum + value, 0) / count,
    low: means[Math.floor(draws * 0.025)]!,
    high: means[Math.ceil(draws * 0.975) - 1]!,
  };
}
