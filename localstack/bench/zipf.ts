/** Sums of Zipf's law, as shares of the whole. */
export function cumulative(count: number, exponent: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let place = 0; place < count; place++) {
    sum += (place + 1) ** -exponent;
    sums[place] = sum;
  }
  return sums.map((value) => value / sum);
}

/** The first place whose cumulative share lies above `share`. */
export function drawnFrom(sums: Float64Array, share: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! > share) high = middle;
    else low = middle + 1;
  }
  return low;
}
