/**
 * TIFU-KNN: Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket Recommendation", SIGIR 2020
 * (https://arxiv.org/abs/2006.00556), sections 4.1 to 4.3.
 */
import { selectTop } from '../ranking/index.ts';
import type { Method } from './measure.ts';
import type { TemporalSplit } from './temporal-split.ts';
import { addScaled, basketsOf, type SparseVector, sparseVector, vectorIndex } from './user-vectors.ts';

export interface TifuParameters {
  /** Baskets of a group, the paper's m. */
  readonly groupSize: number;
  /** What a basket loses for each later one of its group, r_b. */
  readonly basketDecay: number;
  /** What a group loses for each later group, r_g. */
  readonly groupDecay: number;
  readonly neighbours: number;
  /** Share of the customer's own vector in the prediction; the rest is the mean of the neighbours'. */
  readonly alpha: number;
}

/** The optima that the paper and its reproductions report for four shops, and one between them with fewer neighbours. */
export const TIFU_CHOICES: readonly TifuParameters[] = [
  { groupSize: 7, basketDecay: 1, groupDecay: 0.6, neighbours: 300, alpha: 0.7 },
  { groupSize: 3, basketDecay: 0.9, groupDecay: 0.7, neighbours: 900, alpha: 0.9 },
  { groupSize: 3, basketDecay: 0.9, groupDecay: 0.6, neighbours: 900, alpha: 0.2 },
  { groupSize: 7, basketDecay: 0.9, groupDecay: 0.7, neighbours: 300, alpha: 0.7 },
  { groupSize: 17, basketDecay: 1, groupDecay: 0.9, neighbours: 300, alpha: 0.1 },
  { groupSize: 17, basketDecay: 0.9, groupDecay: 0.9, neighbours: 100, alpha: 0.3 },
];

/** Ties, and all for a customer without history, by `ties`. */
export function tifuKnn(
  split: TemporalSplit,
  catalogue: Int32Array,
  ties: Float64Array,
  parameters: TifuParameters,
): Method {
  const owners = [...split.histories.keys()];
  const rows = owners.map((owner) =>
    tifuVector(basketsOf(split.histories.get(owner) ?? [], catalogue), parameters),
  );
  const norms = Float64Array.from(rows, squaredNorm);
  const index = vectorIndex(rows, catalogue.length);
  const none = new Float64Array(rows.length);
  return {
    name: 'TIFU-KNN',
    ties,
    score: ({ customer, history }) => {
      const own = tifuVector(basketsOf(history, catalogue), parameters);
      const scores = new Float64Array(catalogue.length);
      addScaled(scores, parameters.alpha, own);
      if (own.positions.length > 0) {
        // Nearest by Euclidean distance |u - v|² = |u|² + |v|² - 2 u·v, of which |u|² is the same for all.
        const nearness = index.dots(own).map((dot, row) => 2 * dot - norms[row]!);
        const isOther = (row: number): boolean => owners[row] !== customer;
        const nearest = selectTop(nearness, none, parameters.neighbours, isOther);
        const weight = (1 - parameters.alpha) / Math.max(1, nearest.length);
        for (const row of nearest) addScaled(scores, weight, rows[row]!);
      }
      return { any: scores, novel: scores };
    },
  };
}

/** Personalised item frequency with decay within groups of baskets and across them; groups are counted from the latest basket. */
export function tifuVector(
  latestFirst: readonly ReadonlySet<number>[],
  { groupSize, basketDecay, groupDecay }: Omit<TifuParameters, 'neighbours' | 'alpha'>,
): SparseVector {
  const vector = new Map<number, number>();
  const groups = Math.ceil(latestFirst.length / groupSize);
  latestFirst.forEach((products, age) => {
    const group = Math.floor(age / groupSize);
    const size = Math.min(groupSize, latestFirst.length - group * groupSize);
    const weight = (basketDecay ** (age % groupSize) * groupDecay ** group) / (size * groups);
    for (const position of products) vector.set(position, (vector.get(position) ?? 0) + weight);
  });
  return sparseVector(vector);
}

function squaredNorm({ values }: SparseVector): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
