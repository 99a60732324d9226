import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeColumn } from '../parquet/column-encoder.ts';
import { batchOfRows, type Value } from '../schema/batch.ts';
import { arrayOf, type DataType, field, schemaOf } from '../schema/schema.ts';
import { compareUtf8 } from '../schema/utf8-order.ts';
import { FileStats } from './stats.ts';
import { truncatedMax, truncatedMin } from './stats-json.ts';

function statsOf(type: DataType, values: readonly Value[]): string {
  const schema = schemaOf(field('c', type));
  const stats = new FileStats(schema);
  stats.add(values.length, { c: encodeColumn(schema.fields[0]!, values, values.length) });
  return stats.json();
}

describe('file statistics', () => {
  it.each<[DataType, Value[], string, string]>([
    ['integer', [3, null, -1], '-1', '3'],
    ['long', [9007199254740993n, -9223372036854775808n], '-9223372036854775808', '9007199254740993'],
    ['decimal(10,2)', ['99999999.99', '-12.5'], '-12.50', '99999999.99'],
    [
      'decimal(38,10)',
      ['0.0000000001', '1234567890123456789012345678'],
      '0.0000000001',
      '1234567890123456789012345678.0000000000',
    ],
    ['double', [0.1, 1e21], '0.1', '1e+21'],
    ['float', [0.1], '0.10000000149011612', '0.10000000149011612'],
    ['date', [-1, 0], '"1969-12-31"', '"1970-01-01"'],
    ['timestamp', [-1n, 1795393913764467n], '"1969-12-31T23:59:59.999Z"', '"2026-11-23T00:31:53.764Z"'],
    ['string', ['b', '😀', '\ufffd'], '"b"', '"😀"'],
  ])('of %s %s are %s and %s', (type, values, min, max) => {
    const nulls = values.filter((value) => value === null).length;
    expect(statsOf(type, values)).toBe(
      `{"numRecords":${values.length},"minValues":{"c":${min}},"maxValues":{"c":${max}},"nullCount":{"c":${nulls}}}`,
    );
  });

  it.each<[string, DataType, Value[]]>([
    ['only nulls', 'string', [null, null]],
    ['NaN, which has no order', 'double', [1, Number.NaN]],
    ['an infinity, which JSON lacks', 'float', [Number.POSITIVE_INFINITY]],
    ['booleans', 'boolean', [true]],
    ['bytes', 'binary', [new Uint8Array([1])]],
    ['arrays', arrayOf('float'), [[1]]],
    ['a year that has no agreed text', 'timestamp', [9007199254740993000n]],
  ])('have no bounds for %s', (_, type, values) => {
    expect(JSON.parse(statsOf(type, values))).toMatchObject({
      minValues: {},
      maxValues: {},
      numRecords: values.length,
    });
  });

  it('nest as structs do, where a struct that is null counts for each of its fields', () => {
    const inner = schemaOf(field('n', 'long'), field('ok', 'boolean'), field('tags', arrayOf('string')));
    const stats = new FileStats(schemaOf(field('s', inner), field('empty', schemaOf(field('x', 'string')))));
    const structs = [{ n: 5n, ok: true, tags: null }, null, { n: -7n, ok: null, tags: ['a'] }];
    stats.add(3, { s: structs as never, empty: [null, null, null] });
    expect(JSON.parse(stats.json())).toEqual({
      numRecords: 3,
      minValues: { s: { n: -7 }, empty: {} },
      maxValues: { s: { n: 5 }, empty: {} },
      nullCount: { s: { n: 1, ok: 2, tags: 2 }, empty: { x: 3 } },
    });
  });

  it('of several batches are those of all rows', () => {
    const schema = schemaOf(field('c', 'integer'));
    const stats = new FileStats(schema);
    for (const rows of [[{ c: 5 }, {}], [{ c: -2 }]]) {
      const batch = batchOfRows(schema, rows);
      stats.add(rows.length, { c: encodeColumn(schema.fields[0]!, batch.columns.c, rows.length) });
    }
    expect(stats.json()).toBe(
      '{"numRecords":3,"minValues":{"c":-2},"maxValues":{"c":5},"nullCount":{"c":1}}',
    );
  });
});

describe('long strings', () => {
  const a32 = 'a'.repeat(32);

  it.each([
    ['as they are up to 32 units', a32, a32],
    ['with U+007F behind a smaller character', `${a32}bc`, `${a32}\u007f`],
    ['with U+10FFFF behind U+007F', `${a32}\u007fc`, `${a32}\u{10ffff}`],
    ['with U+10FFFF behind a larger character', `${a32}é`, `${a32}\u{10ffff}`],
    ['extended over U+10FFFF', `${a32}\u{10ffff}b`, `${a32}\u{10ffff}\u007f`],
    ['whole where nothing but U+10FFFF follows', `${a32}\u{10ffff}`, `${a32}\u{10ffff}`],
    ['without splitting a surrogate pair', `${'a'.repeat(31)}😀b`, `${'a'.repeat(31)}😀\u007f`],
  ])('have a maximum %s', (_, text, maximum) => {
    expect(truncatedMax(text)).toBe(maximum);
  });

  it('have no maximum where 64 units do not suffice', () => {
    expect(truncatedMax(`${a32}${'\u{10ffff}'.repeat(20)}b`)).toBeNull();
  });

  it('lie between their bounds, which are well formed', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\u007f', 'é', '😀', '\u{10ffff}', '\ue000'),
      maxLength: 90,
    });
    fc.assert(
      fc.property(text, (value) => {
        const max = truncatedMax(value);
        expect(compareUtf8(truncatedMin(value), value)).toBeLessThanOrEqual(0);
        if (max !== null) expect(compareUtf8(max, value)).toBeGreaterThanOrEqual(0);
        for (const bound of [truncatedMin(value), max ?? '']) {
          expect(Buffer.from(bound).toString()).toBe(bound);
          expect(bound.length).toBeLessThanOrEqual(66);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
