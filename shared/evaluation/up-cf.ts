/**
 * UP-CF@r: Faggioli, Polato and Aiolli, "Recency Aware Collaborative Filtering for Next Basket Recommendation", UMAP 2020
 * (https://doi.org/10.1145/3340631.3394850): user-wise popularity in the last r baskets, of the customer and of those alike.
 */
import type { Method } from './measure.ts';
import type { TemporalSplit } from './temporal-split.ts';
import { addScaled, basketsOf, type SparseVector, sparseVector, vectorIndex } from './user-vectors.ts';

export interface UpCfParameters {
  /** Latest baskets that count, the paper's r. */
  readonly recency: number;
  /** Asymmetry of the cosine: 1 divides by the size of the customer's own set alone, 0 by that of the other. */
  readonly asymmetry: number;
  /** Power of the similarity: the higher, the fewer others count. */
  readonly locality: number;
}

/** The optima that a reproduction reports for three shops, and less local ones. */
export const UP_CF_CHOICES: readonly UpCfParameters[] = [
  { recency: 25, asymmetry: 0.75, locality: 10 },
  { recency: 10, asymmetry: 0.75, locality: 10 },
  { recency: 10, asymmetry: 0.75, locality: 100 },
  { recency: 10, asymmetry: 0.75, locality: 5 },
  { recency: 25, asymmetry: 0.75, locality: 5 },
  { recency: 25, asymmetry: 0.25, locality: 5 },
];

/** Ties, and all for a customer without history, by `ties`. */
export function upCf(
  split: TemporalSplit,
  catalogue: Int32Array,
  ties: Float64Array,
  { recency, asymmetry, locality }: UpCfParameters,
): Method {
  const histories = [...split.histories.values()].map((history) => basketsOf(history, catalogue));
  const sets = histories.map(distinct);
  const popularities = histories.map((baskets) => userWisePopularity(baskets, recency));
  const index = vectorIndex(sets, catalogue.length);
  return {
    name: 'UP-CF',
    ties,
    score: ({ history }) => {
      const scores = new Float64Array(catalogue.length);
      const own = distinct(basketsOf(history, catalogue));
      index.dots(own).forEach((common, row) => {
        if (common === 0) return;
        const sizes = [own, sets[row]!].map(({ positions }) => positions.length) as [number, number];
        const cosine = common / (sizes[0] ** asymmetry * sizes[1] ** (1 - asymmetry));
        addScaled(scores, cosine ** locality, popularities[row]!);
      });
      return { any: scores, novel: scores };
    },
  };
}

/** Share of the last `recency` baskets that hold each product. */
export function userWisePopularity(
  latestFirst: readonly ReadonlySet<number>[],
  recency: number,
): SparseVector {
  const lately = latestFirst.slice(0, recency);
  const shares = new Map<number, number>();
  for (const products of lately)
    for (const position of products) shares.set(position, (shares.get(position) ?? 0) + 1 / lately.length);
  return sparseVector(shares);
}

function distinct(baskets: readonly ReadonlySet<number>[]): SparseVector {
  const positions = Int32Array.from(new Set(baskets.flatMap((products) => [...products])));
  return { positions, values: new Float64Array(positions.length).fill(1) };
}
