/** Seeded draws: splitmix32 (the 32-bit form of Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195). */

/** Numbers in [0, 1), the same for the same seed and stream. */
export function randomNumbers(seed: number, stream: number): () => number {
  let state = mix(mix(seed | 0) ^ Math.floor(seed / 2 ** 32)) ^ mix(stream ^ 0x5bd1e995);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

/** `count` of the positions 0 … `total - 1`, ascending; every such set is equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
export function drawPositions(total: number, count: number, random: () => number): Int32Array {
  const drawn = new Int32Array(count);
  let taken = 0;
  for (let position = 0; taken < count; position++) {
    // Overwritten if it is not drawn: no branch that could be guessed wrong.
    drawn[taken] = position;
    taken += Number((total - position) * random() < count - taken);
  }
  return drawn;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
