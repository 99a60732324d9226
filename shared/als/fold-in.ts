import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { PlatformError } from '../errors.ts';
import { type AlsModel, dot } from './als-reference.ts';
import { positionOf } from './interaction-matrix.ts';
import { gramOf } from './normal-equation.ts';
import { allScores, topItems } from './top-k.ts';
import { type ItemIndex, indexItems } from './top-k-index.ts';

export interface ItemRating {
  readonly item: number;
  readonly rating: number;
}

/** Item factors made ready for folding customers in and for searching: YᵀY is summed and the index made once. */
export interface ItemSpace {
  readonly parameters: AlsModel['parameters'];
  /** Ascending; row `p` of `factors` is the item at position `p`. */
  readonly itemIds: Int32Array;
  readonly factors: Float32Array;
  readonly gram: Matrix;
  /** Its items are positions. */
  readonly index: ItemIndex;
}

export function itemSpace(model: Pick<AlsModel, 'parameters' | 'itemIds' | 'itemFactors'>): ItemSpace {
  const { rank } = model.parameters;
  const triangle = gramOf(model.itemFactors, rank);
  const gram = new Matrix(rank, rank);
  for (let i = 0, at = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++, at++) gram.set(i, j, triangle[at]!).set(j, i, triangle[at]!);
  }
  return {
    parameters: model.parameters,
    itemIds: model.itemIds,
    factors: model.itemFactors,
    gram,
    index: indexItems(model.itemFactors, rank),
  };
}

/** A user solved against fixed item factors. */
export interface FoldedUser {
  /** `rank` float32 numbers, as the user half-step of `fitAls` would give them. */
  readonly factors: Float32Array;
  /**
   * How much each rating of the history adds to the prediction for `item` (Hu, Koren, Volinsky 2008, section 5); they sum to it.
   * Empty for an item that the model does not know.
   */
  contributionsTo(item: number): { readonly item: number; readonly amount: number }[];
}

/**
 * An exact solve over the whole history. Items that the model does not know are left out.
 * null: no item is known, or (implicit) none is rated above 0.
 * @throws PlatformError `als_singular` where the equations have no single solution
 */
export function foldIn(space: ItemSpace, ratings: readonly ItemRating[]): FoldedUser | null {
  const { rank, implicitPrefs, alpha, regParam, regularisation } = space.parameters;
  const a = implicitPrefs ? space.gram.clone() : Matrix.zeros(rank, rank);
  const b = Matrix.zeros(rank, 1);
  const targets: { item: number; factors: Float32Array; target: number }[] = [];
  let regularised = 0;
  for (const { item, rating } of ratings) {
    const factors = factorsOf(space, item);
    if (factors === null) continue;
    const extra = implicitPrefs ? alpha * Math.abs(rating) : 1;
    const target = implicitPrefs ? (rating > 0 ? 1 + extra : 0) : rating;
    if (!implicitPrefs || rating > 0) regularised += 1;
    addRow(a, b, factors, extra, target);
    targets.push({ item, factors, target });
  }
  if (regularised === 0) return null;
  const lambda = regularisation === 'constant' ? regParam : regParam * regularised;
  for (let i = 0; i < rank; i++) a.set(i, i, a.get(i, i) + lambda);
  const cholesky = new CholeskyDecomposition(a);
  if (!cholesky.isPositiveDefinite()) {
    throw new PlatformError(
      'als_singular',
      `cannot fold in ${ratings.length} ratings at rank ${rank}; raise regParam or lower rank`,
    );
  }
  return {
    factors: Float32Array.from(cholesky.solve(b).to1DArray()),
    contributionsTo(item) {
      const factors = factorsOf(space, item);
      if (factors === null) return [];
      const weights = Float64Array.from(cholesky.solve(Matrix.columnVector(factors)).to1DArray());
      return targets.map((known) => ({
        item: known.item,
        amount: known.target * dot(weights, 0, known.factors, 0, rank),
      }));
    },
  };
}

/** Row of the item's factors, or null where the model does not know it. */
function factorsOf(space: ItemSpace, item: number): Float32Array | null {
  const { rank } = space.parameters;
  const position = positionOf(space.itemIds, item);
  return position < 0 ? null : space.factors.subarray(position * rank, (position + 1) * rank);
}

/** The `n` items nearest by cosine, nearest first, ties by id; empty for an item that the model does not know. */
export function similarItems(
  space: ItemSpace,
  item: number,
  n: number,
): { readonly item: number; readonly cosine: number }[] {
  const factors = factorsOf(space, item);
  if (factors === null) return [];
  const { items, scores } = topItems(space.index, factors, n + 1, { by: 'cosine' });
  const nearest = Array.from(items, (position, at) => ({
    item: space.itemIds[position]!,
    cosine: scores[at]!,
  }));
  return nearest.filter((other) => other.item !== item).slice(0, n);
}

/** Predicted preference of one user for every item, by position. */
export function scoreItems(space: ItemSpace, user: Float32Array): Float32Array {
  return new Float32Array(allScores(space.index, user));
}

/** A += weight y yᵀ, b += target y; both triangles get the same number, as rounding would otherwise part them. */
function addRow(a: Matrix, b: Matrix, y: Float32Array, weight: number, target: number): void {
  for (let i = 0; i < y.length; i++) {
    const scaled = weight * y[i]!;
    b.set(i, 0, b.get(i, 0) + target * y[i]!);
    for (let j = 0; j <= i; j++) {
      const sum = a.get(i, j) + scaled * y[j]!;
      a.set(i, j, sum).set(j, i, sum);
    }
  }
}
