import { gaussians } from './random.ts';

/** A Gaussian direction of length 1, as Spark starts from, drawn for the id itself: other ids do not change it. */
export function initialFactor(side: 'user' | 'item', id: number, rank: number, seed: number): Float64Array {
  const vector = gaussians(seed, `${side} ${id}`, rank);
  let squared = 0;
  for (const value of vector) squared += value * value;
  const length = Math.sqrt(squared);
  return vector.map((value) => value / length);
}
