import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryEngineUnderTest, rowsOf } from './query-engine.contract.ts';
import type {
  DataType,
  QueryEngine,
  QueryFile,
  QueryTable,
  QueryValue,
  ResultColumn,
} from './query-engine.ts';

/** What every adapter of the QueryEngine port makes of a table that is more than its files. */
export function describeQueryTables(name: string, create: () => Promise<QueryEngineUnderTest>): void {
  describe(`query engine: ${name}: tables`, () => {
    let underTest: QueryEngineUnderTest;
    let engine: QueryEngine;
    beforeAll(async () => {
      underTest = await create();
      engine = underTest.engine;
    });
    afterAll(() => underTest.dispose());

    const select = (sql: string, t: QueryTable) => rowsOf(engine.query(sql, { tables: { t } }));
    /** A file for each list of ids. */
    const ids = (...files: (readonly number[])[]) =>
      underTest.store(schemaOf(column('id', 'integer')), ...files.map((list) => list.map((id) => ({ id }))));

    it.each<[DataType, QueryValue]>([
      ['string', "d'or / %20"],
      ['integer', -7],
      ['long', 9_007_199_254_740_993n],
      ['short', 3],
      ['byte', -3],
      ['double', 0.1],
      ['float', 1.5],
      ['double', Number.NaN],
      ['boolean', true],
      ['decimal(38,9)', '-12345678901234567890123456789.000000001'],
      ['date', -1],
      ['timestamp', 1_795_400_877_074_457n],
      ['timestamp_ntz', -1n],
      ['binary', new Uint8Array([0, 255])],
    ])('gives the rows of a file its partition value of type %s', async (type, value) => {
      const stored = await ids([1, 2], [3], [4]);
      const partitions = [{ at: value }, { at: value }, { at: null }];
      const table = {
        schema: schemaOf(column('at', type), column('id', 'integer')),
        files: stored.files.map((file, index) => ({ ...file, partition: partitions[index] ?? {} })),
      };
      expect(await select('SELECT * FROM t ORDER BY id', table)).toEqual([
        { at: value, id: 1 },
        { at: value, id: 2 },
        { at: value, id: 3 },
        { at: null, id: 4 },
      ]);
    });

    it('shows a table that has partition columns alone', async () => {
      const stored = await ids([1, 2], [3]);
      const files = stored.files.map((file, index) => ({ ...file, partition: { part: index } }));
      const table = { schema: schemaOf(column('part', 'integer')), files };
      expect(await select('SELECT * FROM t ORDER BY part', table)).toEqual([
        { part: 0 },
        { part: 0 },
        { part: 1 },
      ]);
    });

    it('leaves out deleted rows of a file, and of no other', async () => {
      const stored = await ids([10, 11, 12, 13], [20, 21], [30, 31]);
      const files = stored.files.map((file, index): QueryFile => {
        const deleted = [Uint32Array.of(0, 2), null, Uint32Array.of(1)][index] ?? null;
        return { ...file, deleted, partition: { part: index } };
      });
      const schema = schemaOf(column('id', 'integer'), column('part', 'integer'));
      expect(await select('SELECT * FROM t ORDER BY id', { schema, files })).toEqual([
        { id: 11, part: 0 },
        { id: 13, part: 0 },
        { id: 20, part: 1 },
        { id: 21, part: 1 },
        { id: 30, part: 2 },
      ]);
      expect(await select('SELECT count(*)::INTEGER AS n FROM t WHERE id > 12', { schema, files })).toEqual([
        { n: 4 },
      ]);
    });

    it('finds a column under the name that its files have for it', async () => {
      const stored = await ids([1]);
      const named = { ...column('number of the order', 'integer'), metadata: physically('id') };
      const table = { ...stored, schema: schemaOf(named, column('id of another', 'string')) };
      expect(await select('SELECT * FROM t', table)).toEqual([
        { 'number of the order': 1, 'id of another': null },
      ]);
    });

    it('has columns that are named as what the engine knows of files', async () => {
      const schema = schemaOf(
        column('file_row_number', 'integer'),
        column('file_index', 'integer'),
        column('filename', 'string'),
      );
      const row = { file_row_number: 5, file_index: 6, filename: 'x' };
      const stored = await underTest.store(schema, [row, row]);
      const files = stored.files.map((file) => ({ ...file, deleted: Uint32Array.of(1) }));
      expect(await select('SELECT * FROM t', { schema, files })).toEqual([row]);
    });

    it('shows lists, also where a younger table has them wider', async () => {
      const list = (elementType: DataType): DataType => ({
        type: 'array',
        elementType,
        containsNull: true,
      });
      const stored = await underTest.store(schemaOf(column('l', list('integer'))), [
        { l: [1, 2] },
        { l: [] },
        { l: null },
      ]);
      const wider = { ...stored, schema: schemaOf(column('l', list('long'))) };
      expect(await select('SELECT l FROM t ORDER BY len(l) DESC NULLS LAST', wider)).toEqual([
        { l: [1n, 2n] },
        { l: [] },
        { l: null },
      ]);
    });

    it.each<[DataType]>([
      [{ type: 'struct', fields: [column('a', 'integer'), column('b c', 'decimal(5,2)')] }],
      [{ type: 'map', keyType: 'string', valueType: 'date', valueContainsNull: true }],
      ['void'],
      ['timestamp_ntz'],
    ])('has columns of type %j though no file does', async (type) => {
      const table = await ids([1]);
      const schema = schemaOf(column('id', 'integer'), column('later', type));
      expect(await select('SELECT * FROM t', { ...table, schema })).toEqual([{ id: 1, later: null }]);
      expect(await select('SELECT * FROM t', { files: [], schema })).toEqual([]);
    });

    it('tells the columns of a result, of one without rows too, and keeps those of one name apart', async () => {
      const told: (readonly ResultColumn[])[] = [];
      const sql = `SELECT 1 AS "2", 5::BIGINT AS "1", 'x' AS "2", [{'a': DATE '1970-01-02'}] AS l, MAP {7: 1.50} AS m,
        INTERVAL 3 DAYS AS i WHERE $keep`;
      const run = (keep: boolean) =>
        rowsOf(
          engine.query(sql, { tables: {}, params: { keep }, onColumns: (columns) => told.push(columns) }),
        );
      expect(await run(true)).toEqual([
        { 2: 1, 1: 5n, '2:1': 'x', l: [{ a: 1 }], m: { 7: '1.50' }, i: '3 days' },
      ]);
      expect(await run(false)).toEqual([]);
      expect(told[0]?.map(({ name, key }) => [name, key])).toEqual([
        ['2', '2'],
        ['1', '1'],
        ['2', '2:1'],
        ['l', 'l'],
        ['m', 'm'],
        ['i', 'i'],
      ]);
      expect(told[0]?.map(({ type }) => (typeof type === 'string' ? type : type.type))).toEqual([
        'integer',
        'long',
        'string',
        'array',
        'map',
        'string',
      ]);
      expect(told[1]).toEqual(told[0]);
    });
  });
}

function column(name: string, type: DataType) {
  return { name, type, nullable: true, metadata: {} };
}

function schemaOf(...fields: QueryTable['schema']['fields']): QueryTable['schema'] {
  return { type: 'struct', fields };
}

/** As Delta's column mapping says it. */
function physically(name: string): QueryTable['schema']['fields'][number]['metadata'] {
  return { 'delta.columnMapping.physicalName': name };
}
