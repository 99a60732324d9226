import fc from 'fast-check';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { textsOf } from './byte-values.ts';
import { type Decoding, LeafColumns } from './leaf-columns.ts';
import type { ByteRanges } from './physical-values.ts';

/** `optional record { required text name; optional list<text> tags; optional map<text, text> labels; optional int64 size }` */
const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: 1 },
  { name: 'record', repetition_type: 'OPTIONAL', num_children: 4 },
  { name: 'name', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'tags', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'labels', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'MAP' },
  { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
  { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'value', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'size', type: 'INT64', repetition_type: 'OPTIONAL' },
];

interface Row {
  readonly name: string;
  readonly tags: readonly (string | null)[] | null;
  readonly labels: Readonly<Record<string, string | null>> | null;
  readonly size: bigint | null;
}

function fileOf(rows: readonly (Row | null)[], rowGroupSize: number): LeafColumns {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: SCHEMA });
  parquet.write({ columnData: [{ name: 'record', data: [...rows] }], rowGroupSize });
  parquet.finish();
  return new LeafColumns(writer.getBytes(), 'file');
}

const texts: Decoding<string> = (physical) => textsOf(physical as ByteRanges);
const longs: Decoding<bigint> = (physical) => physical as BigInt64Array;

function listsOf(file: LeafColumns, rows: number, ...path: readonly string[]) {
  const lists = file.lists(path, texts);
  return Array.from({ length: rows }, (_, row) =>
    lists === null || lists.isThere[row] === 0
      ? null
      : lists.values.slice(lists.starts[row], lists.starts[row + 1]),
  );
}

const text = fc.oneof(fc.constantFrom('a', 'b'), fc.string({ unit: 'grapheme' }));
const anyRow: fc.Arbitrary<Row | null> = fc.option(
  fc.record({
    name: text,
    tags: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
    labels: fc.option(fc.dictionary(fc.constantFrom('k', 'l'), fc.option(text))),
    size: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  }),
);

describe('the leaves of a file', () => {
  it('hold what its records hold, null where a record or a list around them is', () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(3, 1000),
        (rows, size) => {
          const file = fileOf(rows, size);
          expect(file.rowCount).toBe(rows.length);
          const valuesOf = <T>(name: string, decode: Decoding<T>) => {
            const read = file.values(['record', name], decode);
            return rows.map((_, row) => read?.(row) ?? null);
          };
          expect(valuesOf('name', texts)).toEqual(rows.map((row) => row?.name ?? null));
          expect(valuesOf('size', longs)).toEqual(rows.map((row) => row?.size ?? null));
          expect(listsOf(file, rows.length, 'record', 'tags', 'list', 'element')).toEqual(
            rows.map((row) => row?.tags ?? null),
          );
          const labels = rows.map((row) => row?.labels ?? null);
          expect(listsOf(file, rows.length, 'record', 'labels', 'key_value', 'key')).toEqual(
            labels.map((map) => map && Object.keys(map)),
          );
          expect(listsOf(file, rows.length, 'record', 'labels', 'key_value', 'value')).toEqual(
            labels.map((map) => map && Object.values(map)),
          );
        },
      ),
    );
  });

  it('are none for a path that the file lacks, that no row has, or that a row may have many of', () => {
    const file = fileOf([{ name: 'n', tags: ['t'], labels: null, size: null }], 10);
    expect(file.values(['record', 'colour'], texts)).toBeNull();
    expect(file.values(['record', 'size'], texts)).toBeNull();
    expect(file.values(['record', 'tags', 'list', 'element'], texts)).toBeNull();
    expect(file.lists(['record', 'colour'], texts)).toBeNull();
  });

  it('are found by what they are nested in', () => {
    const file = fileOf([null], 10);
    expect(file.leavesBelow('record', 'labels')).toEqual([
      ['record', 'labels', 'key_value', 'key'],
      ['record', 'labels', 'key_value', 'value'],
    ]);
    expect(file.element(['record', 'size'])).toMatchObject({ type: 'INT64' });
    expect(file.element(['record', 'labels'])).toBeNull();
  });

  it('of a torn file are refused with its name', () => {
    const bytes = new TextEncoder().encode('PAR1 and no footer behind it');
    expect(() => new LeafColumns(bytes, 'the file')).toThrow(/^the file: /);
    expect(() => new LeafColumns(new Uint8Array(3), 'the file')).toThrow(/^the file: /);
  });
});
