import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOfRows, rowsOfBatch, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { arrayOf, type DataType, field, type MapType, schemaOf } from '../schema/schema.ts';
import { encodeColumn } from './column-encoder.ts';
import { ParquetFileWriter } from './parquet-file.ts';
import { readParquetColumns } from './parquet-reader.ts';
import { parquetSchemaOf } from './parquet-schema.ts';

const mapOf = (keyType: DataType, valueType: DataType, valueContainsNull = true): MapType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull,
});

/** Comes back as it is in no order of keys: an integer-like key of an object goes first. */
const text = fc.string({ unit: 'grapheme', maxLength: 5 }).map((value) => `k${value}`);
const long = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const decimal = fc.bigInt(-(10n ** 12n) + 1n, 10n ** 12n - 1n).map((value) => decimalText(value, 3));
const optional = (values: fc.Arbitrary<Value>) => fc.option(values, { freq: 3 });

const NESTED: readonly (readonly [string, DataType, fc.Arbitrary<Value>])[] = [
  [
    'struct',
    schemaOf(field('a', 'long', { nullable: false }), field('b', 'string'), field('ok', 'boolean')),
    fc.record({ a: long, b: optional(text), ok: optional(fc.boolean()) }),
  ],
  [
    'struct in struct',
    schemaOf(field('inner', schemaOf(field('m', 'decimal(12,3)'), field('raw', 'binary')))),
    fc.record({
      inner: optional(fc.record({ m: optional(decimal), raw: optional(fc.uint8Array({ maxLength: 4 })) })),
    }),
  ],
  ['array of nulls too', arrayOf('long', true), fc.array(optional(long), { maxLength: 4 })],
  [
    'array of arrays',
    arrayOf(arrayOf('string', true), true),
    fc.array(optional(fc.array(optional(text), { maxLength: 3 })), { maxLength: 3 }),
  ],
  [
    'array of structs',
    arrayOf(schemaOf(field('x', 'long'), field('tags', arrayOf('string'))), true),
    fc.array(optional(fc.record({ x: optional(long), tags: optional(fc.array(text, { maxLength: 2 })) })), {
      maxLength: 3,
    }),
  ],
  [
    'map by text',
    mapOf('string', 'long'),
    fc.dictionary(text, optional(long), { maxKeys: 3, noNullPrototype: true }),
  ],
  [
    'map by number',
    mapOf('long', 'decimal(12,3)', false),
    fc.array(fc.tuple(long, decimal), { maxLength: 3 }),
  ],
  [
    'map of structs',
    mapOf('string', schemaOf(field('at', 'timestamp'))),
    fc.dictionary(text, optional(fc.record({ at: optional(long) })), { maxKeys: 2, noNullPrototype: true }),
  ],
];

async function writtenAndRead(type: DataType, values: readonly Value[]): Promise<Value[]> {
  const schema = schemaOf(field('id', 'integer'), field('c', type));
  const batch = batchOfRows(
    schema,
    values.map((c, id) => ({ id, c })),
  );
  const writer = new ParquetFileWriter(parquetSchemaOf(schema), ['id', 'c']);
  const columns = schema.fields.map((column) => [
    column.name,
    encodeColumn(column, batch.columns[column.name], values.length),
  ]);
  writer.write(Object.fromEntries(columns));
  const read: Value[] = [];
  for await (const group of readParquetColumns(writer.finish(), schema.fields, 'test')) {
    for (const row of rowsOfBatch(group)) read.push(row.c ?? null);
  }
  return read;
}

describe('a nested column', () => {
  it.each(NESTED)('of %s gives back any values, null and empty ones told apart', async (_, type, values) => {
    await fc.assert(
      fc.asyncProperty(fc.array(optional(values), { minLength: 1, maxLength: 20 }), async (rows) => {
        expect(await writtenAndRead(type, rows)).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  const struct = schemaOf(field('a', 'long', { nullable: false }));
  it.each<[string, DataType, Value, string]>([
    [
      'a field that the type lacks',
      struct,
      { a: 1n, b: 2n },
      'column c is struct<a:long>, got {"a":"1n","b":"2n"}',
    ],
    ['a field of another type', struct, { a: 'x' }, 'got {"a":"x"}'],
    ['no required field', struct, {}, 'got {}'],
    ['an array in place of a struct', struct, [1n], 'got ["1n"]'],
    ['null in an array without', arrayOf('long'), [null], 'got [null]'],
    ['null as key', mapOf('long', 'long'), [[null, 1n]], 'got [[null,"1n"]]'],
    ['null as value of a map without', mapOf('string', 'long', false), { a: null }, 'got {"a":null}'],
    ['text in place of a map', mapOf('string', 'long'), 'a', 'got "a"'],
  ])('with %s is refused', (_, type, value, message) => {
    expect(() => encodeColumn(field('c', type), [value], 1)).toThrow(message);
  });

  it('without a field has no place in a file', () => {
    expect(() => parquetSchemaOf(schemaOf(field('c', schemaOf())))).toThrow('a struct without fields');
  });
});
