import { PlatformError } from '../errors.ts';

/** Ratings as three columns of one length; a (user, item) that occurs twice is two observations, as in Spark. */
export interface Ratings {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
}

/** Compressed sparse rows: row `r` has the entries `starts[r]` up to `starts[r + 1]`, by ascending column, then value. */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** The ratings from both sides. Rows and columns are positions in `userIds` and `itemIds`, which ascend. */
export interface InteractionMatrix {
  readonly userIds: Int32Array;
  readonly itemIds: Int32Array;
  readonly byUser: SparseRows;
  readonly byItem: SparseRows;
}

/**
 * The same matrix for any order of the ratings.
 * @throws PlatformError `als_ratings` for columns of unequal length and for ratings that are no finite number
 */
export function interactionMatrix(ratings: Ratings): InteractionMatrix {
  const { users, items, values } = ratings;
  if (users.length !== values.length || items.length !== values.length) {
    throw new PlatformError(
      'als_ratings',
      `ratings need one user, item and value each: got ${users.length} users, ${items.length} items and ${values.length} values`,
    );
  }
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new PlatformError(
      'als_ratings',
      `rating ${broken} of user ${users[broken]} and item ${items[broken]} is ${values[broken]}`,
    );
  }
  const userIds = distinctAscending(users);
  const itemIds = distinctAscending(items);
  const rows = users.map((id) => positionOf(userIds, id));
  const columns = items.map((id) => positionOf(itemIds, id));
  // Scattering in the order of the other side leaves each row's columns ascending.
  const unordered: Entries = { rows: columns, columns: rows, values };
  const byItemFirst = grouped(unordered, itemIds.length);
  const byUser = grouped(transposed(byItemFirst), userIds.length);
  const byItem = grouped(transposed(byUser), itemIds.length);
  orderRepeats(byUser);
  orderRepeats(byItem);
  return { userIds, itemIds, byUser, byItem };
}

/** Position of an id among ascending ids, or -1. */
export function positionOf(ids: Int32Array, id: number): number {
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = ids[middle]!;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function distinctAscending(ids: Int32Array): Int32Array {
  const sorted = Int32Array.from(ids).sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i]!;
  }
  return sorted.slice(0, kept);
}

interface Entries {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** Counting sort by row; entries of one row keep their order. */
function grouped(entries: Entries, rowCount: number): SparseRows {
  const starts = new Int32Array(rowCount + 1);
  for (const row of entries.rows) starts[row + 1]! += 1;
  for (let row = 0; row < rowCount; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice(0, rowCount);
  const columns = new Int32Array(entries.rows.length);
  const values = new Float32Array(entries.rows.length);
  for (let i = 0; i < entries.rows.length; i++) {
    const to = next[entries.rows[i]!]!++;
    columns[to] = entries.columns[i]!;
    values[to] = entries.values[i]!;
  }
  return { starts, columns, values };
}

function transposed(rows: SparseRows): Entries {
  const rowOf = new Int32Array(rows.columns.length);
  for (let row = 0; row + 1 < rows.starts.length; row++)
    rowOf.fill(row, rows.starts[row], rows.starts[row + 1]);
  return { rows: rows.columns, columns: rowOf, values: rows.values };
}

/** Repeated pairs lie side by side; sorting their values makes sums independent of the order of the input. */
function orderRepeats({ starts, columns, values }: SparseRows): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const end = starts[row + 1]!;
    for (let from = starts[row]!; from < end; ) {
      let to = from + 1;
      while (to < end && columns[to] === columns[from]) to++;
      if (to - from > 1) values.subarray(from, to).sort();
      from = to;
    }
  }
}
