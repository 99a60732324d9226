import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { dot } from './als-reference.ts';
import { gaussians, uniform } from './random.ts';
import { allScores, bitmapOf, topItems } from './top-k.ts';
import { indexItems } from './top-k-index.ts';

/** Every score as a float64 number, sorted. */
function bruteForce(
  factors: Float32Array,
  query: Float32Array,
  n: number,
  {
    by = 'product',
    isEligible = () => true,
  }: { by?: 'product' | 'cosine'; isEligible?: (item: number) => boolean },
): { item: number; score: number }[] {
  const rank = query.length;
  const norm = Math.sqrt(dot(query, 0, query, 0, rank));
  return Array.from({ length: factors.length / rank }, (_, item) => {
    const product = dot(query, 0, factors, item * rank, rank);
    const lengths = norm * Math.sqrt(dot(factors, item * rank, factors, item * rank, rank));
    return { item, score: by === 'product' ? product : lengths === 0 ? 0 : product / lengths };
  })
    .filter(({ item }) => isEligible(item))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .slice(0, n);
}

function entries({ items, scores }: ReturnType<typeof topItems>): { item: number; score: number }[] {
  return Array.from(items, (item, at) => ({ item, score: scores[at]! }));
}

/** -0 and 0 are one score. */
const plain = (list: { item: number; score: number }[]) =>
  list.map(({ item, score }) => ({ item, score: score + 0 }));

// Few different numbers make ties and duplicates; the others are of every magnitude that float32 has.
const factor = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(-1, 0, 0.5, 1, 2) },
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
);
const catalogue = fc
  .record({
    rank: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 33),
    items: fc.constantFrom(0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 100),
  })
  .chain(({ rank, items }) => {
    const row = fc.oneof(
      { weight: 4, arbitrary: fc.array(factor, { minLength: rank, maxLength: rank }) },
      fc.constant(Array<number>(rank).fill(0)),
    );
    return fc.record({
      rows: fc.array(row, { minLength: items, maxLength: items }),
      query: row,
      n: fc.constantFrom(0, 1, 2, 10, 16, 40, 200),
      by: fc.constantFrom('product' as const, 'cosine' as const),
      /** 0: everything is filtered. */
      share: fc.constantFrom(0, 1, 2, 3),
    });
  });

describe('topItems', () => {
  it('equals sorting all float64 scores, for any factors, sizes and filters', () => {
    fc.assert(
      fc.property(catalogue, ({ rows, query, n, by, share }) => {
        const factors = Float32Array.from(rows.flat());
        const isEligible = (item: number): boolean => share === 3 || item % 3 < share;
        const eligible = share === 3 ? undefined : bitmapOf(rows.length, isEligible);
        const found = topItems(indexItems(factors, query.length), Float32Array.from(query), n, {
          by,
          eligible,
        });
        expect(plain(entries(found))).toEqual(
          plain(bruteForce(factors, Float32Array.from(query), n, { by, isEligible })),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['product', 'cosine'] as const)(
    'equals it on a catalogue where most items are passed over, by %s',
    (by) => {
      const rank = 24;
      const next = uniform(5, 'lengths');
      const directions = gaussians(6, 'directions', 3_001 * rank);
      const lengths = Array.from({ length: 3_001 }, () => Math.exp(2 * next()));
      const factors = Float32Array.from(directions, (value, at) => value * lengths[Math.floor(at / rank)]!);
      const index = indexItems(factors, rank);
      for (let seed = 0; seed < 20; seed++) {
        const query = Float32Array.from(gaussians(seed, 'query', rank));
        const isEligible = (item: number): boolean => item % 7 !== seed % 7;
        const found = topItems(index, query, 10, { by, eligible: bitmapOf(3_001, isEligible) });
        expect(entries(found)).toEqual(bruteForce(factors, query, 10, { by, isEligible }));
      }
    },
  );

  it('gives equal scores by ascending item, whatever their lengths', () => {
    // All score 1; the longest comes first in the index.
    const factors = Float32Array.from({ length: 80 }, (_, at) => (at % 2 === 0 ? 1 : at));
    expect([...topItems(indexItems(factors, 2), Float32Array.of(1, 0), 3).items]).toEqual([0, 1, 2]);
  });

  it('finds items of equal code that differ in the last bit alone', () => {
    const factors = new Float32Array(64).fill(1);
    factors[40] = 1 + 2 ** -23;
    expect([...topItems(indexItems(factors, 1), Float32Array.of(1), 2).items]).toEqual([40, 0]);
  });

  it('counts what the codes of the query leave out', () => {
    const step = 1 / 32_767;
    const query = Float32Array.of(1, ...Array<number>(16).fill(0.49 * step), 0);
    const longer = [126 / 127 + 4 * step, ...Array<number>(16).fill(0), 20];
    const better = [126 / 127, ...Array<number>(16).fill(1), 0];
    const factors = Float32Array.from([...Array<number[]>(16).fill(longer), better].flat());
    expect([...topItems(indexItems(factors, 18), query, 1).items]).toEqual([16]);
  });

  it('finds the best of negative cosines beside shorter items', () => {
    const rows = [
      ...Array<number[]>(16).fill([-6, 8]),
      [-4.5, 7.8],
      ...Array<number[]>(15).fill([-0.09, 0.04]),
    ];
    const found = topItems(indexItems(Float32Array.from(rows.flat()), 2), Float32Array.of(1, 0), 1, {
      by: 'cosine',
    });
    expect([...found.items]).toEqual([16]);
  });

  it('answers one query after another, and larger ones, from one index', () => {
    const factors = Float32Array.from(gaussians(1, 'factors', 20_000));
    const index = indexItems(factors, 2);
    const before = topItems(index, Float32Array.of(1, 0), 3);
    expect(topItems(index, Float32Array.of(0, -3), 10_000).items.length).toBe(10_000);
    expect(topItems(index, Float32Array.of(1, 0), 3)).toEqual(before);
  });

  it.each([
    ['a factor that is no number', () => indexItems(Float32Array.of(1, Number.NaN), 2), 'invalid_factors'],
    [
      'a factor without end',
      () => indexItems(Float32Array.of(1, 2, 3, Number.NEGATIVE_INFINITY), 2),
      'invalid_factors',
    ],
    ['factors that are no rows', () => indexItems(new Float32Array(3), 2), 'invalid_factors'],
    ['a rank of 0', () => indexItems(new Float32Array(0), 0), 'invalid_factors'],
    ['a query that is no number', () => topItems(PAIR, Float32Array.of(Number.NaN, 0), 1), 'invalid_factors'],
    ['a query of another rank', () => topItems(PAIR, new Float32Array(3), 1), 'invalid_query'],
    ['less than nothing', () => topItems(PAIR, new Float32Array(2), -1), 'invalid_query'],
    [
      'a bitmap that is too short',
      () => topItems(PAIR, new Float32Array(2), 1, { eligible: new Uint8Array(0) }),
      'invalid_query',
    ],
  ])('refuses %s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ name: PlatformError.name, code }));
  });
});

const PAIR = indexItems(Float32Array.of(1, 2, 3, 4), 2);

describe('allScores', () => {
  it('gives every score as the plain sum does, to the last bit', () => {
    fc.assert(
      fc.property(catalogue, ({ rows, query }) => {
        const factors = Float32Array.from(rows.flat());
        const user = Float32Array.from(query);
        const scores = allScores(indexItems(factors, user.length), user);
        const expected = rows.map((_, item) => dot(user, 0, factors, item * user.length, user.length));
        expect([...scores].map((score) => score + 0)).toEqual(expected.map((score) => score + 0));
      }),
    );
  });

  it('grows its memory for as many as there are', () => {
    const factors = Float32Array.from(gaussians(1, 'factors', 30_000));
    const scores = allScores(indexItems(factors, 1), Float32Array.of(2));
    expect(scores).toEqual(Float64Array.from(factors, (value) => 2 * value));
  });
});
