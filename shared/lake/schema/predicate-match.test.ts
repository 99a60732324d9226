import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOfRows, type Value } from './batch.ts';
import type { Predicate } from './predicate.ts';
import { columnsOf, matches } from './predicate-match.ts';
import { arrayOf, type DataType, field, schemaOf } from './schema.ts';

function chosen(type: DataType, values: readonly Value[], predicate: Predicate): Value[] {
  const schema = schemaOf(field('c', type));
  const batch = batchOfRows(
    schema,
    values.map((c) => ({ c })),
  );
  const match = matches(predicate, schema);
  return values.filter((_, row) => match(batch, row));
}

const is = (op: '=' | '<' | '<=' | '>' | '>=', value: NonNullable<Value>): Predicate => ({
  op,
  column: 'c',
  value,
});
const isNull: Predicate = { op: 'is-null', column: 'c' };
const not = (of: Predicate): Predicate => ({ op: 'not', of });

describe('a predicate', () => {
  it.each<[string, DataType, Value[], Predicate, Value[]]>([
    ['numbers', 'integer', [1, 2, 3, null], is('>=', 2), [2, 3]],
    ['longs beyond 2^53', 'long', [2n ** 53n, 2n ** 53n + 1n], is('>', 2n ** 53n), [2n ** 53n + 1n]],
    ['decimals as numbers', 'decimal(10,2)', ['9.00', '10.00', '-1.00'], is('<', '10'), ['9.00', '-1.00']],
    ['decimals whatever zeros they end in', 'decimal(10,2)', ['1.50'], is('=', '1.5'), ['1.50']],
    ['timestamps', 'timestamp', [1n, 2n], is('<=', 1n), [1n]],
    ['text by its UTF-8 bytes', 'string', ['\ufffd', '😀', 'a'], is('>', '\ufffd'), ['😀']],
    ['booleans, false first', 'boolean', [false, true, null], is('<', true), [false]],
    ['NaN above all numbers', 'double', [1, Number.NaN, Infinity], is('>', Infinity), [Number.NaN]],
    ['NaN as equal to itself', 'double', [1, Number.NaN], is('=', Number.NaN), [Number.NaN]],
    ['minus zero as zero', 'double', [-0, 1], is('=', 0), [-0]],
    ['floats as 32 bits', 'float', [Math.fround(0.1)], is('=', 0.1), [Math.fround(0.1)]],
  ])('compares %s', (_, type, values, predicate, expected) => {
    expect(chosen(type, values, predicate)).toEqual(expected);
  });

  it('compares binary by its bytes, a prefix first', () => {
    const values = [Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(255)];
    expect(chosen('binary', values, is('>', Uint8Array.of(1)))).toEqual(values.slice(1));
    expect(chosen('binary', values, { op: 'in', column: 'c', values: [Uint8Array.of(255)] })).toEqual(
      values.slice(2),
    );
  });

  it.each<[string, Predicate, Value[]]>([
    ['a comparison with null', is('=', 1), [1]],
    ['its negation', not(is('=', 1)), [2]],
    ['null', isNull, [null]],
    ['not null', not(isNull), [1, 2]],
    ['membership', { op: 'in', column: 'c', values: [1, 7] }, [1]],
    ['no membership', not({ op: 'in', column: 'c', values: [1] }), [2]],
    ['membership in nothing', { op: 'in', column: 'c', values: [] }, []],
    ['unknown or true', { op: 'or', of: [is('=', 1), isNull] }, [1, null]],
    ['unknown and false, negated', not({ op: 'and', of: [is('=', 1), isNull] }), [1, 2]],
    ['unknown and true, negated', not({ op: 'and', of: [is('=', 1), not(is('=', 2))] }), [2]],
    ['no conditions, all of which hold', { op: 'and', of: [] }, [1, 2, null]],
    ['no conditions, one of which holds', { op: 'or', of: [] }, []],
  ])('chooses by three-valued logic: %s', (_, predicate, expected) => {
    expect(chosen('integer', [1, 2, null], predicate)).toEqual(expected);
  });

  it('splits the rows that are not null into those before, at and after a value', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double())), fc.double(), (values, pivot) => {
        const parts = (['<', '=', '>'] as const).flatMap((op) => chosen('double', values, is(op, pivot)));
        expect(parts.length).toBe(values.filter((value) => value !== null).length);
        expect(chosen('double', values, is('>=', pivot)).length).toBe(
          chosen('double', values, not(is('<', pivot))).length,
        );
      }),
    );
  });

  it.each<[string, DataType, Predicate]>([
    ['a column that is not there', 'integer', { op: 'is-null', column: 'd' }],
    ['a value of another type', 'integer', is('=', '1')],
    ['a number for a long', 'long', is('=', 1)],
    ['a decimal of more digits', 'decimal(10,2)', is('=', '1.234')],
    ['one of several values', 'string', { op: 'in', column: 'c', values: ['a', 1] }],
    ['a type without an order', arrayOf('integer'), is('=', [1])],
  ])('is refused for %s', (_, type, predicate) => {
    expect(() => matches(predicate, schemaOf(field('c', type)))).toThrow(
      expect.objectContaining({ code: 'lake_predicate_invalid' }),
    );
  });

  it('names its columns once', () => {
    expect([
      ...columnsOf({ op: 'and', of: [isNull, not(is('=', 1)), { op: 'is-null', column: 'd' }] }),
    ]).toEqual(['c', 'd']);
  });
});
