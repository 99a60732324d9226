import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { PlatformError } from '../errors.ts';
import { type AlsModel, dot } from './als-reference.ts';
import { positionOf } from './interaction-matrix.ts';
import { gramOf } from './normal-equation.ts';

export interface ItemRating {
  readonly item: number;
  readonly rating: number;
}

/** Item factors made ready for folding customers in: YᵀY is summed once. */
export interface ItemSpace {
  readonly parameters: AlsModel['parameters'];
  /** Ascending; row `p` of `factors` is the item at position `p`. */
  readonly itemIds: Int32Array;
  readonly factors: Float32Array;
  readonly gram: Matrix;
}

export function itemSpace(model: Pick<AlsModel, 'parameters' | 'itemIds' | 'itemFactors'>): ItemSpace {
  const { rank } = model.parameters;
  const triangle = gramOf(model.itemFactors, rank);
  const gram = new Matrix(rank, rank);
  for (let i = 0, at = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++, at++) gram.set(i, j, triangle[at]!).set(j, i, triangle[at]!);
  }
  return { parameters: model.parameters, itemIds: model.itemIds, factors: model.itemFactors, gram };
}

/**
 * The factors that a user with these ratings gets in the user half-step of `fitAls`, by an exact solve over the whole history.
 * Items that the model does not know are left out. null: no item is known, or (implicit) none is rated above 0.
 * @returns `rank` float32 numbers
 * @throws PlatformError `als_singular` where the equations have no single solution
 */
export function foldIn(space: ItemSpace, ratings: readonly ItemRating[]): Float32Array | null {
  const { rank, implicitPrefs, alpha, regParam } = space.parameters;
  const a = implicitPrefs ? space.gram.clone() : Matrix.zeros(rank, rank);
  const b = Matrix.zeros(rank, 1);
  let regularised = 0;
  for (const { item, rating } of ratings) {
    const position = positionOf(space.itemIds, item);
    if (position < 0) continue;
    const extra = implicitPrefs ? alpha * Math.abs(rating) : 1;
    const target = implicitPrefs ? (rating > 0 ? 1 + extra : 0) : rating;
    if (!implicitPrefs || rating > 0) regularised += 1;
    addRow(a, b, space.factors.subarray(position * rank, (position + 1) * rank), extra, target);
  }
  if (regularised === 0) return null;
  for (let i = 0; i < rank; i++) a.set(i, i, a.get(i, i) + regParam * regularised);
  const cholesky = new CholeskyDecomposition(a);
  if (!cholesky.isPositiveDefinite()) {
    throw new PlatformError(
      'als_singular',
      `cannot fold in ${ratings.length} ratings at rank ${rank}; raise regParam or lower rank`,
    );
  }
  return Float32Array.from(cholesky.solve(b).to1DArray());
}

/** Predicted preference of one user for every item, by position. */
export function scoreItems(space: ItemSpace, user: Float32Array): Float32Array {
  const { rank } = space.parameters;
  const scores = new Float32Array(space.itemIds.length);
  for (let position = 0; position < scores.length; position++)
    scores[position] = dot(user, 0, space.factors, position * rank, rank);
  return scores;
}

/** A += weight y yᵀ, b += target y. */
function addRow(a: Matrix, b: Matrix, y: Float32Array, weight: number, target: number): void {
  for (let i = 0; i < y.length; i++) {
    const scaled = weight * y[i]!;
    b.set(i, 0, b.get(i, 0) + target * y[i]!);
    for (let j = 0; j < y.length; j++) a.set(i, j, a.get(i, j) + scaled * y[j]!);
  }
}
