import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AddFile } from '../log/actions.ts';
import { type Batch, type BatchRow, batchOfRows, rowsOfBatch, type Value } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import { partitionValue } from '../schema/partition-value.ts';
import type { Predicate } from '../schema/predicate.ts';
import { matches } from '../schema/predicate-match.ts';
import { arrayOf, type DataType, field, type Schema, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { DataFiles, DataFileTarget, RowsToDrop, ScanFile } from './data-files.ts';
import { storePathOf } from './file-path.ts';

interface Opened {
  readonly store: ObjectStore;
  readonly dataFiles: DataFiles;
  readonly dispose: () => Promise<void>;
}

/** What every implementation of `DataFiles` does. */
export function dataFilesContract(name: string, open: () => Promise<Opened>): void {
  describe(`data files: ${name}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.dispose());

    let ids = 0;
    function target(schema: Schema, overrides: Partial<DataFileTarget> = {}): DataFileTarget {
      return {
        table: 'contract',
        schema,
        partitionValues: {},
        now: () => 1_700_000_000_000,
        newId: () => `00000000-0000-4000-8000-${(++ids).toString().padStart(12, '0')}`,
        ...overrides,
      };
    }

    async function write(
      schema: Schema,
      rows: readonly BatchRow[],
      overrides: Partial<DataFileTarget> = {},
    ): Promise<ScanFile[]> {
      const written = await opened.dataFiles.write(target(schema, overrides), [batchOfRows(schema, rows)]);
      expect(written.rows).toBe(rows.length);
      return written.adds.map((add) => scanFile(opened.store, schema, add));
    }

    async function read(
      files: readonly ScanFile[],
      tableSchema: Schema,
      options: { readonly schema?: Schema; readonly where?: Predicate } = {},
    ): Promise<Record<string, Value>[]> {
      const rows: Record<string, Value>[] = [];
      const { schema = tableSchema } = options;
      for await (const batch of opened.dataFiles.read({ files, tableSchema, ...options, schema })) {
        expect(Object.keys(batch.columns)).toEqual(schema.fields.map((column) => column.name));
        rows.push(...rowsOfBatch(batch));
      }
      return rows;
    }

    async function rewrite(
      files: readonly ScanFile[],
      schema: Schema,
      drop: RowsToDrop,
    ): Promise<{
      readonly rows: Record<string, Value>[];
      readonly dropped: number;
      readonly adds: AddFile[];
    }> {
      const { partition } = files[0] ?? {};
      const partitionValues = partition === undefined ? {} : (files[0]?.add.partitionValues ?? {});
      const done = await opened.dataFiles.rewrite(target(schema, { partitionValues }), { files, drop });
      const rows = await read(
        done.adds.map((add) => scanFile(opened.store, schema, add)),
        schema,
      );
      expect(done.rows).toBe(rows.length);
      return { rows, dropped: done.dropped, adds: [...done.adds] };
    }

    describe('gives back what was written', () => {
      it.each(TYPES)('as %j, nulls included', async (type, values) => {
        const schema = schemaOf(field('n', 'integer'), field('c', type));
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.option(values, { freq: 4 }), { minLength: 1, maxLength: 30 }),
            async (column) => {
              const rows = column.map((c, n) => ({ n, c }));
              expect(byN(await read(await write(schema, rows), schema))).toEqual(rows);
            },
          ),
          { numRuns: 15 },
        );
      });

      it('where every value is null', async () => {
        const schema = schemaOf(field('n', 'integer'), ...TYPES.map(([type], at) => field(`c${at}`, type)));
        const rows = await read(await write(schema, [{ n: 0 }, { n: 1 }]), schema);
        expect(byN(rows)).toEqual([0, 1].map((n) => ({ ...rowsOfBatch(batchOfRows(schema, [{}]))[0], n })));
      });

      it('from typed arrays', async () => {
        const schema = schemaOf(field('n', 'integer'), field('l', 'long'), field('d', 'double'));
        const batch: Batch = {
          rowCount: 2,
          columns: {
            n: Int32Array.of(0, 1),
            l: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
            d: Float64Array.of(0.1, -1e300),
          },
        };
        const { adds } = await opened.dataFiles.write(target(schema), [batch]);
        const files = adds.map((add) => scanFile(opened.store, schema, add));
        expect(byN(await read(files, schema))).toEqual(rowsOfBatch(batch));
      });

      it('of many batches, in files that are closed when they are large enough', async () => {
        const schema = schemaOf(field('n', 'integer'), field('c', 'string'));
        const batches = Array.from({ length: 6 }, (_, batch) =>
          batchOfRows(
            schema,
            Array.from({ length: 50_000 }, (_, row) => ({ n: batch * 50_000 + row, c: `${row % 977}` })),
          ),
        );
        const done = await opened.dataFiles.write(target(schema, { targetFileBytes: 100_000 }), batches);
        expect(done.adds.length).toBeGreaterThan(1);
        expect(done.bytes).toBe(done.adds.reduce((sum, add) => sum + add.size, 0));
        const files = done.adds.map((add) => scanFile(opened.store, schema, add));
        const rows = byN(await read(files, schema));
        expect(rows.length).toBe(300_000);
        expect(rows.every((row, index) => row.n === index && row.c === `${(index % 50_000) % 977}`)).toBe(
          true,
        );
      });

      it('and of no rows, no files', async () => {
        const schema = schemaOf(field('n', 'integer'));
        const done = await opened.dataFiles.write(target(schema), [batchOfRows(schema, [])]);
        expect(done).toEqual({ adds: [], rows: 0, bytes: 0 });
      });
    });

    describe('tells of a new file', () => {
      it('its path, size, time and statistics', async () => {
        const schema = schemaOf(field('n', 'integer'), field('c', 'string'), field('b', 'boolean'));
        const files = await write(schema, [{ n: 3, c: 'a' }, { n: -1 }]);
        expect(files).toHaveLength(1);
        const { add, path } = files[0]!;
        expect(add).toMatchObject({
          modificationTime: 1_700_000_000_000,
          dataChange: true,
          partitionValues: {},
        });
        expect((await opened.store.get(path))?.byteLength).toBe(add.size);
        expect(JSON.parse(add.stats ?? '')).toEqual({
          numRecords: 2,
          minValues: { n: -1, c: 'a' },
          maxValues: { n: 3, c: 'a' },
          nullCount: { n: 0, c: 1, b: 2 },
        });
      });

      it.each<[DataType, Value[], string, string]>([
        ['long', [9007199254740993n, -9223372036854775808n], '-9223372036854775808', '9007199254740993'],
        [
          'decimal(38,10)',
          ['0.0000000001', '1234567890123456789012345678'],
          '0.0000000001',
          '1234567890123456789012345678.0000000000',
        ],
        ['date', [-1, 0], '"1969-12-31"', '"1970-01-01"'],
        ['timestamp', [-1n, 1795393913764467n], '"1969-12-31T23:59:59.999Z"', '"2026-11-23T00:31:53.764Z"'],
        ['string', ['b', '😀', '\ufffd'], '"b"', '"😀"'],
        ['string', [`${'a'.repeat(32)}bc`], `"${'a'.repeat(32)}"`, `"${'a'.repeat(32)}\u007f"`],
      ])('exact bounds of %s %s', async (type, values, min, max) => {
        const schema = schemaOf(field('c', type));
        const files = await write(
          schema,
          values.map((c) => ({ c })),
        );
        expect(files[0]?.add.stats).toBe(
          `{"numRecords":${values.length},"minValues":{"c":${min}},"maxValues":{"c":${max}},"nullCount":{"c":0}}`,
        );
      });

      it.each<[DataType, Value[]]>([
        ['double', [1, Number.NaN]],
        ['float', [Number.POSITIVE_INFINITY]],
        ['string', [null, null]],
        ['binary', [new Uint8Array([1])]],
      ])('no bounds of %s %s', async (type, values) => {
        const schema = schemaOf(field('c', type));
        const files = await write(
          schema,
          values.map((c) => ({ c })),
        );
        expect(JSON.parse(files[0]?.add.stats ?? '')).toMatchObject({ minValues: {}, maxValues: {} });
      });
    });

    describe('partition columns', () => {
      const schema = schemaOf(field('day', 'date'), field('n', 'integer'), field('shop', 'string'));
      const partitionValues = { day: '1970-01-02', shop: null };

      it('come from the log and are not in the files', async () => {
        const files = await write(schema, [{ n: 0 }, { n: 1 }], { partitionValues });
        expect(files[0]?.add.partitionValues).toEqual(partitionValues);
        expect(JSON.parse(files[0]?.add.stats ?? '')).toMatchObject({ nullCount: { n: 0 } });
        expect(byN(await read(files, schema))).toEqual([
          { day: 1, n: 0, shop: null },
          { day: 1, n: 1, shop: null },
        ]);
      });

      it('may be all that is read, and be conditions', async () => {
        const files = await write(schema, [{ n: 0 }, { n: 1 }], { partitionValues });
        const days = schemaOf(field('day', 'date'));
        expect(await read(files, schema, { schema: days })).toEqual([{ day: 1 }, { day: 1 }]);
        const where: Predicate = { op: 'and', of: [equal('day', 1), equal('n', 1)] };
        expect(await read(files, schema, { schema: days, where })).toEqual([{ day: 1 }]);
        expect(await read(files, schema, { where: equal('day', 2) })).toEqual([]);
        expect(await read(files, schema, { where: equal('shop', 'x') })).toEqual([]);
      });
    });

    describe('reads', () => {
      const schema = schemaOf(field('n', 'integer'), field('c', 'string'));
      const younger = schemaOf(
        field('added', 'decimal(10,2)'),
        ...schema.fields,
        field('tags', arrayOf('string')),
      );

      it('null for a column that is younger than the file, and files of either age together', async () => {
        const old = await write(schema, [{ n: 0, c: 'a' }]);
        const recent = await write(younger, [{ n: 1, c: 'b', added: '1.50', tags: ['x'] }]);
        expect(byN(await read([...old, ...recent], younger))).toEqual([
          { added: null, n: 0, c: 'a', tags: null },
          { added: '1.50', n: 1, c: 'b', tags: ['x'] },
        ]);
        const where: Predicate = { op: 'is-null', column: 'added' };
        expect(await read([...old, ...recent], younger, { schema, where })).toEqual([{ n: 0, c: 'a' }]);
      });

      it('chosen columns in the order asked for', async () => {
        const files = await write(schema, [{ n: 0, c: 'a' }]);
        const chosen = schemaOf(field('c', 'string'), field('n', 'integer'));
        expect(await read(files, schema, { schema: chosen })).toEqual([{ c: 'a', n: 0 }]);
        expect(await read(files, schema, { schema: schemaOf(field('c', 'string')) })).toEqual([{ c: 'a' }]);
      });

      it('no rows of no files', async () => {
        expect(await read([], schema)).toEqual([]);
      });

      it('a column by the name and by the id that its file has for it', async () => {
        const files = await write(schema, [{ n: 0, c: 'a' }]);
        const renamed = schemaOf({
          ...field('named', 'string'),
          metadata: { 'delta.columnMapping.physicalName': 'c' },
        });
        expect(await read(files, renamed)).toEqual([{ named: 'a' }]);
        // Files without field ids have no column that is told by one.
        const told = schemaOf({
          ...field('c', 'string'),
          metadata: { 'delta.columnMapping.physicalName': 'c', 'delta.columnMapping.id': 7 },
        });
        expect(await read(files, told)).toEqual([{ c: null }]);
      });

      it('none of the rows that a deletion vector hides', async () => {
        const rows = Array.from({ length: 100 }, (_, n) => ({ n, c: `${n}` }));
        const [file] = await write(schema, rows);
        const hidden = { ...file!, deleted: Uint32Array.of(0, 1, 50, 99) };
        const left = rows.filter(({ n }) => ![0, 1, 50, 99].includes(n));
        expect(byN(await read([hidden], schema))).toEqual(left);
        expect(await read([hidden], schema, { where: { op: 'in', column: 'n', values: [1, 2] } })).toEqual([
          { n: 2, c: '2' },
        ]);
        const all = { ...file!, deleted: Uint32Array.from(rows, ({ n }) => n) };
        expect(await read([all], schema)).toEqual([]);
      });

      it('a file that is gone as an error that names it', async () => {
        const [file] = await write(schema, [{ n: 0 }]);
        await opened.store.delete(file!.path);
        await expect(read([file!], schema)).rejects.toMatchObject({
          code: 'lake_data_file_missing',
          message: expect.stringContaining(file!.path),
        });
      });
    });

    describe('leaves out rows for which a condition is not true', () => {
      const schema = schemaOf(
        field('n', 'integer'),
        field('l', 'long'),
        field('d', 'double'),
        field('f', 'float'),
        field('s', 'string'),
        field('x', 'binary'),
        field('b', 'boolean'),
        field('day', 'date'),
        field('at', 'timestamp'),
        field('m', 'decimal(20,3)'),
      );
      const row = fc.record(
        Object.fromEntries(SMALL.map(([name, values]) => [name, fc.option(values, { freq: 4 })])),
      );

      it('as the rows themselves tell', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(row, { minLength: 1, maxLength: 20 }),
            anyPredicate,
            async (values, where) => {
              const rows: BatchRow[] = values.map((each, n) => ({ ...each, n }));
              const batch = batchOfRows(schema, rows);
              const match = matches(where, schema);
              const expected = rowsOfBatch(batch).filter((_, index) => match(batch, index));
              expect(byN(await read(await write(schema, rows), schema, { where }))).toEqual(expected);
            },
          ),
          { numRuns: 60 },
        );
      });

      it.each<Predicate>([equal('nowhere', 1), equal('n', '1'), equal('l', 1), equal('m', '1.2345')])(
        'and refuses %j',
        async (where) => {
          const files = await write(schema, [{ n: 1 }]);
          await expect(read(files, schema, { where })).rejects.toMatchObject({
            code: 'lake_predicate_invalid',
          });
        },
      );
    });

    describe('rewrites', () => {
      const schema = schemaOf(field('n', 'integer'), field('k', 'string'), field('m', 'decimal(10,2)'));
      const rows = Array.from({ length: 10 }, (_, n) => ({
        n,
        k: n % 3 === 0 ? null : `k${n % 3}`,
        m: decimalText(BigInt(n * 50), 2),
      }));

      it('several files into one, with every row', async () => {
        const files = [...(await write(schema, rows.slice(0, 4))), ...(await write(schema, rows.slice(4)))];
        const done = await rewrite(files, schema, { kind: 'none' });
        expect(done.adds).toHaveLength(1);
        expect(done.dropped).toBe(0);
        expect(byN(done.rows)).toEqual(rows);
        expect(JSON.parse(done.adds[0]?.stats ?? '')).toMatchObject({ numRecords: 10, maxValues: { n: 9 } });
        expect(byN(await read(files, schema))).toEqual(rows);
      });

      it('without the rows of given keys, null being equal to null', async () => {
        const files = await write(schema, rows);
        const keys = batchOfRows(schema, [
          { k: null, m: '1.5' },
          { k: 'k1', m: '0.5' },
          { k: 'k1', m: '0' },
        ]);
        const done = await rewrite(files, schema, { kind: 'keys', columns: ['k', 'm'], keys: [keys] });
        expect(done.dropped).toBe(2);
        expect(byN(done.rows)).toEqual(rows.filter(({ n }) => n !== 3 && n !== 1));
      });

      it('without the rows for which a condition is true', async () => {
        const files = await write(schema, rows);
        const done = await rewrite(files, schema, { kind: 'where', predicate: equal('k', 'k1') });
        expect(done.dropped).toBe(3);
        expect(byN(done.rows)).toEqual(rows.filter(({ k }) => k !== 'k1'));
      });

      it('without the rows that are hidden already, which count as neither kept nor dropped', async () => {
        const [file] = await write(schema, rows);
        const files = [{ ...file!, deleted: Uint32Array.of(0, 1) }];
        const done = await rewrite(files, schema, { kind: 'where', predicate: equal('n', 2) });
        expect(done.dropped).toBe(1);
        expect(byN(done.rows)).toEqual(rows.slice(3));
      });

      it('nothing into no file', async () => {
        const predicate: Predicate = { op: 'not', of: { op: 'is-null', column: 'n' } };
        const done = await rewrite(await write(schema, rows), schema, { kind: 'where', predicate });
        expect(done).toMatchObject({ adds: [], dropped: 10 });
      });

      it('older files into ones with the younger columns, of their partition', async () => {
        const table = schemaOf(field('day', 'date'), ...schema.fields);
        const files = await write(table, rows, { partitionValues: { day: '1970-01-02' } });
        const evolved = schemaOf(...table.fields, field('added', 'long'));
        const done = await rewrite(files, evolved, { kind: 'none' });
        expect(byN(done.rows)).toEqual(rows.map((row) => ({ day: 1, ...row, added: null })));
        expect(done.adds[0]?.partitionValues).toEqual({ day: '1970-01-02' });
      });
    });
  });
}

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const decimal = (precision: number, scale: number) =>
  fc
    .bigInt(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n)
    .map((value) => decimalText(value, scale));
/** Minus zero equals zero, and a dictionary keeps only one of the two. */
const oneZero = (value: number): number => (value === 0 ? 0 : value);
/** The years 1 to 9999, which every engine holds. */
const micros = fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n);
const days = fc.integer({ min: -719_162, max: 2_932_896 });
/** No NUL: DuckDB's text has none. */
const text = fc.string({ unit: 'binary', maxLength: 50 }).filter((value) => !value.includes('\0'));

const TYPES: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  ['byte', int(8)],
  ['short', int(16)],
  ['integer', int(32)],
  ['long', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)],
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
  [arrayOf('long'), fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))],
];

/** Few values of each type, so that conditions hit some. */
const SMALL: readonly (readonly [string, fc.Arbitrary<NonNullable<Value>>])[] = [
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

const comparison: fc.Arbitrary<Predicate> = fc
  .constantFrom(...SMALL)
  .chain(([column, values]) =>
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
const anyPredicate: fc.Arbitrary<Predicate> = fc.letrec<{ node: Predicate }>((tie) => ({
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

function equal(column: string, value: NonNullable<Value>): Predicate {
  return { op: '=', column, value };
}

function scanFile(store: ObjectStore, schema: Schema, add: AddFile): ScanFile {
  const partition = Object.entries(add.partitionValues).map(([name, value]) => {
    const column = schema.fields.find((candidate) => candidate.name === name)!;
    return [name, partitionValue(column, value)] as const;
  });
  return {
    add,
    path: storePathOf(store, 'contract', add.path),
    partition: Object.fromEntries(partition),
    deleted: null,
  };
}

/** Files and rows come in no particular order. */
function byN(rows: readonly Record<string, Value>[]): Record<string, Value>[] {
  return [...rows].sort((left, right) => Number(left.n) - Number(right.n));
}
