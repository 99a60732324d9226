import fc from 'fast-check';
import { expect } from 'vitest';
import type { AddFile } from '../log/actions.ts';
import { type BatchRow, batchOfRows, rowsOfBatch, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { partitionValue } from '../schema/partition-value.ts';
import type { Predicate } from '../schema/predicate.ts';
import { arrayOf, type DataType, field, type MapType, type Schema } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { DataFiles, DataFileTarget, RewrittenFiles, RowsToDrop, ScanFile } from './data-files.ts';
import { storePathOf } from './file-path.ts';

/** One implementation of `DataFiles` over its store, and short ways to use it. */
export class DataFilesUnderTest {
  readonly store: ObjectStore;
  readonly dataFiles: DataFiles;
  #ids = 0;

  constructor(store: ObjectStore, dataFiles: DataFiles) {
    this.store = store;
    this.dataFiles = dataFiles;
  }

  target(schema: Schema, overrides: Partial<DataFileTarget> = {}): DataFileTarget {
    return {
      table: 'contract',
      schema,
      partitionValues: {},
      now: () => 1_700_000_000_000,
      newId: () => `00000000-0000-4000-8000-${(++this.#ids).toString().padStart(12, '0')}`,
      ...overrides,
    };
  }

  async write(
    schema: Schema,
    rows: readonly BatchRow[],
    overrides: Partial<DataFileTarget> = {},
  ): Promise<ScanFile[]> {
    const written = await this.dataFiles.write(this.target(schema, overrides), [batchOfRows(schema, rows)]);
    expect(written.rows).toBe(rows.length);
    return this.scanFiles(schema, written.adds);
  }

  async read(
    files: readonly ScanFile[],
    tableSchema: Schema,
    options: { readonly schema?: Schema; readonly where?: Predicate } = {},
  ): Promise<Record<string, Value>[]> {
    const rows: Record<string, Value>[] = [];
    const { schema = tableSchema } = options;
    for await (const batch of this.dataFiles.read({ files, tableSchema, ...options, schema })) {
      expect(Object.keys(batch.columns)).toEqual(schema.fields.map((column) => column.name));
      rows.push(...rowsOfBatch(batch));
    }
    return rows;
  }

  /** The rows that are left are read back. */
  async rewrite(
    files: readonly ScanFile[],
    schema: Schema,
    drop: RowsToDrop,
  ): Promise<RewrittenFiles & { readonly left: Record<string, Value>[] }> {
    const partitionValues = files[0]?.add.partitionValues ?? {};
    const done = await this.dataFiles.rewrite(this.target(schema, { partitionValues }), { files, drop });
    const left = await this.read(this.scanFiles(schema, done.adds), schema);
    expect(done.rows).toBe(left.length);
    return { ...done, left };
  }

  scanFiles(schema: Schema, adds: readonly AddFile[]): ScanFile[] {
    return adds.map((add) => {
      const partition = Object.entries(add.partitionValues).map(([name, value]) => {
        const column = schema.fields.find((candidate) => candidate.name === name)!;
        return [name, partitionValue(column, value)] as const;
      });
      const path = storePathOf(this.store, 'contract', add.path);
      return { add, path, partition: Object.fromEntries(partition), deleted: null };
    });
  }
}

/** Files and rows come in no particular order. */
export function byN(rows: readonly Record<string, Value>[]): Record<string, Value>[] {
  return [...rows].sort((left, right) => Number(left.n) - Number(right.n));
}

export function equal(column: string, value: NonNullable<Value>): Predicate {
  return { op: '=', column, value };
}

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const decimal = (precision: number, scale: number) =>
  fc
    .bigInt(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n)
    .map((value) => decimalText(value, scale));
const long = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const mapOf = (keyType: DataType, valueType: DataType): MapType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});
/** Minus zero equals zero, and a dictionary keeps only one of the two. */
const oneZero = (value: number): number => (value === 0 ? 0 : value);
/** The years 1 to 9999, which every engine holds. */
const micros = fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n);
const days = fc.integer({ min: -719_162, max: 2_932_896 });
/** No NUL: DuckDB's text has none. */
const text = fc.string({ unit: 'binary', maxLength: 50 }).filter((value) => !value.includes('\0'));

const records = fc.record({
  a: fc.option(long),
  b: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
});
const pairs = fc.uniqueArray(fc.tuple(int(32), fc.option(days)), { maxLength: 3, selector: ([key]) => key });

export const TYPES: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  ['byte', int(8)],
  ['short', int(16)],
  ['integer', int(32)],
  ['long', long],
  ['float', fc.float().map(oneZero)],
  ['double', fc.double().map(oneZero)],
  ['string', text],
  ['binary', fc.uint8Array()],
  ['boolean', fc.boolean()],
  ['date', days],
  ['timestamp', micros],
  ['decimal(9,0)', decimal(9, 0)],
  ['decimal(10,2)', decimal(10, 2)],
  ['decimal(18,18)', decimal(18, 18)],
  ['decimal(38,10)', decimal(38, 10)],
  [arrayOf('float'), fc.array(fc.float().map(oneZero))],
  [arrayOf('string', true), fc.array(fc.option(text))],
  [arrayOf('long'), fc.array(long)],
  [{ type: 'struct', fields: [field('a', 'long'), field('b', arrayOf('string', true))] }, records],
  [mapOf('string', 'decimal(10,2)'), fc.dictionary(text, fc.option(decimal(10, 2)), { maxKeys: 3 })],
  [mapOf('integer', 'date'), pairs],
];

/** Few values of each type, so that conditions hit some. */
export const SMALL: readonly (readonly [string, fc.Arbitrary<NonNullable<Value>>])[] = [
  ['l', fc.constantFrom(-(2n ** 63n), 0n, 9007199254740993n)],
  ['d', fc.constantFrom(-1.5, 0, 0.1, Number.NaN, Number.POSITIVE_INFINITY)],
  ['f', fc.constantFrom(-1.5, 0, Math.fround(0.1), Number.NaN)],
  ['s', fc.constantFrom('', 'a', 'b', '\ufffd', '😀')],
  ['x', fc.constantFrom(new Uint8Array(), Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(255))],
  ['b', fc.boolean()],
  ['day', fc.constantFrom(-1, 0, 20_000)],
  ['at', fc.constantFrom(-1n, 0n, 1_700_000_000_123_456n)],
  ['m', fc.constantFrom('-1.000', '0.001', '9.000', '10.000', '12345678901234567.125')],
];

const comparison: fc.Arbitrary<Predicate> = fc.constantFrom(...SMALL).chain(([column, values]) =>
  fc.oneof(
    fc.record({
      op: fc.constantFrom('=', '<', '<=', '>', '>='),
      column: fc.constant(column),
      value: values,
    }),
    fc.record({
      op: fc.constant('in'),
      column: fc.constant(column),
      values: fc.array(values, { maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('is-null'), column: fc.constant(column) }),
  ),
) as fc.Arbitrary<Predicate>;

/** Any condition on the columns of `SMALL`. */
export const anyPredicate: fc.Arbitrary<Predicate> = fc.letrec<{ node: Predicate }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      of: fc.array(tie('node'), { maxLength: 3 }),
    }) as fc.Arbitrary<Predicate>,
    fc.record({ op: fc.constant('not'), of: tie('node') }) as fc.Arbitrary<Predicate>,
  ),
})).node;
