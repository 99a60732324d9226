import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectTop } from './select-top.ts';

describe('selectTop', () => {
  it('orders by score, then tie value, then position', () => {
    const scores = Float64Array.of(1, 3, 3, 0, 3);
    const ties = Float64Array.of(9, 1, 2, 9, 2);
    expect(selectTop(scores, ties, 4)).toEqual([2, 4, 1, 0]);
  });

  it('equals a full sort of what is eligible and above the bound, for any n', () => {
    const column = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 })), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(
        column,
        fc.integer({ min: -1, max: 420 }),
        fc.constantFrom(-Infinity, -1, 0, 2),
        (rows, n, above) => {
          const scores = Float64Array.from(rows, ([score]) => score);
          const ties = Float64Array.from(rows, ([, tie]) => tie);
          const eligible = (position: number): boolean => position % 3 !== 1;
          const sorted = rows
            .map((_, position) => position)
            .filter((position) => eligible(position) && scores[position]! > above)
            .sort((a, b) => scores[b]! - scores[a]! || ties[b]! - ties[a]! || a - b);
          expect(selectTop(scores, ties, n, eligible, above)).toEqual(sorted.slice(0, Math.max(0, n)));
        },
      ),
    );
  });
});
