/** Below so many rows insertion is quickest. */
const RUN = 8;

/**
 * Brings rows into the order of falling scores, rows of equal score by index: merge sort, which leaves what is in order already.
 * @param order `count` i32
 * @param scores f64 by row
 * @param spare room for `count` i32
 */
export function orderByScore(order: usize, count: i32, scores: usize, spare: usize): void {
  for (let from = 0; from < count; from += RUN) insertionSort(order, from, min(from + RUN, count), scores);
  for (let width = RUN; width < count; width *= 2) {
    for (let from = 0; from + width < count; from += 2 * width)
      merge(order, from, from + width, min(from + 2 * width, count), scores, spare);
  }
}

function insertionSort(order: usize, from: i32, to: i32, scores: usize): void {
  for (let at = from + 1; at < to; at++) {
    const row = rowAt(order, at);
    let place = at - 1;
    while (place >= from && isBefore(row, rowAt(order, place), scores)) {
      store<i32>(order + (<usize>(place + 1) << 2), rowAt(order, place));
      place--;
    }
    store<i32>(order + (<usize>(place + 1) << 2), row);
  }
}

function merge(order: usize, from: i32, middle: i32, to: i32, scores: usize, spare: usize): void {
  if (!isBefore(rowAt(order, middle), rowAt(order, middle - 1), scores)) return;
  const left = middle - from;
  memory.copy(spare, order + (<usize>from << 2), <usize>left << 2);
  let a = 0;
  let b = middle;
  for (let at = from; a < left; at++) {
    let row: i32;
    if (b < to && isBefore(rowAt(order, b), rowAt(spare, a), scores)) row = rowAt(order, b++);
    else row = rowAt(spare, a++);
    store<i32>(order + (<usize>at << 2), row);
  }
}

// @ts-ignore: decorator
@inline
function isBefore(a: i32, b: i32, scores: usize): bool {
  const scoreA = load<f64>(scores + (<usize>a << 3));
  const scoreB = load<f64>(scores + (<usize>b << 3));
  return scoreA > scoreB || (scoreA === scoreB && a < b);
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, at: i32): i32 {
  return load<i32>(rows + (<usize>at << 2));
}
