import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignBins, findBins } from './feature-bins.ts';
import { rowsOf, trainingValue } from './testing.fixture.ts';

const idle = () => Promise.resolve();
async function bin(values: readonly number[], maxBins: number) {
  const rows = rowsOf(values, new Array(values.length).fill(0), [values.length]);
  const bins = await findBins(rows, maxBins, 0, idle);
  const column = new Uint8Array(values.length);
  await assignBins(rows, bins, column, 'by-feature', idle);
  return { bins, column };
}

describe('findBins', () => {
  it('puts a value into the first bin whose upper bound is not below it, and what is missing into the last', async () => {
    const anyColumn = fc.array(trainingValue, { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(anyColumn, fc.integer({ min: 2, max: 255 }), async (values, maxBins) => {
        const { bins, column } = await bin(values, maxBins);
        const { upperBounds, hasMissing } = bins[0]!;
        expect(upperBounds.length + Number(hasMissing)).toBeLessThanOrEqual(maxBins);
        expect(hasMissing).toBe(values.some(Number.isNaN));
        for (const [row, value] of values.entries()) {
          const expected = Number.isNaN(value)
            ? upperBounds.length
            : upperBounds.findIndex((bound) => Math.fround(value) <= bound);
          expect(column[row]).toBe(expected);
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
    const { bins, column } = await bin(values, 11);
    const counts = new Array<number>(bins[0]!.upperBounds.length).fill(0);
    for (const found of column) counts[found]! += 1;
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

it('assignBins writes the bins of a row beside each other, or those of a feature', async () => {
  const rows = rowsOf([1, 40, 2, 30, 3, Number.NaN], [0, 0, 0], [3]);
  const bins = await findBins(rows, 255, 0, idle);
  const into = new Uint8Array(6);
  await assignBins(rows, bins, into, 'by-row', idle);
  expect([...into]).toEqual([0, 1, 1, 0, 2, 2]);
  await assignBins(rows, bins, into, 'by-feature', idle);
  expect([...into]).toEqual([0, 1, 2, 1, 0, 2]);
});
