/**
 * Positions of the `n` best scores among those that `eligible` lets through, best first; equal scores by higher tie value,
 * then by lower position, so that an answer can be repeated. Fewer than `n` where there are no more.
 */
export function selectTop(
  scores: Float64Array,
  ties: Float64Array,
  n: number,
  eligible: (position: number) => boolean = () => true,
): number[] {
  const better = (a: number, b: number): number => scores[b]! - scores[a]! || ties[b]! - ties[a]! || a - b;
  const best: number[] = [];
  // Many wanted: sorting once is cheaper than inserting one by one.
  if (n > 256) {
    for (let position = 0; position < scores.length; position++) if (eligible(position)) best.push(position);
    return best.sort(better).slice(0, n);
  }
  for (let position = 0; position < scores.length; position++) {
    if (best.length >= n && (n <= 0 || better(position, best[n - 1]!) > 0)) continue;
    if (!eligible(position)) continue;
    let at = best.length < n ? best.length : n - 1;
    for (; at > 0 && better(position, best[at - 1]!) < 0; at--) best[at] = best[at - 1]!;
    best[at] = position;
  }
  return best;
}
