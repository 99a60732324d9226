/**
 * Seeded randomness for the generator and the simulator: the same seed gives the same shop on every machine.
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand, http://pracrand.sourceforge.net/RNG_engines.txt).
 * Seeding: FNV-1a over the text of the seed (http://www.isthe.com/chongo/tech/comp/fnv/), one pass per state word.
 */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [low, high], both included. */
  integer(low: number, high: number): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  /** Throws a RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** Index drawn in proportion to its weight; throws a RangeError where no weight is positive. */
  weighted(weights: ArrayLike<number>): number;
  /** Normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** exp of a normal: median `median`, `sigma` the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number;
  shuffled<T>(items: readonly T[]): T[];
  /** An independent stream: drawing from it does not move this one. */
  fork(name: string | number): Random;
}

export function seededRandom(seed: string | number): Random {
  const key = String(seed);
  const next = sfc32(fnv1a(key, 0), fnv1a(key, 1), fnv1a(key, 2));

  const random: Random = {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('cannot pick from an empty list');
      return items[Math.floor(next() * items.length)] as (typeof items)[number];
    },
    weighted: (weights) => {
      let total = 0;
      for (let index = 0; index < weights.length; index++) total += weights[index] as number;
      if (!(total > 0)) throw new RangeError(`weights must add up to more than 0, got ${total}`);
      let left = next() * total;
      let lastPositive = 0;
      for (let index = 0; index < weights.length; index++) {
        const weight = weights[index] as number;
        if (weight <= 0) continue;
        lastPositive = index;
        left -= weight;
        if (left < 0) return index;
      }
      return lastPositive; // rounding may leave a remainder of some 1e-16
    },
    // Box-Muller; 1 - next() is never 0, so the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    logNormal: (median, sigma) => median * Math.exp(sigma * random.normal()),
    shuffled: (items) => {
      const copy = [...items];
      for (let index = copy.length - 1; index > 0; index--) {
        const other = random.integer(0, index);
        [copy[index], copy[other]] = [
          copy[other] as (typeof items)[number],
          copy[index] as (typeof items)[number],
        ];
      }
      return copy;
    },
    fork: (name) => seededRandom(`${key}/${name}`),
  };
  return random;
}

function sfc32(a: number, b: number, c: number): () => number {
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

function fnv1a(text: string, pass: number): number {
  let hash = 0x811c9dc5 ^ pass;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
