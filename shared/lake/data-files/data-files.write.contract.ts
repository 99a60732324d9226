import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batchOfRows, rowsOfBatch, type Value } from '../schema/batch.ts';
import { type DataType, field, schemaOf } from '../schema/schema.ts';
import { byN, type DataFilesUnderTest, TYPES } from './data-files.fixture.ts';

/** What `DataFiles.write` does: `read` gives it back. `on` gives what is under test, from the first test on. */
export function writeContract(on: () => DataFilesUnderTest): void {
  describe('gives back what was written', () => {
    it.each(TYPES)('as %j, nulls included', async (type, values) => {
      const schema = schemaOf(field('n', 'integer'), field('c', type));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.option(values, { freq: 4 }), { minLength: 1, maxLength: 30 }),
          async (column) => {
            const rows = column.map((c, n) => ({ n, c }));
            expect(byN(await on().read(await on().write(schema, rows), schema))).toEqual(rows);
          },
        ),
        { numRuns: 15 },
      );
    });

    it('where every value is null', async () => {
      const schema = schemaOf(field('n', 'integer'), ...TYPES.map(([type], at) => field(`c${at}`, type)));
      const rows = await on().read(await on().write(schema, [{ n: 0 }, { n: 1 }]), schema);
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
      const { adds } = await on().dataFiles.write(on().target(schema), [batch]);
      const files = on().scanFiles(schema, adds);
      expect(byN(await on().read(files, schema))).toEqual(rowsOfBatch(batch));
    });

    it('of many batches, in files that are closed when they are large enough', async () => {
      const schema = schemaOf(field('n', 'integer'), field('c', 'string'));
      const batches = Array.from({ length: 6 }, (_, batch) =>
        batchOfRows(
          schema,
          Array.from({ length: 50_000 }, (_, row) => ({ n: batch * 50_000 + row, c: `${row % 977}` })),
        ),
      );
      const done = await on().dataFiles.write(on().target(schema, { targetFileBytes: 100_000 }), batches);
      expect(done.adds.length).toBeGreaterThan(1);
      expect(done.bytes).toBe(done.adds.reduce((sum, add) => sum + add.size, 0));
      const files = on().scanFiles(schema, done.adds);
      const rows = byN(await on().read(files, schema));
      expect(rows.length).toBe(300_000);
      expect(rows.every((row, index) => row.n === index && row.c === `${(index % 50_000) % 977}`)).toBe(true);
    });

    it('and of no rows, no files', async () => {
      const schema = schemaOf(field('n', 'integer'));
      const done = await on().dataFiles.write(on().target(schema), [batchOfRows(schema, [])]);
      expect(done).toEqual({ adds: [], rows: 0, bytes: 0 });
    });
  });

  describe('tells of a new file', () => {
    it('its path, size, time and statistics', async () => {
      const schema = schemaOf(field('n', 'integer'), field('c', 'string'), field('b', 'boolean'));
      const files = await on().write(schema, [{ n: 3, c: 'a' }, { n: -1 }]);
      expect(files).toHaveLength(1);
      const { add, path } = files[0]!;
      expect(add).toMatchObject({
        modificationTime: 1_700_000_000_000,
        dataChange: true,
        partitionValues: {},
      });
      expect((await on().store.get(path))?.byteLength).toBe(add.size);
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
      const files = await on().write(
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
      const files = await on().write(
        schema,
        values.map((c) => ({ c })),
      );
      expect(JSON.parse(files[0]?.add.stats ?? '')).toMatchObject({ minValues: {}, maxValues: {} });
    });
  });
}
