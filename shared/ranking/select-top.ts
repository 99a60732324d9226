/**
 * Positions of the `n` best scores among those that `eligible` lets through, best first; equal scores by higher tie value,
 * then by lower position, so that an answer can be repeated. Fewer than `n` where there are no more.
 * @param above only higher scores are selected
 */
export function selectTop(
  scores: Float64Array,
  ties: Float64Array,
  n: number,
  eligible: (position: number) => boolean = () => true,
  above = Number.NEGATIVE_INFINITY,
): number[] {
  if (n <= 0) return [];
  /** Negative where `a` is the better one; never 0 for two positions. */
  const compare = (a: number, b: number): number => scores[b]! - scores[a]! || ties[b]! - ties[a]! || a - b;
  /** The best so far as a binary heap with the worst at its root. */
  const best: number[] = [];
  /** A lower score has no place, which turns most positions away by one comparison. */
  let least = above;
  for (let position = 0; position < scores.length; position++) {
    const score = scores[position]!;
    if (score < least || score === above) continue;
    const full = best.length === n;
    if (full && compare(position, best[0]!) > 0) continue;
    if (!eligible(position)) continue;
    if (full) sink(best, position, compare);
    else rise(best, position, compare);
    if (best.length === n) least = scores[best[0]!]!;
  }
  return best.sort(compare);
}

type Compare = (a: number, b: number) => number;

/** Puts a position in the place of the root. */
function sink(heap: number[], position: number, compare: Compare): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, position) < 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = position;
}

/** Adds a position at the end. */
function rise(heap: number[], position: number, compare: Compare): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (compare(position, heap[parent]!) < 0) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = position;
}
