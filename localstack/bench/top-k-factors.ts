import { gaussians, uniform } from '../../shared/als/index.ts';

export interface FactorSet {
  readonly name: string;
  /** Length of an item's factors as a multiple of what its direction has, from a uniform number in [0, 1). */
  readonly stretch: (share: number) => number;
}

/**
 * Lengths of the 3,684 items of an online shop (UCI Online Retail, ALS with implicit preferences, rank 32) at these shares of the
 * items, longest first.
 */
const SHOP_LENGTHS: readonly (readonly [share: number, length: number])[] = [
  [0, 1.419],
  [0.001, 1.232],
  [0.01, 1.083],
  [0.05, 0.991],
  [0.1, 0.921],
  [0.25, 0.76],
  [0.5, 0.515],
  [0.75, 0.248],
  [0.9, 0.108],
  [1, 0],
];

/** The harder one: all items are about equally long, so that no length rules one out. */
export const GAUSSIAN: FactorSet = { name: 'Gaussian factors', stretch: () => 1 };
export const SHOP_LIKE: FactorSet = { name: "lengths like a shop's", stretch: shopLength };

/** `rows` × `rank` float32 numbers, the same for the same name. */
export function factorsOf(set: FactorSet, name: string, rows: number, rank: number): Float32Array {
  const factors = new Float32Array(rows * rank);
  const next = uniform(1, `${name} lengths`);
  // In parts, as Gaussian numbers come in float64.
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const numbers = gaussians(1, `${name} ${from}`, Math.min(ROWS_AT_ONCE, rows - from) * rank);
    for (let at = 0; at < numbers.length; at += rank) {
      const stretch = set.stretch(next());
      for (let k = 0; k < rank; k++) factors[from * rank + at + k] = stretch * numbers[at + k]!;
    }
  }
  return factors;
}

const ROWS_AT_ONCE = 10_000;

function shopLength(share: number): number {
  const next = SHOP_LENGTHS.findIndex(([from]) => from > share);
  const [[from, longer], [to, shorter]] = [SHOP_LENGTHS[next - 1]!, SHOP_LENGTHS[next]!];
  return longer + ((share - from) / (to - from)) * (shorter - longer);
}
