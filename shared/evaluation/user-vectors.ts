import { positionOf } from '../als/index.ts';
import type { Purchase } from '../ranking/index.ts';

/** A sparse row over the catalogue: positions, each once, and the value at each. */
export interface SparseVector {
  readonly positions: Int32Array;
  readonly values: Float64Array;
}

export function sparseVector(entries: ReadonlyMap<number, number>): SparseVector {
  return { positions: Int32Array.from(entries.keys()), values: Float64Array.from(entries.values()) };
}

/** target += weight × vector */
export function addScaled(target: Float64Array, weight: number, { positions, values }: SparseVector): void {
  for (let i = 0; i < positions.length; i++) target[positions[i]!]! += weight * values[i]!;
}

/** The catalogue positions of each basket, latest first; baskets of one instant by falling id. */
export function basketsOf(history: readonly Purchase[], catalogue: Int32Array): ReadonlySet<number>[] {
  const baskets = new Map<number, { at: number; products: Set<number> }>();
  for (const { basket, product, at } of history) {
    const known = baskets.get(basket) ?? { at, products: new Set() };
    known.at = Math.min(known.at, at);
    known.products.add(positionOf(catalogue, product));
    baskets.set(basket, known);
  }
  return [...baskets]
    .sort(([idA, a], [idB, b]) => b.at - a.at || idB - idA)
    .map(([, { products }]) => products);
}

/** Vectors of all customers, with an index from product to those who have it. */
export interface VectorIndex {
  /** Dot products of `vector` with every row, in row order. */
  dots(vector: SparseVector): Float64Array;
}

export function vectorIndex(rows: readonly SparseVector[], catalogueSize: number): VectorIndex {
  const starts = new Int32Array(catalogueSize + 1);
  for (const { positions } of rows) for (const position of positions) starts[position + 1]! += 1;
  for (let position = 0; position < catalogueSize; position++) starts[position + 1]! += starts[position]!;
  const holders = new Int32Array(starts[catalogueSize]!);
  const held = new Float64Array(holders.length);
  const filled = starts.slice();
  rows.forEach(({ positions, values }, row) => {
    positions.forEach((position, i) => {
      const at = filled[position]!++;
      holders[at] = row;
      held[at] = values[i]!;
    });
  });
  return {
    dots: ({ positions, values }) => {
      const sums = new Float64Array(rows.length);
      positions.forEach((position, i) => {
        for (let at = starts[position]!; at < starts[position + 1]!; at++)
          sums[holders[at]!]! += values[i]! * held[at]!;
      });
      return sums;
    },
  };
}
