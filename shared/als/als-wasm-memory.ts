import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CREW_BYTES,
  type KernelMemory,
  MemoryLayout,
  sharedMemory,
  stopWord,
  writeCrew,
} from '../wasm/index.ts';
import {
  FIT_PLAN_BYTES,
  SIDE_PLAN_BYTES,
  type SidePlan,
  writeFitPlan,
  writeSidePlan,
} from './als-wasm-plan.ts';
import { type RowOrder, rowOrder } from './als-wasm-rows.ts';
import type { InteractionMatrix, SparseRows } from './interaction-matrix.ts';
import type { AlsParameters } from './parameters.ts';
import { regularisation } from './regularisation.ts';

/** The shared memory of one fit, filled with the ratings. */
export interface AlsMemory extends KernelMemory {
  /** Address of the words by which the threads share work. */
  readonly crew: number;
  /** Whether solving a side takes a few milliseconds, less than a thread takes to start. */
  readonly isSmall: boolean;
  /** One of `STOP`. */
  readonly stop: Int32Array;
  readonly items: SideMemory;
  readonly users: SideMemory;
}

export interface SideMemory {
  /** `places[position]` is the row of the id at that position of the interaction matrix. */
  readonly places: Int32Array;
  /** `rowLength` numbers a row, of which the first `rank` count. */
  readonly factors: Float32Array;
  /** Where the threads publish factors; the same array where there is no need to. */
  readonly published: Float32Array;
  readonly rowLength: number;
}

const PURPOSE = { code: 'als_memory', what: 'a fit', hint: 'lower rank or leave out rows' };
/** Parts of YᵀY: enough for as many threads, and whatever their number always the same. */
const GRAM_PARTS = 32;
const ROWS_OF_SMALLEST_PART = 128;
/** Ratings between two turns of the event loop: some ten milliseconds of work. */
const COPIED_A_TURN = 500_000;
/** Chunks of a side that are some milliseconds of work. */
const CHUNKS_OF_SMALL_FIT = 4;

/**
 * Bytes: 8 a rating and side (16 in all); at most 24 a row and side to fill rows up and 12 to describe them; 4 a factor, or 8 where
 * a side is rotated; 64 `rank`² to 256 `rank`² to sum YᵀY, 30 `rank`² for what is made of it, and for every thread 32 `rank`
 * (conjugate gradient) or 8 `rank`² + 264 `rank` (Cholesky).
 * Hands the event loop back between chunks of ratings.
 * @throws PlatformError `als_memory` where that exceeds the 4 GiB of a WebAssembly memory
 */
export async function alsMemory(
  matrix: InteractionMatrix,
  parameters: AlsParameters,
  mostThreads: number,
): Promise<AlsMemory> {
  const { rank, implicitPrefs, alpha, cgSteps } = parameters;
  const exact = parameters.solver === 'cholesky';
  const rowLength = 4 * Math.ceil(rank / 4);
  const rowBytes = 4 * rowLength;
  const square = rowBytes * rowLength;
  const work = exact
    ? { perRating: rank ** 2, perRow: rank ** 3 / 3 }
    : { perRating: 7 * rank, perRow: 2 * rank ** 2 };
  const orders = { items: rowOrder(matrix.byItem, work), users: rowOrder(matrix.byUser, work) };
  const mostChunks = Math.max(orders.items.chunks.length, orders.users.chunks.length) - 1;
  const isSmall = mostChunks <= CHUNKS_OF_SMALL_FIT;
  const threads = isSmall ? 1 : Math.min(Math.max(1, mostThreads), mostChunks);
  const rotatable = implicitPrefs && !exact;
  const rotated = {
    items: rotatable && rotationPays(orders.items.rows, orders.users.rows, rank),
    users: rotatable && rotationPays(orders.users.rows, orders.items.rows, rank),
  };
  const published = rotated.items || rotated.users;
  const space = new MemoryLayout();
  const at = {
    plan: space.take(FIT_PLAN_BYTES),
    items: space.take(SIDE_PLAN_BYTES),
    users: space.take(SIDE_PLAN_BYTES),
    crew: space.take(CREW_BYTES),
  };
  const basis = space.take(square);
  // Entries that fill up a row show this vector of zeros.
  const zeros = space.take(rowBytes);
  const fit = {
    items: at.items,
    users: at.users,
    crew: at.crew,
    rank,
    rowBytes,
    implicit: implicitPrefs,
    alpha,
    exact,
    steps: cgSteps,
    rowsPerPart: Math.max(
      ROWS_OF_SMALLEST_PART,
      Math.ceil(Math.max(orders.items.rows, orders.users.rows) / GRAM_PARTS),
    ),
    parts: space.take(implicitPrefs ? GRAM_PARTS * (exact ? 2 : 1) * square : 0),
    sum: space.take(2 * square),
    reflectors: space.take(2 * square),
    square: space.take(square),
    diagonal: space.take(rowBytes),
    // One entry before the first is read.
    beside: space.take(rowBytes + 32) + 16,
    basis,
    basisTransposed: space.take(square),
  };
  const items = placeSide(space, orders.items, { rowBytes, rotated: rotated.items, published });
  const users = placeSide(space, orders.users, { rowBytes, rotated: rotated.users, published });
  const scratches = Array.from({ length: threads }, () => space.take(scratchBytes(exact, rowBytes, square)));

  const memory = sharedMemory(space.end, PURPOSE);
  const { buffer } = memory;
  writeCrew(buffer, at.crew, threads);
  writeFitPlan(buffer, at.plan, fit);
  writeSidePlan(buffer, at.items, items);
  writeSidePlan(buffer, at.users, users);
  const fill = (rows: SparseRows, order: RowOrder, plan: SidePlan, otherOrder: RowOrder, other: SidePlan) =>
    fillSide(buffer, rows, order, plan, {
      charge: (position) => regularisation(rows, position, parameters) ?? -1,
      addressOf: (column) => other.factors + otherOrder.places[column]! * rowBytes,
      zeros,
    });
  await fill(matrix.byItem, orders.items, items, orders.users, users);
  await fill(matrix.byUser, orders.users, users, orders.items, items);
  const identity = new Float32Array(buffer, basis, rowLength * rowLength);
  for (let i = 0; i < rowLength; i++) identity[i * (rowLength + 1)] = 1;

  const sideMemory = ({ places, rows }: RowOrder, plan: SidePlan): SideMemory => {
    const factors = new Float32Array(buffer, plan.factors, rows * rowLength);
    return {
      places,
      factors,
      published: published ? new Float32Array(buffer, plan.published, rows * rowLength) : factors,
      rowLength,
    };
  };
  return {
    memory,
    plan: at.plan,
    scratches,
    isSmall,
    crew: at.crew,
    stop: stopWord(buffer, at.crew),
    items: sideMemory(orders.items, items),
    users: sideMemory(orders.users, users),
  };
}

/**
 * A product with YᵀY takes `rank` multiplications an entry, 3.5 of them a row and iteration; a rotation is one such product for
 * every row of both sides, and finding it about 16 `rank` of them. The number of threads has no say, as results depend on this.
 */
function rotationPays(rows: number, otherRows: number, rank: number): boolean {
  return 3.5 * rows > rows + otherRows + 16 * rank;
}

/** What the solvers and rotations of `kernel/assembly/als` lay out in their scratch. */
function scratchBytes(exact: boolean, rowBytes: number, square: number): number {
  return exact ? 2 * square + 66 * rowBytes : 8 * rowBytes + 64;
}

function placeSide(
  space: MemoryLayout,
  { rows, starts, chunks }: RowOrder,
  options: { readonly rowBytes: number; readonly rotated: boolean; readonly published: boolean },
): SidePlan {
  const entries = starts[rows]!;
  const factors = space.take(rows * options.rowBytes);
  return {
    rows,
    starts: space.take(4 * (rows + 1)),
    addresses: space.take(4 * entries),
    ratings: space.take(4 * entries),
    charges: space.take(8 * rows),
    factors,
    published: options.published ? space.take(rows * options.rowBytes) : factors,
    chunks: space.take(4 * chunks.length),
    chunkCount: chunks.length - 1,
    rotated: options.rotated,
  };
}

async function fillSide(
  buffer: ArrayBufferLike,
  rows: SparseRows,
  order: RowOrder,
  plan: SidePlan,
  options: {
    /** λ of a position, negative where nothing can be learnt. */
    readonly charge: (position: number) => number;
    readonly addressOf: (column: number) => number;
    readonly zeros: number;
  },
): Promise<void> {
  const entries = order.starts[plan.rows]!;
  const addresses = new Uint32Array(buffer, plan.addresses, entries).fill(options.zeros);
  const ratings = new Float32Array(buffer, plan.ratings, entries);
  const charges = new Float64Array(buffer, plan.charges, plan.rows);
  new Int32Array(buffer, plan.starts, plan.rows + 1).set(order.starts);
  new Int32Array(buffer, plan.chunks, order.chunks.length).set(order.chunks);
  let copied = 0;
  for (let row = 0; row < plan.rows; row++) {
    const position = order.positions[row]!;
    charges[row] = options.charge(position);
    const end = rows.starts[position + 1]!;
    for (let at = rows.starts[position]!, entry = order.starts[row]!; at < end; at++, entry++) {
      addresses[entry] = options.addressOf(rows.columns[at]!);
      ratings[entry] = rows.values[at]!;
    }
    copied += order.starts[row + 1]! - order.starts[row]!;
    if (copied > COPIED_A_TURN) {
      copied = 0;
      await nextTurn();
    }
  }
}
