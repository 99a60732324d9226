import { describe, expect, it } from 'vitest';
import { batchOfRows } from '../schema/batch.ts';
import { decimalText } from '../schema/decimal.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { byN, type DataFilesUnderTest, equal } from './data-files.fixture.ts';

/** What `DataFiles.rewrite` does. `on` gives what is under test, from the first test on. */
export function rewriteContract(on: () => DataFilesUnderTest): void {
  describe('rewrites', () => {
    const schema = schemaOf(field('n', 'integer'), field('k', 'string'), field('m', 'decimal(10,2)'));
    const rows = Array.from({ length: 10 }, (_, n) => ({
      n,
      k: n % 3 === 0 ? null : `k${n % 3}`,
      m: decimalText(BigInt(n * 50), 2),
    }));

    it('several files into one, with every row', async () => {
      const files = [
        ...(await on().write(schema, rows.slice(0, 4))),
        ...(await on().write(schema, rows.slice(4))),
      ];
      const done = await on().rewrite(files, schema, { kind: 'none' });
      expect(done.adds).toHaveLength(1);
      expect(done.dropped).toBe(0);
      expect(byN(done.left)).toEqual(rows);
      expect(JSON.parse(done.adds[0]?.stats ?? '')).toMatchObject({ numRecords: 10, maxValues: { n: 9 } });
      expect(byN(await on().read(files, schema))).toEqual(rows);
    });

    it('without the rows of given keys, null being equal to null', async () => {
      const files = await on().write(schema, rows);
      const keys = batchOfRows(schema, [
        { k: null, m: '1.5' },
        { k: 'k1', m: '0.5' },
        { k: 'k1', m: '0' },
      ]);
      const done = await on().rewrite(files, schema, { kind: 'keys', columns: ['k', 'm'], keys: [keys] });
      expect(done.dropped).toBe(2);
      expect(byN(done.left)).toEqual(rows.filter(({ n }) => n !== 3 && n !== 1));
    });

    it('without the rows for which a condition is true', async () => {
      const files = await on().write(schema, rows);
      const done = await on().rewrite(files, schema, { kind: 'where', predicate: equal('k', 'k1') });
      expect(done.dropped).toBe(3);
      expect(byN(done.left)).toEqual(rows.filter(({ k }) => k !== 'k1'));
    });

    it('without the rows that are hidden already, which count as neither kept nor dropped', async () => {
      const [file] = await on().write(schema, rows);
      const files = [{ ...file!, deleted: Uint32Array.of(0, 1) }];
      const done = await on().rewrite(files, schema, { kind: 'where', predicate: equal('n', 2) });
      expect(done.dropped).toBe(1);
      expect(byN(done.left)).toEqual(rows.slice(3));
    });

    it('nothing into no file', async () => {
      const predicate: Predicate = { op: 'not', of: { op: 'is-null', column: 'n' } };
      const done = await on().rewrite(await on().write(schema, rows), schema, { kind: 'where', predicate });
      expect(done).toMatchObject({ adds: [], dropped: 10 });
    });

    it('older files into ones with the younger columns, of their partition', async () => {
      const table = schemaOf(field('day', 'date'), ...schema.fields);
      const files = await on().write(table, rows, { partitionValues: { day: '1970-01-02' } });
      const evolved = schemaOf(...table.fields, field('added', 'long'));
      const done = await on().rewrite(files, evolved, { kind: 'none' });
      expect(byN(done.left)).toEqual(rows.map((row) => ({ day: 1, ...row, added: null })));
      expect(done.adds[0]?.partitionValues).toEqual({ day: '1970-01-02' });
    });
  });
}
