import type { SparseRows } from './interaction-matrix.ts';

/** Rows of a side by falling number of ratings: the largest are solved first, and factors that are used often lie together. */
export interface RowOrder {
  readonly rows: number;
  /** Row of every position in the interaction matrix. */
  readonly places: Int32Array;
  /** Position of every row. */
  readonly positions: Int32Array;
  /** First entry of every row, and the end. Rows are filled up to a multiple of 4 entries. */
  readonly starts: Int32Array;
  /** Chunk c is the rows from `chunks[c]` up to `chunks[c + 1]`: what a thread takes at a time. */
  readonly chunks: Int32Array;
}

/** Multiplications of a chunk: between two looks at whether to stop pass some tenths of a millisecond. */
const CHUNK_OF_WORK = 2_000_000;

/** About how many multiplications solving takes. */
export interface WorkOfRow {
  readonly perRating: number;
  readonly perRow: number;
}

/** Rows of one length stay in the order of their positions. */
export function rowOrder({ starts }: SparseRows, work: WorkOfRow): RowOrder {
  const rows = starts.length - 1;
  const lengthOf = (position: number) => starts[position + 1]! - starts[position]!;
  const places = placesByFallingLength(rows, lengthOf);
  const positions = new Int32Array(rows);
  places.forEach((row, position) => {
    positions[row] = position;
  });
  const filled = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    filled[row + 1] = filled[row]! + 4 * Math.ceil(lengthOf(positions[row]!) / 4);
  }
  return { rows, places, positions, starts: filled, chunks: chunksOf(filled, work) };
}

/** Counting sort. */
function placesByFallingLength(rows: number, lengthOf: (position: number) => number): Int32Array {
  let longest = 0;
  for (let position = 0; position < rows; position++) longest = Math.max(longest, lengthOf(position));
  const next = new Int32Array(longest + 2);
  for (let position = 0; position < rows; position++) next[longest - lengthOf(position) + 1]! += 1;
  for (let shorter = 0; shorter <= longest; shorter++) next[shorter + 1]! += next[shorter]!;
  return Int32Array.from({ length: rows }, (_, position) => next[longest - lengthOf(position)]!++);
}

function chunksOf(starts: Int32Array, { perRating, perRow }: WorkOfRow): Int32Array {
  const chunks = [0];
  let work = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    work += perRating * (starts[row + 1]! - starts[row]!) + perRow;
    if (work >= CHUNK_OF_WORK || row + 2 === starts.length) {
      chunks.push(row + 1);
      work = 0;
    }
  }
  return Int32Array.from(chunks);
}
