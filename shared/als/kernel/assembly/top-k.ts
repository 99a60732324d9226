// memory: plain
/**
 * Exact top-k of inner products or cosines. A block is 16 items that are neighbours in length; `top-k-codes.ts` says how the
 * memory is laid out, and proves that no item of the answer is passed over.
 */

const BLOCK = 16;
const BOUNDS_BYTES = 32;
const ENTRY_BYTES = 16;

let items: i32 = 0;
let rank: i32 = 0;
let order: usize = 0;
let codes: usize = 0;
let bounds: usize = 0;
let factors: usize = 0;
let lengths: usize = 0;
let query: usize = 0;
let queryCodes: usize = 0;

/** The best so far as a binary heap of (score f64, item u32, unused u32) with the worst at its root. */
let heap: usize = 0;
let kept: i32 = 0;

/** Addresses of one index; to be called once. */
export function open(
  itemCount: i32, factorRank: i32, orderAt: usize, codesAt: usize, boundsAt: usize, factorsAt: usize, lengthsAt: usize, queryAt: usize, queryCodesAt: usize,
): void {
  items = itemCount;
  rank = factorRank;
  order = orderAt;
  codes = codesAt;
  bounds = boundsAt;
  factors = factorsAt;
  lengths = lengthsAt;
  query = queryAt;
  queryCodes = queryCodesAt;
}

/**
 * Leaves the best items at `heapAt`, best first, equal scores by ascending item.
 * @param wanted 1 to the number of items; `heapAt` has room for as many entries
 * @param eligible bitmap over items, or 0
 * @param queryLength of the query as its codes give it; `queryError` that of what they leave out; `norm` that of the query itself
 * @param slack for the rounding of float64, per unit of an item's length
 * @param cosine whether scores are divided by both lengths
 * @returns how many there are
 */
export function topItems(
  wanted: i32, eligible: usize, queryScale: f64, queryLength: f64, queryError: f64, norm: f64, slack: f64, cosine: bool, heapAt: usize,
): i32 {
  heap = heapAt;
  kept = 0;
  let least = -Infinity;
  let block = codes;
  const blockBytes = <usize>((rank + 3) >> 2) * 4 * BLOCK;
  for (let first = 0, bound = bounds; first < items; first += BLOCK, bound += BOUNDS_BYTES, block += blockBytes) {
    const scale = load<f64>(bound), error = load<f64>(bound, 8), longest = load<f64>(bound, 16), shortest = load<f64>(bound, 24);
    // All lengths that follow are at most `longest`.
    if (!cosine && (norm + slack) * longest < least) break;
    const product = cosine && kept == wanted ? least * norm * (least > 0 ? shortest : longest) : least;
    const margin = queryLength * error + (queryError + slack) * longest;
    let mask = lanesFrom(block, block + blockBytes, lowestCode((product - margin) / (queryScale * scale)));
    if (mask == 0) continue;
    for (; mask != 0; mask &= mask - 1) {
      const at = first + ctz(mask);
      if (at >= items) break;
      const item = load<u32>(order + (<usize>at << 2));
      if (eligible != 0 && ((load<u8>(eligible + (item >> 3)) >> <u8>(item & 7)) & 1) == 0) continue;
      const score = scoreAt(at);
      offer(cosine ? cosineOf(score, norm, at) : score, item, wanted);
    }
    if (kept == wanted) least = load<f64>(heap);
  }
  sort();
  return kept;
}

/** The scores of all items as float64 numbers by item; `out` has room for whole blocks of 4 items more. */
export function scoreAll(out: usize): void {
  const end = query + (<usize>rank << 3);
  let y = factors;
  for (let first = 0; first < items; first += 4) {
    let low = f64x2.splat(0), high = low;
    for (let x = query; x < end; x += 8, y += 16) {
      const factor = v128.load64_splat(x);
      const four = v128.load(y);
      low = f64x2.add(low, f64x2.mul(factor, f64x2.promote_low_f32x4(four)));
      high = f64x2.add(high, f64x2.mul(factor, f64x2.promote_low_f32x4(i64x2.shuffle(four, four, 1, 0))));
    }
    const last = min(items - first, 4);
    const at = order + (<usize>first << 2);
    store<f64>(out + (<usize>load<u32>(at) << 3), f64x2.extract_lane(low, 0));
    if (last > 1) store<f64>(out + (<usize>load<u32>(at, 4) << 3), f64x2.extract_lane(low, 1));
    if (last > 2) store<f64>(out + (<usize>load<u32>(at, 8) << 3), f64x2.extract_lane(high, 0));
    if (last > 3) store<f64>(out + (<usize>load<u32>(at, 12) << 3), f64x2.extract_lane(high, 1));
  }
}

/** Bit i: the product of codes of the block's item i is above `below`. */
@inline
function lanesFrom(block: usize, end: usize, below: i32): i32 {
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (let x = queryCodes; block < end; block += 64, x += 32) {
    const even = v128.load(x), odd = v128.load(x, 16);
    a = i32x4.add(a, i32x4.dot_i16x8_s(even, v128.load8x8_s(block)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(even, v128.load8x8_s(block, 8)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(even, v128.load8x8_s(block, 16)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(even, v128.load8x8_s(block, 24)));
    a = i32x4.add(a, i32x4.dot_i16x8_s(odd, v128.load8x8_s(block, 32)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(odd, v128.load8x8_s(block, 40)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(odd, v128.load8x8_s(block, 48)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(odd, v128.load8x8_s(block, 56)));
  }
  const limit = i32x4.splat(below);
  a = i32x4.gt_s(a, limit);
  b = i32x4.gt_s(b, limit);
  c = i32x4.gt_s(c, limit);
  d = i32x4.gt_s(d, limit);
  if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
  return i32x4.bitmask(a) | (i32x4.bitmask(b) << 4) | (i32x4.bitmask(c) << 8) | (i32x4.bitmask(d) << 12);
}

/** One below the least product of codes that may belong to the answer: rounded down, so that the rounding of the quotient passes nothing over. */
@inline
function lowestCode(quotient: f64): i32 {
  return <i32>Math.max(i32.MIN_VALUE, Math.min(i32.MAX_VALUE, Math.floor(quotient) - 1));
}

/** THE score: products of float32 factors summed as float64 numbers in the order of the factors. */
function scoreAt(at: i32): f64 {
  let y = factors + ((<usize>(at >> 2) * rank) << 4) + ((<usize>at & 3) << 2);
  let sum: f64 = 0;
  for (let x = query, end = query + (<usize>rank << 3); x < end; x += 8, y += 16) sum += load<f64>(x) * <f64>load<f32>(y);
  return sum;
}

/** 0 where either has no length. */
@inline
function cosineOf(score: f64, norm: f64, at: i32): f64 {
  const both = norm * load<f64>(lengths + (<usize>at << 3));
  return both == 0 ? 0 : score / both;
}

@inline
function entry(at: i32): usize {
  return heap + <usize>at * ENTRY_BYTES;
}

@inline
function put(at: i32, score: f64, item: u32): void {
  store<f64>(entry(at), score);
  store<u32>(entry(at), item, 8);
}

/** Whether the first is the worse of two entries. */
@inline
function isWorse(score: f64, item: u32, than: usize): bool {
  const other = load<f64>(than);
  return score < other || (score == other && item > load<u32>(than, 8));
}

function offer(score: f64, item: u32, wanted: i32): void {
  if (kept == wanted) {
    if (!isWorse(score, item, heap)) sink(score, item, kept);
    return;
  }
  let at = kept++;
  for (; at > 0; at = (at - 1) >> 1) {
    const parent = entry((at - 1) >> 1);
    if (!isWorse(score, item, parent)) break;
    put(at, load<f64>(parent), load<u32>(parent, 8));
  }
  put(at, score, item);
}

/** Puts an entry in the place of the root of the heap's first `size`. */
function sink(score: f64, item: u32, size: i32): void {
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    let down = entry(child);
    if (child + 1 < size && isWorse(load<f64>(down, ENTRY_BYTES), load<u32>(down, ENTRY_BYTES + 8), down)) {
      child++;
      down += ENTRY_BYTES;
    }
    if (isWorse(score, item, down)) break;
    put(at, load<f64>(down), load<u32>(down, 8));
    at = child;
  }
  put(at, score, item);
}

/** Heap to best first. */
function sort(): void {
  for (let last = kept - 1; last > 0; last--) {
    const score = load<f64>(entry(last));
    const item = load<u32>(entry(last), 8);
    put(last, load<f64>(heap), load<u32>(heap, 8));
    sink(score, item, last);
  }
}
