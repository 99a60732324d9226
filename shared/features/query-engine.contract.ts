import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MAX_BATCH_ROWS,
  type QueryBatch,
  type QueryEngine,
  type QueryOptions,
  type QueryTable,
  type QueryValue,
} from './query-engine.ts';

export interface QueryEngineUnderTest {
  readonly engine: QueryEngine;
  /** Writes each list of rows to a data file of its own; a row may lack columns. */
  store(schema: QueryTable['schema'], ...files: (readonly Row[])[]): Promise<QueryTable>;
  /** A statement that runs for minutes and reads no table. */
  readonly endlessStatement: string;
  dispose(): Promise<void>;
}

type Row = Readonly<Record<string, QueryValue>>;

/** What every adapter of the QueryEngine port promises. */
export function describeQueryEngine(name: string, create: () => Promise<QueryEngineUnderTest>): void {
  describe(`query engine: ${name}`, () => {
    let underTest: QueryEngineUnderTest;
    beforeAll(async () => {
      underTest = await create();
    });
    afterAll(() => underTest.dispose());

    const query = (sql: string, options: QueryOptions) => rowsOf(underTest.engine.query(sql, options));

    it('shows every type of the lake in its own value type, nulls included', async () => {
      const row: Row = {
        flag: true,
        small: -3,
        whole: 2_147_483_647,
        wide: 9_007_199_254_740_993n,
        float: 0.1,
        amount: '-1234567.05',
        text: 'naïve "quoted" \u{1F6D2}\n',
        day: 20_780,
        occurred_at: 1_795_400_877_074_457n,
        bytes: new Uint8Array([0, 255, 7]),
      };
      const nulls = Object.fromEntries(Object.keys(row).map((column) => [column, null]));
      const everything = await underTest.store(EVERY_TYPE, [row, nulls]);
      expect(
        await query('SELECT * FROM everything ORDER BY whole NULLS LAST', { tables: { everything } }),
      ).toEqual([row, nulls]);
    });

    it('shows times before 1970 and the smallest cent', async () => {
      const row = { ...blank(EVERY_TYPE), occurred_at: -1n, day: -1, amount: '-0.01' };
      const everything = await underTest.store(EVERY_TYPE, [row]);
      expect(
        await query('SELECT occurred_at, day, amount FROM everything', { tables: { everything } }),
      ).toEqual([{ occurred_at: -1n, day: -1, amount: '-0.01' }]);
    });

    it('gives a table without files its columns and no rows', async () => {
      const orders: QueryTable = { schema: ORDERS, files: [] };
      const sql =
        "SELECT count(*)::INTEGER AS n, sum(total_amount) AS total, max(created_at) AS latest FROM orders WHERE status = 'paid'";
      expect(await query(sql, { tables: { orders } })).toEqual([{ n: 0, total: null, latest: null }]);
    });

    it('reads all files of a snapshot as one table', async () => {
      const orders = await underTest.store(ORDERS, [order(1)], [order(2), order(3)]);
      expect(await query('SELECT order_id FROM orders ORDER BY order_id', { tables: { orders } })).toEqual([
        { order_id: 1 },
        { order_id: 2 },
        { order_id: 3 },
      ]);
    });

    it('shows a column that no file has yet, or only some have, as null', async () => {
      const stored = await underTest.store(ORDERS, [order(1)]);
      const schema = { ...ORDERS, fields: [...ORDERS.fields, column('note', 'string')] };
      expect(await query('SELECT note FROM orders', { tables: { orders: { ...stored, schema } } })).toEqual([
        { note: null },
      ]);
      const later = await underTest.store(schema, [{ ...order(2), note: 'gift' }]);
      const files = [...stored.files, ...later.files];
      expect(
        await query('SELECT order_id, note FROM orders ORDER BY order_id', {
          tables: { orders: { schema, files } },
        }),
      ).toEqual([
        { order_id: 1, note: null },
        { order_id: 2, note: 'gift' },
      ]);
    });

    it('joins tables, each under the name it is given', async () => {
      const left = await underTest.store(ORDERS, [order(1), order(2)]);
      const right = await underTest.store(ORDERS, [order(2), order(3)]);
      const sql = 'SELECT a.order_id FROM "old orders" a JOIN newer b USING (order_id)';
      expect(await query(sql, { tables: { 'old orders': left, newer: right } })).toEqual([{ order_id: 2 }]);
    });

    it('takes parameters as values, never as text of the statement', async () => {
      const params = { text: "'; DROP TABLE orders; --", whole: 7n, ratio: 0.5, flag: true, nothing: null };
      const sql =
        'SELECT $text AS text, $whole AS whole, $ratio::DOUBLE AS ratio, $flag::BOOLEAN AS flag, $nothing::VARCHAR AS nothing';
      expect(await query(sql, { tables: {}, params })).toEqual([params]);
    });

    it('streams a large result in order, in batches of bounded size', async () => {
      const sql = `SELECT i.range::INTEGER AS i FROM range(${MAX_BATCH_ROWS * 2 + 5}) i ORDER BY 1`;
      const sizes: number[] = [];
      let next = 0;
      for await (const batch of underTest.engine.query(sql, { tables: {} })) {
        sizes.push(batch.rowCount);
        const values = batch.columns.i ?? [];
        expect(values.length).toBe(batch.rowCount);
        expect([values[0], values.at(-1)]).toEqual([next, next + batch.rowCount - 1]);
        next += batch.rowCount;
      }
      expect(next).toBe(MAX_BATCH_ROWS * 2 + 5);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_BATCH_ROWS);
    });

    it('answers queries that run at once', async () => {
      const orders = await underTest.store(ORDERS, [order(1)]);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          query('SELECT $i::INTEGER AS i, order_id FROM orders', { tables: { orders }, params: { i } }),
        ),
      );
      expect(answers).toEqual(Array.from({ length: 8 }, (_, i) => [{ i, order_id: 1 }]));
    });

    it.each([
      ['a statement that is none', 'SELEC 1'],
      ['a table that was not given', 'SELECT * FROM nowhere'],
      ['a value that does not fit', "SELECT 'x'::INTEGER AS i"],
    ])('refuses %s as query_failed', async (_, sql) => {
      await expect(query(sql, { tables: {} })).rejects.toMatchObject({
        code: 'query_failed',
        retryable: false,
      });
    });

    it('refuses a data file that is missing', async () => {
      const files = [{ uri: '/nowhere/part-1.parquet', partition: {}, deleted: null }];
      const orders = { schema: ORDERS, files };
      await expect(query('SELECT * FROM orders', { tables: { orders } })).rejects.toMatchObject({
        code: 'query_failed',
      });
    });

    it('interrupts a running query at its deadline, and works on', async () => {
      const deadline = AbortSignal.timeout(200);
      await expect(query(underTest.endlessStatement, { tables: {}, deadline })).rejects.toMatchObject({
        code: 'query_interrupted',
        retryable: true,
      });
      expect(await query('SELECT 1 AS one', { tables: {} })).toEqual([{ one: 1 }]);
    });

    it('does not start a query whose deadline has passed', async () => {
      await expect(
        query('SELECT 1 AS one', { tables: {}, deadline: AbortSignal.abort() }),
      ).rejects.toMatchObject({ code: 'query_interrupted' });
    });

    it('lets a reader leave before the end', async () => {
      for await (const batch of underTest.engine.query('SELECT range FROM range(1000000)', { tables: {} })) {
        expect(batch.rowCount).toBeGreaterThan(0);
        break;
      }
      expect(await query('SELECT 1 AS one', { tables: {} })).toEqual([{ one: 1 }]);
    });
  });

  it(`${name} interrupts what runs when it is closed, twice without harm`, async () => {
    const { engine, endlessStatement, dispose } = await create();
    const running = expect(rowsOf(engine.query(endlessStatement, { tables: {} }))).rejects.toMatchObject({
      code: 'query_interrupted',
    });
    await rowsOf(engine.query('SELECT 1 AS one', { tables: {} }));
    await engine.close();
    await running;
    await engine.close();
    await expect(rowsOf(engine.query('SELECT 1 AS one', { tables: {} }))).rejects.toMatchObject({
      code: 'query_interrupted',
    });
    await dispose();
  });
}

/** All rows of a result. */
export async function rowsOf(batches: AsyncIterable<QueryBatch>): Promise<Record<string, QueryValue>[]> {
  const rows: Record<string, QueryValue>[] = [];
  for await (const { rowCount, columns } of batches) {
    const entries = Object.entries(columns);
    for (let i = 0; i < rowCount; i += 1) {
      rows.push(Object.fromEntries(entries.map(([name, values]) => [name, values[i] ?? null])));
    }
  }
  return rows;
}

type ColumnType = QueryTable['schema']['fields'][number]['type'];

const column = (name: string, type: ColumnType) => ({ name, type, nullable: true, metadata: {} });

const EVERY_TYPE: QueryTable['schema'] = {
  type: 'struct',
  fields: [
    column('flag', 'boolean'),
    column('small', 'short'),
    column('whole', 'integer'),
    column('wide', 'long'),
    column('float', 'double'),
    column('amount', 'decimal(18,2)'),
    column('text', 'string'),
    column('day', 'date'),
    column('occurred_at', 'timestamp'),
    column('bytes', 'binary'),
  ],
};

const ORDERS: QueryTable['schema'] = {
  type: 'struct',
  fields: [
    column('order_id', 'integer'),
    column('status', 'string'),
    column('total_amount', 'decimal(10,2)'),
    column('created_at', 'timestamp'),
  ],
};

const order = (id: number): Row => ({ order_id: id, status: 'paid', total_amount: '1.50', created_at: 0n });

function blank(schema: QueryTable['schema']): Row {
  return Object.fromEntries(schema.fields.map(({ name }) => [name, null]));
}
