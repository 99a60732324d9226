import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type Batch, batchOfRows, rowsOfBatch, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { arrayOf, type DataType, field, type Schema, schemaOf } from '../schema/schema.ts';
import { encodeColumn } from './column-encoder.ts';
import { ParquetFileWriter } from './parquet-file.ts';
import { readParquetColumns } from './parquet-reader.ts';
import { parquetSchemaOf } from './parquet-schema.ts';

function fileOf(schema: Schema, ...batches: readonly Batch[]): Uint8Array {
  const names = schema.fields.map((column) => column.name);
  const writer = new ParquetFileWriter(parquetSchemaOf(schema), names);
  for (const batch of batches) {
    writer.write(
      Object.fromEntries(
        schema.fields.map((column) => [
          column.name,
          encodeColumn(column, batch.columns[column.name], batch.rowCount),
        ]),
      ),
    );
  }
  return writer.finish();
}

async function rowsOf(bytes: Uint8Array, schema: Schema): Promise<Record<string, Value>[]> {
  const rows: Record<string, Value>[] = [];
  for await (const batch of readParquetColumns(bytes, schema.fields, 'test'))
    rows.push(...rowsOfBatch(batch));
  return rows;
}

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const long = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const decimal = (precision: number, scale: number) =>
  fc
    .bigInt(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n)
    .map((value) => decimalText(value, scale));
/** Minus zero equals zero, and a dictionary page keeps only one of the two. */
const oneZero = (value: number): number => (value === 0 ? 0 : value);
const float = fc.float().map(oneZero);

const TYPES: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  ['byte', int(8)],
  ['short', int(16)],
  ['integer', int(32)],
  ['long', long],
  ['float', float],
  ['double', fc.double().map(oneZero)],
  ['string', fc.string({ unit: 'binary' })],
  ['binary', fc.uint8Array()],
  ['boolean', fc.boolean()],
  ['date', int(32)],
  ['timestamp', long],
  ['decimal(9,0)', decimal(9, 0)],
  ['decimal(10,2)', decimal(10, 2)],
  ['decimal(18,18)', decimal(18, 18)],
  ['decimal(38,10)', decimal(38, 10)],
  [arrayOf('float'), fc.array(float)],
  [arrayOf('string', true), fc.array(fc.option(fc.string()))],
];

describe('a Parquet file', () => {
  it.each(TYPES)('gives back any %j, nulls included', async (type, values) => {
    const schema = schemaOf(field('c', type));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(values), { minLength: 1, maxLength: 40 }), async (column) => {
        const bytes = fileOf(schema, { rowCount: column.length, columns: { c: column } });
        expect((await rowsOf(bytes, schema)).map((row) => row.c)).toEqual(column);
      }),
      { numRuns: 30 },
    );
  });

  it('takes typed arrays as columns', async () => {
    const schema = schemaOf(field('i', 'integer'), field('v', arrayOf('float')));
    const bytes = fileOf(schema, {
      rowCount: 2,
      columns: { i: Int32Array.of(7, -7), v: [Float32Array.of(0.5), null] },
    });
    expect(await rowsOf(bytes, schema)).toEqual([
      { i: 7, v: [0.5] },
      { i: -7, v: null },
    ]);
  });

  it('keeps a row group per batch and null for columns it lacks', async () => {
    const schema = schemaOf(field('a', 'integer'));
    const bytes = fileOf(schema, batchOfRows(schema, [{ a: 1 }]), batchOfRows(schema, [{ a: 2 }, {}]));
    const younger = schemaOf(...schema.fields, field('b', 'string'));
    expect(await rowsOf(bytes, younger)).toEqual([
      { a: 1, b: null },
      { a: 2, b: null },
      { a: null, b: null },
    ]);
  });

  it('says its types to a reader that knows nothing of Delta', async () => {
    const schema = schemaOf(field('day', 'date'), field('at', 'timestamp'), field('price', 'decimal(10,2)'));
    const bytes = fileOf(schema, batchOfRows(schema, [{ day: 1, at: 1_500_000n, price: '-12.50' }]));
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows).toEqual([
      { day: new Date('1970-01-02'), at: new Date('1970-01-01T00:00:01.500Z'), price: -12.5 },
    ]);
  });

  it('is refused with a code where it is none', async () => {
    await expect(rowsOf(new Uint8Array(40), schemaOf(field('a', 'integer')))).rejects.toMatchObject({
      code: 'lake_data_file_corrupt',
    });
  });

  it('that is damaged is refused with a code, or read: it brings nothing down', () => {
    const schema = schemaOf(
      field('i', 'integer'),
      field('s', 'string'),
      field('d', 'decimal(20,2)'),
      field('v', arrayOf('long', true)),
    );
    const rows = Array.from({ length: 40 }, (_, i) => ({
      i,
      s: i % 3 === 0 ? null : `text ${i % 5}`,
      d: `${i}.25`,
      v: [BigInt(i), null],
    }));
    const whole = fileOf(schema, batchOfRows(schema, rows));
    let refused = 0;
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.option(fc.nat(whole.length)), (changes, length) => {
        const bytes = whole.slice(0, length ?? whole.length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          for (const batch of readParquetColumns(bytes, schema.fields, 'test')) rowsOfBatch(batch);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^lake_data_file_/) });
          refused++;
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('is refused where a column has another type than the table says', async () => {
    const bytes = fileOf(schemaOf(field('a', 'string')), { rowCount: 1, columns: { a: ['x'] } });
    await expect(rowsOf(bytes, schemaOf(field('a', 'long')))).rejects.toThrow(
      'column a is long in the table, and the file holds BYTE_ARRAY (STRING)',
    );
    const scaled = fileOf(schemaOf(field('a', 'decimal(10,3)')), { rowCount: 1, columns: { a: ['1.234'] } });
    await expect(rowsOf(scaled, schemaOf(field('a', 'decimal(10,2)')))).rejects.toThrow(
      'the file holds INT64 (DECIMAL of scale 3)',
    );
  });
});

describe('a value that does not fit', () => {
  it.each<[DataType, Value]>([
    ['integer', 2 ** 31],
    ['integer', 1.5],
    ['integer', '1'],
    ['integer', 1n],
    ['byte', 128],
    ['long', 1],
    ['long', 2n ** 63n],
    ['double', '1'],
    ['string', 1],
    ['string', '\ud800'],
    ['boolean', 0],
    ['binary', 'x'],
    ['timestamp', 1],
    ['date', 1n],
    ['decimal(4,2)', '100.00'],
    ['decimal(4,2)', '1.005'],
    ['decimal(4,2)', 1],
    [arrayOf('float'), [1, null]],
    [arrayOf('integer'), [1.5]],
  ])('%j: %s is refused by row and column', (type, value) => {
    expect(() => encodeColumn(field('c', type), [null, value], 2)).toThrow(/^row 1: column c is /);
  });

  it('as null in a column without nulls is refused', () => {
    expect(() => encodeColumn(field('c', 'long', { nullable: false }), [1n, null], 2)).toThrow(
      'row 1: column c is long not null',
    );
  });

  it('as a column of another length is refused', () => {
    expect(() => encodeColumn(field('c', 'long'), [1n], 2)).toThrow('column c has 1 values for 2 rows');
  });
});
