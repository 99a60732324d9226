import { PlatformError } from '../errors.ts';
import { encodeQuery, paddedRank, QUERY_REPEATS, type QueryCodes } from './top-k-codes.ts';
import { type ItemIndex, withScratch } from './top-k-index.ts';

/** Best first; equal scores by ascending item. */
export interface TopItems {
  readonly items: Int32Array;
  readonly scores: Float64Array;
}

export interface TopOptions {
  /** Bit `i % 8` of byte `i >> 3`: whether item `i` may be in the answer. All may where it is left out. */
  readonly eligible?: Uint8Array | undefined;
  /** `product` (default): Σ x[k] y[k], summed as float64 numbers in the order of k. `cosine`: that over both lengths, 0 where one is 0. */
  readonly by?: 'product' | 'cosine' | undefined;
}

/**
 * The `n` eligible items with the highest scores, exactly: as if every score were computed and sorted. Fewer where fewer are eligible.
 * @param query `rank` factors
 * @throws PlatformError `invalid_factors` where a factor of the query is not finite, `invalid_query` for another rank, `n` or bitmap
 */
export function topItems(
  index: ItemIndex,
  query: Float32Array,
  n: number,
  { eligible, by = 'product' }: TopOptions = {},
): TopItems {
  const { items, kernel, addresses } = index;
  if (!Number.isInteger(n) || n < 0) throw invalidQuery(`${n} items cannot be asked for; ask for 0 or more`);
  if (eligible !== undefined && eligible.length < Math.ceil(items / 8)) {
    throw invalidQuery(
      `a bitmap of ${eligible.length} bytes does not tell of ${items} items; make it with bitmapOf`,
    );
  }
  const wanted = Math.min(n, items);
  const buffer = withScratch(index, wanted * ENTRY_BYTES);
  const codes = writeQuery(index, buffer, query);
  if (wanted === 0) return { items: new Int32Array(0), scores: new Float64Array(0) };
  if (eligible !== undefined) {
    new Uint8Array(buffer, addresses.eligible).set(eligible.subarray(0, Math.ceil(items / 8)));
  }
  const count = kernel.topItems(
    wanted,
    eligible === undefined ? 0 : addresses.eligible,
    codes.scale,
    codes.length,
    codes.error,
    codes.norm,
    codes.slack,
    by === 'cosine' ? 1 : 0,
    addresses.scratch,
  );
  const scores = new Float64Array(buffer, addresses.scratch, 2 * count);
  const words = new Int32Array(buffer, addresses.scratch, 4 * count);
  return {
    items: Int32Array.from({ length: count }, (_, at) => words[4 * at + 2]!),
    scores: Float64Array.from({ length: count }, (_, at) => scores[2 * at]!),
  };
}

/** THE score of every item, as `topItems` has it: a view that the next call on the index overwrites. */
export function allScores(index: ItemIndex, query: Float32Array): Float64Array {
  const buffer = withScratch(index, 8 * index.items);
  writeQuery(index, buffer, query);
  index.kernel.scoreAll(index.addresses.scratch);
  return new Float64Array(buffer, index.addresses.scratch, index.items);
}

/** The bitmap that `topItems` takes. */
export function bitmapOf(items: number, isEligible: (item: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(items / 8));
  for (let item = 0; item < items; item++) if (isEligible(item)) bits[item >> 3]! |= 1 << (item & 7);
  return bits;
}

/** The bitmap of all items but some. */
export function bitmapWithout(items: number, left: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(items / 8)).fill(255);
  for (const item of left) bits[item >> 3]! &= ~(1 << (item & 7));
  return bits;
}

/** A score, an item, and nothing. */
const ENTRY_BYTES = 16;

function writeQuery(
  { rank, addresses }: ItemIndex,
  buffer: ArrayBufferLike,
  query: Float32Array,
): QueryCodes {
  if (query.length !== rank)
    throw invalidQuery(
      `${query.length} factors do not fit items of rank ${rank}; fold the customer into the same model`,
    );
  return encodeQuery(query, {
    values: new Float64Array(buffer, addresses.query, rank),
    codes: new Int16Array(buffer, addresses.queryCodes, QUERY_REPEATS * paddedRank(rank)),
  });
}

function invalidQuery(what: string): PlatformError {
  return new PlatformError('invalid_query', what);
}
