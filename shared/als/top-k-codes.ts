/**
 * Factors as small integers, with a bound of what that loses: `kernel/assembly/top-k.ts` reads 1 byte a factor and computes scores
 * only where the bound leaves a chance. A scan of the float32 factors alone takes some three times as long at 20,000 items of rank
 * 64 as at 1,000,000. A scale per item instead of one per block is no faster, and would bring rounding into the comparison.
 *
 * Items lie in the order of descending length |y|; 16 neighbours are a block with one scale s: y = s c + e with integers |c| <= 127.
 * The query is x = t q + f with integers small enough that every product of codes q·c is exact in int32. For every item of a block
 *
 *   x·y = t s (q·c) + (t q)·e + f·y   so by Cauchy-Schwarz   |x·y - t s (q·c)| <= |t q| max|e| + |f| max|y|
 *
 * THE score of an item is x·y summed in float64; it differs from x·y by at most rank 2^-53 |x||y|, and lengths, |e| and |f| as
 * computed here differ from the true ones by less than 2^-37 |y| and 2^-37 |x| for a rank up to 2^14, since products of two
 * float32 numbers are exact and sums of squares lose rank 2^-53 at most. `SLACK` |x| max|y| covers them all. An item whose
 * t s (q·c) + |t q| max|e| + (|f| + SLACK |x|) max|y| is below the k-th best score so far cannot be in the answer, nor tie with it.
 * Nor can any item from a block on where (1 + SLACK) |x| max|y| is below it, as later items are not longer.
 * For cosines the same holds with the k-th best cosine times |x| and the length in the block that makes least of it.
 */
import { PlatformError } from '../errors.ts';

/** Items of one block; a factor of the kernel. */
export const BLOCK = 16;
/** Of `bounds`, per block: scale, longest |e|, longest |y| of this and all later blocks, shortest |y| of this one. */
export const BOUNDS = 4;
export const MAX_RANK = 2 ** 14;
const SLACK = 2 ** -36;
const ITEM_STEPS = 127;
/** Query codes are repeated for each of the 4 items that one SIMD operation takes. */
export const QUERY_REPEATS = 4;

/** Columns by place in the order of descending length; `factors` and `codes` have whole blocks, filled up with zeros. */
export interface ItemCodes {
  /** Item at each place. */
  readonly order: Uint32Array;
  /** By place. */
  readonly lengths: Float64Array;
  /** Per block and pair of factors: both codes of each item. */
  readonly codes: Int8Array;
  /** `BOUNDS` numbers a block. */
  readonly bounds: Float64Array;
  /** Per 4 items and factor: the factor of each item. */
  readonly factors: Float32Array;
}

/** The rank that codes are kept for: whole pairs of pairs. */
export function paddedRank(rank: number): number {
  return 4 * Math.ceil(rank / 4);
}

/**
 * Fills `into`, which holds zeros.
 * @param factors row-major, items × rank
 * @throws PlatformError `invalid_factors` where a factor is not finite
 */
export function encodeItems(factors: Float32Array, rank: number, into: ItemCodes): void {
  const items = factors.length / rank;
  orderByLength(factors, rank, into);
  let longest = 0;
  for (let block = Math.ceil(items / BLOCK) - 1; block >= 0; block--) {
    const places = { from: block * BLOCK, to: Math.min(items, (block + 1) * BLOCK) };
    const lengths = into.lengths.subarray(places.from, places.to);
    longest = Math.max(longest, ...lengths);
    const scale = layOut(factors, rank, places, into) / ITEM_STEPS || 1;
    const error = encodeBlock(rank, places, scale, into);
    into.bounds.set([scale, error, longest, Math.min(...lengths)], block * BOUNDS);
  }
}

export interface QueryCodes {
  readonly scale: number;
  /** Of the query, of what its codes stand for, and of what they leave out. */
  readonly norm: number;
  readonly length: number;
  readonly error: number;
  /** What rounding may add, per unit of an item's length. */
  readonly slack: number;
}

/**
 * Fills `values` and `codes`; what is beyond the rank in `codes` is left as it is: 0.
 * @throws PlatformError `invalid_factors` where a factor is not finite
 */
export function encodeQuery(
  query: Float32Array,
  into: { readonly values: Float64Array; readonly codes: Int16Array },
): QueryCodes {
  const norm = lengthOf(query, 0, query.length);
  if (!Number.isFinite(norm)) throw notFinite('the query', query);
  const steps = Math.min(0x7fff, Math.floor((2 ** 31 - 1) / (ITEM_STEPS * paddedRank(query.length))));
  const scale = query.reduce((most, factor) => Math.max(most, Math.abs(factor)), 0) / steps || 1;
  let [length, error] = [0, 0];
  query.forEach((factor, at) => {
    const code = Math.round(factor / scale);
    length += (code * scale) ** 2;
    error += (factor - code * scale) ** 2;
    into.values[at] = factor;
    const first = (at >> 1) * 2 * QUERY_REPEATS + (at & 1);
    for (let copy = 0; copy < QUERY_REPEATS; copy++) into.codes[first + 2 * copy] = code;
  });
  return { scale, norm, length: Math.sqrt(length), error: Math.sqrt(error), slack: SLACK * norm };
}

/** By float32 length, longest first, then by item: as 64-bit keys, which sort natively. */
function orderByLength(factors: Float32Array, rank: number, { order, lengths }: ItemCodes): void {
  const items = factors.length / rank;
  const byItem = new Float64Array(items);
  const keys = new BigUint64Array(items);
  const words = new DataView(keys.buffer);
  const bits = new DataView(new ArrayBuffer(4));
  for (let item = 0; item < items; item++) {
    const length = lengthOf(factors, item * rank, (item + 1) * rank);
    if (!Number.isFinite(length)) {
      throw notFinite(`item ${item}`, factors.subarray(item * rank, (item + 1) * rank));
    }
    byItem[item] = length;
    // Lengths are not negative, and as such are in the order of their bits.
    bits.setFloat32(0, length);
    words.setUint32(item * 8, item, true);
    words.setUint32(item * 8 + 4, ~bits.getUint32(0), true);
  }
  keys.sort();
  for (let place = 0; place < items; place++) {
    order[place] = words.getUint32(place * 8, true);
    lengths[place] = byItem[order[place]!]!;
  }
}

interface Places {
  readonly from: number;
  readonly to: number;
}

/** Copies the factors of a block to their places and returns the largest magnitude among them. */
function layOut(factors: Float32Array, rank: number, { from, to }: Places, into: ItemCodes): number {
  let most = 0;
  for (let place = from; place < to; place++) {
    const row = into.order[place]! * rank;
    const first = (place >> 2) * 4 * rank + (place & 3);
    for (let k = 0; k < rank; k++) {
      const factor = factors[row + k]!;
      into.factors[first + 4 * k] = factor;
      most = Math.max(most, Math.abs(factor));
    }
  }
  return most;
}

/** Returns the longest |e| of the block. */
function encodeBlock(rank: number, { from, to }: Places, scale: number, into: ItemCodes): number {
  let most = 0;
  for (let place = from; place < to; place++) {
    const firstFactor = (place >> 2) * 4 * rank + (place & 3);
    const firstCode = from * paddedRank(rank) + (place - from) * 2;
    let squares = 0;
    for (let k = 0; k < rank; k++) {
      const factor = into.factors[firstFactor + 4 * k]!;
      const code = Math.round(factor / scale);
      into.codes[firstCode + (k >> 1) * 2 * BLOCK + (k & 1)] = code;
      squares += (factor - code * scale) ** 2;
    }
    most = Math.max(most, squares);
  }
  return Math.sqrt(most);
}

function lengthOf(factors: Float32Array, from: number, to: number): number {
  let squares = 0;
  for (let at = from; at < to; at++) squares += factors[at]! * factors[at]!;
  return Math.sqrt(squares);
}

function notFinite(whose: string, factors: Float32Array): PlatformError {
  const at = factors.findIndex((factor) => !Number.isFinite(factor));
  return new PlatformError(
    'invalid_factors',
    `factor ${at} of ${whose} is ${factors[at]}; train again with a higher regParam, or find what is wrong with the ratings`,
  );
}
