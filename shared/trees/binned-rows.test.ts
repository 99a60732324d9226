import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binRows } from './binned-rows.ts';
import { rowsOf, trainingValue } from './testing.fixture.ts';

const idle = () => Promise.resolve();
const bin = (values: readonly number[], maxBins: number) =>
  binRows(rowsOf(values, new Array(values.length).fill(0), [values.length]), maxBins, 0, idle);

describe('binRows', () => {
  it('puts a value into the first bin whose upper bound is not below it, and what is missing into the last', async () => {
    const anyColumn = fc.array(trainingValue, { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(anyColumn, fc.integer({ min: 2, max: 256 }), async (values, maxBins) => {
        const { bins, columns } = await bin(values, maxBins);
        const { upperBounds, hasMissing } = bins[0]!;
        expect(upperBounds.length + Number(hasMissing)).toBeLessThanOrEqual(maxBins);
        expect(hasMissing).toBe(values.some(Number.isNaN));
        for (const [row, value] of values.entries()) {
          const expected = Number.isNaN(value)
            ? upperBounds.length
            : upperBounds.findIndex((bound) => Math.fround(value) <= bound);
          expect(columns[0]![row]).toBe(expected);
        }
      }),
    );
  });

  it('gives every value its own bin where there are enough, bounds halfway between', async () => {
    const { bins } = await bin([3, 1, Number.NaN, 7, 1, 0, 3], 5);
    expect(bins[0]).toEqual({
      upperBounds: Float64Array.of(0.5, 2, 5, Infinity),
      hasMissing: true,
      least: 0,
      greatest: 7,
    });
  });

  it('gives a value with more rows than a fair share its own bin, and shares the rest evenly', async () => {
    const values = Array.from({ length: 1000 }, (_, row) => (row % 2 === 0 ? 0 : row - 500));
    const { bins, columns } = await bin(values, 11);
    const counts = new Array<number>(bins[0]!.upperBounds.length).fill(0);
    for (const found of columns[0]!) counts[found]! += 1;
    expect(counts).toHaveLength(11);
    expect(counts).toContain(500);
    for (const count of counts.filter((count) => count !== 500))
      expect(Math.abs(count - 50)).toBeLessThanOrEqual(2);
  });

  it('refuses an infinite value by the name of its feature', async () => {
    await expect(bin([1, -Infinity], 255)).rejects.toMatchObject({
      code: 'ranking_rows',
      message: 'feature_0 of row 1 is -Infinity; make it NaN or a number',
    });
  });
});
