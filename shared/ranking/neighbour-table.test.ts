import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNeighbours,
  type NeighbourTable,
  nearestByCosine,
  type ProductGroups,
  supportOf,
} from './neighbour-table.ts';
import { scoreSum } from './score-column.ts';

const OPTIONS = { largestGroup: 10, minSupport: 1, shrinkage: 0, perProduct: 10 };

function groupsOf(...groups: readonly (readonly number[])[]): ProductGroups {
  const starts = [0];
  for (const group of groups) starts.push(starts.at(-1)! + group.length);
  return { starts: Int32Array.from(starts), members: Int32Array.from(groups.flat()) };
}

function rowOf({ starts, columns, similarities }: NeighbourTable, product: number): [number, number][] {
  const [from, to] = [starts[product]!, starts[product + 1]!];
  return [...columns.subarray(from, to)].map((column, at) => [column, similarities[from + at]!]);
}

describe('nearestByCosine', () => {
  const baskets = groupsOf([0, 1], [0, 1], [0, 2], [3]);

  it('divides the common groups by the root of both sizes, plus shrinkage', () => {
    const plain = nearestByCosine(baskets, 4, OPTIONS);
    expect(rowOf(plain, 0)).toEqual([
      [1, expect.closeTo(2 / Math.sqrt(3 * 2), 6)],
      [2, expect.closeTo(1 / Math.sqrt(3 * 1), 6)],
    ]);
    const shrunk = nearestByCosine(baskets, 4, { ...OPTIONS, shrinkage: 5 });
    expect(rowOf(shrunk, 1)).toEqual([[0, expect.closeTo(2 / (Math.sqrt(6) + 5), 6)]]);
    expect(rowOf(plain, 3)).toEqual([]);
  });

  it('tells how many groups hold both products', () => {
    const table = nearestByCosine(baskets, 4, OPTIONS);
    expect([supportOf(table, 0, 1), supportOf(table, 2, 0), supportOf(table, 1, 2)]).toEqual([2, 1, 0]);
  });

  it('takes too little support for chance, and leaves large groups out', () => {
    expect(
      rowOf(nearestByCosine(baskets, 4, { ...OPTIONS, minSupport: 2 }), 0).map(([column]) => column),
    ).toEqual([1]);
    const large = groupsOf([0, 1, 2], [0, 1]);
    expect(rowOf(nearestByCosine(large, 3, { ...OPTIONS, largestGroup: 2 }), 0)).toEqual([[1, 0.5]]);
  });

  it('keeps the nearest, the lower position among equals', () => {
    const equal = groupsOf([0, 3], [0, 1], [0, 2]);
    const kept = rowOf(nearestByCosine(equal, 4, { ...OPTIONS, perProduct: 2 }), 0);
    expect(kept.map(([column]) => column)).toEqual([1, 2]);
  });

  it('agrees with counting every pair of groups', () => {
    const group = fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 12 }), (groups) => {
        const table = nearestByCosine(groupsOf(...groups), 8, OPTIONS);
        const holding = (...products: number[]): number =>
          groups.filter((members) => products.every((product) => members.includes(product))).length;
        for (let a = 0; a < 8; a++) {
          const row = new Map(rowOf(table, a));
          for (let b = 0; b < 8; b++) {
            const common = a === b ? 0 : holding(a, b);
            if (common === 0) expect(row.has(b)).toBe(false);
            else expect(row.get(b)).toBeCloseTo(common / Math.sqrt(holding(a) * holding(b)), 6);
          }
        }
      }),
    );
  });
});

describe('addNeighbours', () => {
  it('adds the weighted similarities of one row to what is there', () => {
    const table = nearestByCosine(groupsOf([0, 1], [0, 1]), 2, OPTIONS);
    const scores = scoreSum(2);
    scores.add(1, 1);
    addNeighbours(table, 0, 0.5, scores);
    expect([...scores.finish().at(Int32Array.of(0, 1))]).toEqual([0, 1.5]);
  });
});
