import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dot } from './als-reference.ts';
import {
  BLOCK,
  BOUNDS,
  encodeItems,
  encodeQuery,
  type ItemCodes,
  paddedRank,
  QUERY_REPEATS,
} from './top-k-codes.ts';

const RANK = 6;
const factor = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 2 ** -149, -1e-3),
);
const row = fc.array(factor, { minLength: RANK, maxLength: RANK });

function encode(factors: Float32Array): ItemCodes {
  const items = factors.length / RANK;
  const whole = Math.ceil(items / BLOCK) * BLOCK;
  const codes: ItemCodes = {
    order: new Uint32Array(items),
    lengths: new Float64Array(items),
    codes: new Int8Array(whole * paddedRank(RANK)),
    bounds: new Float64Array((whole / BLOCK) * BOUNDS),
    factors: new Float32Array(whole * RANK),
  };
  encodeItems(factors, RANK, codes);
  return codes;
}

it('bounds what every score can differ from its product of codes', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), row, (rows, values) => {
      const factors = Float32Array.from(rows.flat());
      const query = Float32Array.from(values);
      const { order, codes, bounds, lengths } = encode(factors);
      const queryCodes = new Int16Array(QUERY_REPEATS * paddedRank(RANK));
      const encoded = encodeQuery(query, { values: new Float64Array(RANK), codes: queryCodes });
      order.forEach((item, place) => {
        const block = Math.floor(place / BLOCK);
        const [scale, error, longest, shortest] = bounds.subarray(block * BOUNDS) as unknown as number[];
        let product = 0;
        for (let k = 0; k < paddedRank(RANK); k++) {
          const pair = k >> 1;
          const ours =
            codes[block * BLOCK * paddedRank(RANK) + pair * 2 * BLOCK + (place % BLOCK) * 2 + (k & 1)]!;
          product += ours * queryCodes[pair * 2 * QUERY_REPEATS + (k & 1)]!;
        }
        const score = dot(query, 0, factors, item * RANK, RANK);
        const margin = encoded.length * error! + (encoded.error + encoded.slack) * longest!;
        expect(Math.abs(score - encoded.scale * scale! * product)).toBeLessThanOrEqual(margin);
        expect(Math.abs(score)).toBeLessThanOrEqual((encoded.norm + encoded.slack) * longest!);
        expect(lengths[place]).toBeGreaterThanOrEqual(shortest!);
      });
    }),
    { numRuns: 1_000 },
  );
});

it('keeps every item once, longest first, equal lengths by item', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const factors = Float32Array.from(rows.flat());
      const { order, lengths } = encode(factors);
      const length = (item: number): number =>
        Math.sqrt(dot(factors, item * RANK, factors, item * RANK, RANK));
      const sorted = rows
        .map((_, item) => item)
        .sort((a, b) => Math.fround(length(b)) - Math.fround(length(a)) || a - b);
      expect([...order]).toEqual(sorted);
      expect([...lengths]).toEqual(sorted.map(length));
    }),
  );
});

it('keeps any product of codes within int32', () => {
  for (const rank of [1, 64, 513, 2_048, 2 ** 14]) {
    const codes = new Int16Array(QUERY_REPEATS * paddedRank(rank));
    encodeQuery(new Float32Array(rank).fill(-3), { values: new Float64Array(rank), codes });
    const sum = codes.reduce((total, code) => total + Math.abs(code), 0) / QUERY_REPEATS;
    expect(sum * 127).toBeLessThan(2 ** 31);
    expect(sum).toBeGreaterThan(rank * 127);
  }
});
