import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addScaled, basketsOf, sparseVector, vectorIndex } from './user-vectors.ts';

const SIZE = 12;
const vector = fc
  .dictionary(fc.nat(SIZE - 1).map(String), fc.double({ min: -5, max: 5, noNaN: true }))
  .map((entries) => sparseVector(new Map(Object.entries(entries).map(([at, value]) => [Number(at), value]))));

describe('vectorIndex', () => {
  it('gives the dot products that dense vectors give', () => {
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 8 }), vector, (rows, other) => {
        const dense = (sparse: typeof other): Float64Array => {
          const column = new Float64Array(SIZE);
          addScaled(column, 1, sparse);
          return column;
        };
        const right = dense(other);
        const expected = rows.map((row) =>
          dense(row).reduce((sum, value, at) => sum + value * right[at]!, 0),
        );
        expect([...vectorIndex(rows, SIZE).dots(other)]).toEqual(
          expected.map((dot) => expect.closeTo(dot, 9)),
        );
      }),
    );
  });
});

describe('basketsOf', () => {
  it('puts the latest first, and of one instant the higher id; a product counts once in a basket', () => {
    const line = (basket: number, at: number, product: number) => ({ basket, at, product, quantity: 1 });
    const history = [line(1, 10, 5), line(2, 30, 7), line(3, 10, 9), line(1, 10, 5), line(1, 11, 7)];
    const baskets = basketsOf(history, Int32Array.of(5, 7, 9));
    expect(baskets.map((products) => [...products])).toEqual([[1], [2], [0, 1]]);
  });
});
