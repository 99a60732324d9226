import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alsParameters, itemSpace, scoreItems } from '../als/index.ts';
import { alsColumn, denseColumn, scoreSum } from './score-column.ts';

const PRODUCTS = 40;
const TIES = Float64Array.from({ length: PRODUCTS }, (_, position) => position % 3);
const ALL = Int32Array.from({ length: PRODUCTS }, (_, position) => position);

describe('scoreSum', () => {
  it('gives what sums in a whole column give, one after the other', () => {
    const addition = fc.tuple(fc.nat(PRODUCTS - 1), fc.constantFrom(0, 0.1, 0.2, 0.3, 1));
    fc.assert(
      fc.property(fc.array(fc.array(addition)), fc.nat(PRODUCTS), (sums, n) => {
        const sum = scoreSum(PRODUCTS);
        for (const additions of sums) {
          const whole = new Float64Array(PRODUCTS);
          for (const [position, amount] of additions) {
            whole[position]! += amount;
            sum.add(position, amount);
          }
          const [sparse, dense] = [sum.finish(), denseColumn(whole)];
          expect(sparse.at(ALL)).toEqual(whole);
          expect(sparse.top(n, TIES)).toEqual(dense.top(n, TIES));
        }
      }),
    );
  });

  it('has nothing to say of a position that is none', () => {
    const sum = scoreSum(2);
    sum.add(1, 0.5);
    expect([...sum.finish().at(Int32Array.of(-1, 1))]).toEqual([0, 0.5]);
  });
});

describe('alsColumn', () => {
  const number = fc.float({ min: -1, max: 1, noNaN: true });
  const rank = 3;

  it('gives what predictions of every item give, of the products that the shop knows', () => {
    const drawn = fc.record({
      factors: fc.array(number, { minLength: PRODUCTS * rank, maxLength: PRODUCTS * rank }),
      user: fc.array(number, { minLength: rank, maxLength: rank }),
      known: fc.array(fc.boolean(), { minLength: PRODUCTS, maxLength: PRODUCTS }),
      n: fc.nat(PRODUCTS),
    });
    fc.assert(
      fc.property(drawn, ({ factors, user, known, n }) => {
        const space = itemSpace({
          parameters: alsParameters({ rank }),
          itemIds: ALL,
          itemFactors: Float32Array.from(factors),
        });
        const customer = Float32Array.from(user);
        const shop = ALL.filter((item) => known[item]);
        const column = alsColumn(space, customer, {
          itemAt: shop,
          positionAt: ALL.map((item) => shop.indexOf(item)),
        });
        const predicted = scoreItems(space, customer);
        const whole = Float64Array.from(shop, (item) => predicted[item]!);
        const positions = shop.map((_, position) => position);
        expect(column.at(positions)).toEqual(whole);
        const ties = Float64Array.from(shop, (item) => TIES[item]!);
        const scoresOf = (best: number[]) => best.map((position) => whole[position]);
        expect(scoresOf(column.top(n, ties))).toEqual(scoresOf(denseColumn(whole).top(n, ties)));
      }),
    );
  });

  it('says nothing of a customer without factors', () => {
    const nothing = alsColumn(null, null, { itemAt: ALL, positionAt: ALL });
    expect(nothing.top(3, TIES)).toEqual([]);
    expect([...nothing.at(Int32Array.of(0, -1))]).toEqual([0, 0]);
  });
});
