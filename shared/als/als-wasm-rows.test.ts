import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowOrder } from './als-wasm-rows.ts';

const LENGTHS = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 20_000 })), {
  maxLength: 60,
});

it('orders rows by falling length, those of one length by position, and fills them up to multiples of 4', () => {
  fc.assert(
    fc.property(LENGTHS, (lengths) => {
      const order = rowOrder(rowsOf(lengths), { perRating: 50, perRow: 100 });
      expect(order.rows).toBe(lengths.length);
      const expected = lengths
        .map((length, position) => ({ length, position }))
        .sort((a, b) => b.length - a.length || a.position - b.position);
      expect([...order.positions]).toEqual(expected.map(({ position }) => position));
      order.places.forEach((row, position) => {
        expect(order.positions[row]).toBe(position);
      });
      expected.forEach(({ length }, row) => {
        expect(order.starts[row + 1]! - order.starts[row]!).toBe(4 * Math.ceil(length / 4));
      });
    }),
  );
});

it('cuts all rows into chunks of at least one row, of which no two could be one', () => {
  fc.assert(
    fc.property(LENGTHS, fc.nat(1_000), fc.nat(1_000_000), (lengths, perRating, perRow) => {
      const { chunks, rows, starts } = rowOrder(rowsOf(lengths), { perRating, perRow });
      expect([chunks[0], chunks.at(-1)]).toEqual([0, rows]);
      const work = (from: number, to: number) =>
        perRating * (starts[to]! - starts[from]!) + perRow * (to - from);
      for (let chunk = 0; chunk + 1 < chunks.length; chunk++) {
        const [from, to] = [chunks[chunk]!, chunks[chunk + 1]!];
        expect(to).toBeGreaterThan(from);
        expect(work(from, to - 1)).toBeLessThan(2_000_000);
        if (to < rows) expect(work(from, to)).toBeGreaterThanOrEqual(2_000_000);
      }
    }),
  );
});

function rowsOf(lengths: readonly number[]) {
  const starts = new Int32Array(lengths.length + 1);
  lengths.forEach((length, position) => {
    starts[position + 1] = starts[position]! + length;
  });
  return { starts, columns: new Int32Array(0), values: new Float32Array(0) };
}
