import { type AlsModel, dot } from './als-reference.ts';
import { positionOf } from './interaction-matrix.ts';
import { gramOf, NormalEquation } from './normal-equation.ts';
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
  /** YᵀY as the lower triangle that `gramOf` makes. */
  readonly gram: Float64Array;
  /** Its items are positions. */
  readonly index: ItemIndex;
}

export function itemSpace(model: Pick<AlsModel, 'parameters' | 'itemIds' | 'itemFactors'>): ItemSpace {
  const { rank } = model.parameters;
  return {
    parameters: model.parameters,
    itemIds: model.itemIds,
    factors: model.itemFactors,
    gram: gramOf(model.itemFactors, rank),
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
  const known: { item: number; from: number; weight: number; target: number }[] = [];
  let regularised = 0;
  for (const { item, rating } of ratings) {
    const position = positionOf(space.itemIds, item);
    if (position < 0) continue;
    const weight = implicitPrefs ? alpha * Math.abs(rating) : 1;
    const target = implicitPrefs ? (rating > 0 ? 1 + weight : 0) : rating;
    if (!implicitPrefs || rating > 0) regularised += 1;
    known.push({ item, from: position * rank, weight, target });
  }
  if (regularised === 0) return null;
  const lambda = regularisation === 'constant' ? regParam : regParam * regularised;
  const equation = new NormalEquation(rank);
  equation.reset(implicitPrefs ? space.gram : null);
  for (const { from, weight, target } of known) equation.add(space.factors, from, weight, target);
  const solution = new Float32Array(rank);
  equation.solve(lambda, solution, 0);
  return {
    factors: solution,
    contributionsTo(item) {
      const factors = factorsOf(space, item);
      if (factors === null) return [];
      const weights = equation.solveFor(factors);
      return known.map((one) => ({
        item: one.item,
        amount: one.target * dot(weights, 0, space.factors, one.from, rank),
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

/** Predicted preference of one user for the item at a position, as `scoreItems` gives it. */
export function scoreItem(
  { factors, parameters: { rank } }: ItemSpace,
  user: Float32Array,
  at: number,
): number {
  return Math.fround(dot(factors, at * rank, user, 0, rank));
}

/** Predicted preference of one user for every item, by position. */
export function scoreItems(space: ItemSpace, user: Float32Array): Float32Array {
  return new Float32Array(allScores(space.index, user));
}
