/**
 * Brings `order[from … to - 1]`, which holds the rows `from … to - 1` in any order, into that of falling scores, rows of equal
 * score by index. Insertion is quickest for the order of one tree before; where it moves too much the built-in sort takes over,
 * with the same result, for the order is total.
 */
export function orderByScore(order: Int32Array, from: number, to: number, scores: Float64Array): void {
  let moves = 32 * (to - from);
  for (let at = from + 1; at < to; at++) {
    const row = order[at]!;
    const score = scores[row]!;
    let place = at - 1;
    while (place >= from) {
      const other = order[place]!;
      const otherScore = scores[other]!;
      if (otherScore > score || (otherScore === score && other < row)) break;
      order[place + 1] = other;
      place--;
    }
    order[place + 1] = row;
    moves -= at - place;
    if (moves < 0) {
      order.subarray(from, to).sort((a, b) => scores[b]! - scores[a]! || a - b);
      return;
    }
  }
}
