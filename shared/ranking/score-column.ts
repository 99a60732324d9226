import { bitmapWithout, type ItemSpace, positionOf, scoreItem, topItems } from '../als/index.ts';
import { selectTop } from './select-top.ts';

/**
 * What one source says of every product of the shop for one customer, by position; 0 where it has nothing to say. Most of it is
 * never looked at: what is asked for is worked out.
 */
export interface ScoreColumn {
  /**
   * Positions of the `n` best scores above 0, best first; equal ones by more of `ties`, orders since ever, then by lower position.
   * @param without positions that are left out before the best are selected
   */
  readonly top: (n: number, ties: Float64Array, without?: ReadonlySet<number>) => number[];
  /** The score at each position; 0 at one that is negative. */
  readonly at: (positions: Int32Array) => Float64Array;
}

const NONE: ReadonlySet<number> = new Set();

/** @param scores by position; shorter where the rest is 0 */
export function denseColumn(scores: Float64Array): ScoreColumn {
  return {
    top: (n, ties, without = NONE) => selectTop(scores, ties, n, (position) => !without.has(position), 0),
    at: (positions) => columnOf(positions, (position) => scores[position] ?? 0),
  };
}

/** One number for each position. A typed array's own `from` goes through an iterator, which takes many times as long. */
export function columnOf(positions: ArrayLike<number>, valueAt: (position: number) => number): Float64Array {
  const column = new Float64Array(positions.length);
  for (let row = 0; row < column.length; row++) column[row] = valueAt(positions[row]!);
  return column;
}

/** Adds up amounts of at least 0 for few products among many; one sum after the other over the same scratch. */
export interface ScoreSum {
  readonly add: (position: number, amount: number) => void;
  /** What was added since the last time. */
  readonly finish: () => ScoreColumn;
}

/** @param products of the shop */
export function scoreSum(products: number): ScoreSum {
  const sums = new Float64Array(products);
  let touched: number[] = [];
  return {
    add: (position, amount) => {
      if (amount === 0) return;
      if (sums[position] === 0) touched.push(position);
      sums[position]! += amount;
    },
    finish: () => {
      const positions = Int32Array.from(touched).sort();
      const scores = new Float64Array(positions.length);
      for (let row = 0; row < positions.length; row++) {
        scores[row] = sums[positions[row]!]!;
        sums[positions[row]!] = 0;
      }
      touched = [];
      return sparseColumn(positions, scores);
    },
  };
}

/** @param positions ascending */
function sparseColumn(positions: Int32Array, scores: Float64Array): ScoreColumn {
  return {
    top: (n, ties, without) => topOfRows(positions, scores, n, ties, without),
    at: (asked) => columnOf(asked, (position) => scores[positionOf(positions, position)] ?? 0),
  };
}

/** Where the shop's positions and the model's items meet: -1 for what the other does not know. */
export interface ItemPositions {
  /** By position in the shop. */
  readonly itemAt: Int32Array;
  /** By item of the model. */
  readonly positionAt: Int32Array;
}

/** How many more than asked for are looked at, for equal scores to be told apart. */
const MORE_FOR_TIES = 16;

/**
 * Predicted preferences, as float32 numbers: the best are searched for, the others are never worked out.
 * @param factors of the customer; null has nothing to say
 */
export function alsColumn(
  space: ItemSpace | null,
  factors: Float32Array | null,
  { itemAt, positionAt }: ItemPositions,
): ScoreColumn {
  if (space === null || factors === null) return denseColumn(new Float64Array(0));
  const at = (positions: Int32Array): Float64Array =>
    columnOf(positions, (position) => {
      const item = itemAt[position] ?? -1;
      return item < 0 ? 0 : scoreItem(space, factors, item);
    });
  const itemsAt = (positions: ReadonlySet<number>): number[] =>
    Array.from(positions, (position) => itemAt[position] ?? -1).filter((item) => item >= 0);
  return {
    at,
    top: (n, ties, without = NONE) => {
      const eligible = without.size === 0 ? undefined : bitmapWithout(space.index.items, itemsAt(without));
      for (let deep = n + MORE_FOR_TIES; ; deep *= 2) {
        const { items } = topItems(space.index, factors, deep, { eligible });
        const known = items.map((item) => positionAt[item]!).filter((position) => position >= 0);
        // Items that the shop does not know take places of others.
        if (known.length < n && items.length === deep) continue;
        const ascending = known.sort();
        return topOfRows(ascending, at(ascending), n, ties);
      }
    },
  };
}

/**
 * `ScoreColumn.top` of a few positions.
 * @param positions ascending
 * @param scores one for each of them
 */
export function topOfRows(
  positions: Int32Array,
  scores: Float64Array,
  n: number,
  ties: Float64Array,
  without: ReadonlySet<number> = NONE,
): number[] {
  const tiesOfRows = columnOf(positions, (position) => ties[position]!);
  const isIn = (row: number): boolean => !without.has(positions[row]!);
  return selectTop(scores, tiesOfRows, n, isIn, 0).map((row) => positions[row]!);
}
