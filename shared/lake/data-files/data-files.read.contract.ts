import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchRow, batchOfRows, rowsOfBatch } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { matches } from '../schema/predicate-match.ts';
import { arrayOf, field, schemaOf } from '../schema/schema.ts';
import { anyPredicate, byN, type DataFilesUnderTest, equal, SMALL } from './data-files.fixture.ts';

/** What `DataFiles.read` does. `on` gives what is under test, from the first test on. */
export function readContract(on: () => DataFilesUnderTest): void {
  describe('partition columns', () => {
    const schema = schemaOf(field('day', 'date'), field('n', 'integer'), field('shop', 'string'));
    const partitionValues = { day: '1970-01-02', shop: null };

    it('come from the log and are not in the files', async () => {
      const files = await on().write(schema, [{ n: 0 }, { n: 1 }], { partitionValues });
      expect(files[0]?.add.partitionValues).toEqual(partitionValues);
      expect(JSON.parse(files[0]?.add.stats ?? '')).toMatchObject({ nullCount: { n: 0 } });
      expect(byN(await on().read(files, schema))).toEqual([
        { day: 1, n: 0, shop: null },
        { day: 1, n: 1, shop: null },
      ]);
    });

    it('may be all that is read, and be conditions', async () => {
      const files = await on().write(schema, [{ n: 0 }, { n: 1 }], { partitionValues });
      const days = schemaOf(field('day', 'date'));
      expect(await on().read(files, schema, { schema: days })).toEqual([{ day: 1 }, { day: 1 }]);
      const where: Predicate = { op: 'and', of: [equal('day', 1), equal('n', 1)] };
      expect(await on().read(files, schema, { schema: days, where })).toEqual([{ day: 1 }]);
      expect(await on().read(files, schema, { where: equal('day', 2) })).toEqual([]);
      expect(await on().read(files, schema, { where: equal('shop', 'x') })).toEqual([]);
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
      const old = await on().write(schema, [{ n: 0, c: 'a' }]);
      const recent = await on().write(younger, [{ n: 1, c: 'b', added: '1.50', tags: ['x'] }]);
      expect(byN(await on().read([...old, ...recent], younger))).toEqual([
        { added: null, n: 0, c: 'a', tags: null },
        { added: '1.50', n: 1, c: 'b', tags: ['x'] },
      ]);
      const where: Predicate = { op: 'is-null', column: 'added' };
      expect(await on().read([...old, ...recent], younger, { schema, where })).toEqual([{ n: 0, c: 'a' }]);
    });

    it('chosen columns in the order asked for', async () => {
      const files = await on().write(schema, [{ n: 0, c: 'a' }]);
      const chosen = schemaOf(field('c', 'string'), field('n', 'integer'));
      expect(await on().read(files, schema, { schema: chosen })).toEqual([{ c: 'a', n: 0 }]);
      expect(await on().read(files, schema, { schema: schemaOf(field('c', 'string')) })).toEqual([
        { c: 'a' },
      ]);
    });

    it('no rows of no files', async () => {
      expect(await on().read([], schema)).toEqual([]);
    });

    it('a column by the name and by the id that its file has for it', async () => {
      const files = await on().write(schema, [{ n: 0, c: 'a' }]);
      const renamed = schemaOf({
        ...field('named', 'string'),
        metadata: { 'delta.columnMapping.physicalName': 'c' },
      });
      expect(await on().read(files, renamed)).toEqual([{ named: 'a' }]);
      // Files without field ids have no column that is told by one.
      const told = schemaOf({
        ...field('c', 'string'),
        metadata: { 'delta.columnMapping.physicalName': 'c', 'delta.columnMapping.id': 7 },
      });
      expect(await on().read(files, told)).toEqual([{ c: null }]);
    });

    it('none of the rows that a deletion vector hides', async () => {
      const rows = Array.from({ length: 100 }, (_, n) => ({ n, c: `${n}` }));
      const [file] = await on().write(schema, rows);
      const hidden = { ...file!, deleted: Uint32Array.of(0, 1, 50, 99) };
      const left = rows.filter(({ n }) => ![0, 1, 50, 99].includes(n));
      expect(byN(await on().read([hidden], schema))).toEqual(left);
      expect(await on().read([hidden], schema, { where: { op: 'in', column: 'n', values: [1, 2] } })).toEqual(
        [{ n: 2, c: '2' }],
      );
      const all = { ...file!, deleted: Uint32Array.from(rows, ({ n }) => n) };
      expect(await on().read([all], schema)).toEqual([]);
    });

    it('a file that is gone as an error that names it', async () => {
      const [file] = await on().write(schema, [{ n: 0 }]);
      await on().store.delete(file!.path);
      await expect(on().read([file!], schema)).rejects.toMatchObject({
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
            expect(byN(await on().read(await on().write(schema, rows), schema, { where }))).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    });

    it.each<Predicate>([equal('nowhere', 1), equal('n', '1'), equal('l', 1), equal('m', '1.2345')])(
      'and refuses %j',
      async (where) => {
        const files = await on().write(schema, [{ n: 1 }]);
        await expect(on().read(files, schema, { where })).rejects.toMatchObject({
          code: 'lake_predicate_invalid',
        });
      },
    );
  });
}
