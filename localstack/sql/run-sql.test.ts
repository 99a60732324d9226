import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import { rowsOf } from '../../shared/features/query-engine.contract.ts';
import { type BatchRow, batchOfRows, field, type Schema, schemaOf } from '../../shared/lake/index.ts';
import type { TableScan } from './plan-sql.ts';
import { runSql } from './run-sql.ts';

const ORDERS = schemaOf(field('id', 'integer'), field('status', 'string'), field('total', 'decimal(10,2)'));
const ITEMS = schemaOf(field('order_id', 'integer'), field('product', 'string'));

const order = (id: number) => ({ id, status: id % 2 === 0 ? 'paid' : 'open', total: `${id}.50` });

let fixture: QueryFixture;
beforeAll(async () => {
  fixture = await openQueryFixture();
  await append('raw/orders', ORDERS, [order(1), order(2)], [order(3)], [order(4), order(5)]);
  await append('current/orders', ORDERS, [order(5)]);
  await append('raw/items', ITEMS, [
    { order_id: 1, product: 'tea' },
    { order_id: 4, product: 'größe' },
  ]);
  await append('sales', schemaOf(field('id', 'integer')), [{ id: 7 }]);
  await append('deep/er/my table', schemaOf(field('a#b', 'integer')), [{ 'a#b': 1 }]);
});
afterAll(() => fixture.dispose());

/** A version for each list of rows, and a file. */
async function append(path: string, schema: Schema, ...commits: (readonly BatchRow[])[]): Promise<void> {
  const table = fixture.lakeTable(path);
  for (const rows of commits) await table.append({ schema, batches: [batchOfRows(schema, rows)] });
}

let scans: readonly TableScan[] = [];
const sql = (statement: string) =>
  rowsOf(
    runSql(fixture.engine, fixture.objectStore, statement, {
      onColumns: () => undefined,
      onScans: (told) => {
        scans = told;
      },
    }),
  );
const ids = async (statement: string) => (await sql(statement)).map(({ id }) => id);

describe('SQL over the lakehouse', () => {
  it.each([
    ['SELECT id FROM raw.orders ORDER BY id', [1, 2, 3, 4, 5]],
    ['select id from RAW."orders" order by id', [1, 2, 3, 4, 5]],
    ['FROM raw.orders SELECT id ORDER BY id DESC LIMIT 1;', [5]],
    ['SELECT id FROM sales', [7]],
    ['SELECT "a#b" AS id FROM "deep/er"."my table"', [1]],
    ['SELECT "a#b" AS id FROM deep.er."my table"', [1]],
    ['SELECT o.id FROM raw.orders AS o WHERE o.id = 3', [3]],
    ['SELECT o.n AS id FROM raw.orders o(n) WHERE o.n = 3', [3]],
    ['SELECT orders.id FROM raw.orders WHERE orders.id = 3', [3]],
    ['SELECT raw.orders.id FROM raw.orders WHERE raw.orders.id = 3', [3]],
    ['SELECT raw.o.id FROM raw.orders AS o, (SELECT {id: 8} AS o) AS raw WHERE o.id = 3', [8]],
    ['SELECT id FROM raw.orders VERSION AS OF 0 ORDER BY id', [1, 2]],
    ['SELECT id FROM raw.orders FOR VERSION AS OF 0 AS o WHERE o.id > 1', [2]],
    ['SELECT id FROM raw.orders EXCEPT SELECT id FROM raw.orders VERSION AS OF 1 ORDER BY id', [4, 5]],
    ['SELECT n.id FROM raw.orders n ANTI JOIN raw.orders VERSION AS OF 1 o USING (id) ORDER BY id', [4, 5]],
    ['SELECT o.id FROM current.orders c JOIN raw.orders o USING (id)', [5]],
    ['SELECT id FROM raw.orders JOIN raw.items ON orders.id = items.order_id ORDER BY id', [1, 4]],
    ["SELECT id FROM raw.orders WHERE id IN (SELECT order_id FROM raw.items WHERE product = 'größe')", [4]],
    ['WITH sales AS (SELECT id FROM raw.orders WHERE id < 3) SELECT id FROM sales ORDER BY id', [1, 2]],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM r WHERE id < 3) FROM r ORDER BY id',
      [1, 2, 3],
    ],
    [
      "SELECT id FROM raw.orders WHERE status = 'raw.items VERSION AS OF 12 -- ' OR id = 1 /* raw.nothing */ -- x",
      [1],
    ],
    ['SELECT id + 10 AS id FROM raw.orders WHERE id = 3', [13]],
    ['SELECT id + 10 AS other, id FROM raw.orders WHERE other = 13', [3]],
    ['SELECT range::INTEGER AS id FROM range(2)', [0, 1]],
    ['TABLE sales', [7]],
    ['VALUES (1)', [undefined]],
  ])('%s', async (statement, expected) => {
    expect(await ids(statement)).toEqual(expected);
  });

  it('reads one version of a table wherever the statement names it, while others write', async () => {
    const path = 'busy';
    await append(path, schemaOf(field('id', 'integer')), [{ id: 0 }]);
    const { objectStore: store } = fixture;
    const busyStore: typeof store = {
      ...store,
      get: async (object) => {
        if (object.startsWith(`${path}/_delta_log/`))
          await append(path, schemaOf(field('id', 'integer')), [{ id: 1 }]);
        return store.get(object);
      },
    };
    const counts = 'SELECT (SELECT count(*) FROM busy) - (SELECT count(*) FROM "BUSY") AS difference';
    const run = runSql(fixture.engine, busyStore, counts, { onColumns: () => undefined });
    expect(await rowsOf(run)).toEqual([{ difference: 0n }]);
  });

  it('describes and summarizes a table', async () => {
    expect(await sql('DESCRIBE raw.orders VERSION AS OF 0')).toMatchObject([
      { column_name: 'id', column_type: 'INTEGER' },
      { column_name: 'status', column_type: 'VARCHAR' },
      { column_name: 'total', column_type: 'DECIMAL(10,2)' },
    ]);
    expect(await sql('SUMMARIZE raw.orders')).toMatchObject([{ max: '5' }, { max: 'paid' }, { max: '5.50' }]);
    expect(
      await sql("FROM raw.orders PIVOT (count(*) FOR status IN ('paid', 'open') GROUP BY total) LIMIT 0"),
    ).toEqual([]);
  });

  it('finds the version at a time', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect(await ids(`SELECT id FROM sales TIMESTAMP AS OF '${later}'`)).toEqual([7]);
    await expect(sql("SELECT id FROM sales TIMESTAMP AS OF '2001-01-01'")).rejects.toMatchObject({
      code: 'sql_invalid',
      message: expect.stringMatching(/no version as early as 2001-01-01.*\n.*\n {29}\^$/),
    });
  });

  it('tells which files of which versions it reads', async () => {
    await sql(
      "SELECT 1 FROM raw.orders o, raw.orders VERSION AS OF 1 p WHERE o.id = 3 AND p.status = 'none'",
    );
    expect(scans).toEqual([
      { table: 'raw.orders', version: 2, files: 1, allFiles: 3, rows: 1 },
      { table: 'raw.orders', version: 1, files: 0, allFiles: 2, rows: 0 },
    ]);
  });

  it.each([
    ['SELECT * FROM raw.ordres', 'there is no table raw.ordres; did you mean raw.orders?', 14],
    ['SELECT * FROM orders', 'there is no table orders; did you mean current.orders or raw.orders?', 14],
    [
      'SELECT * FROM information_schema.tables',
      'there is no table information_schema.tables; there are ',
      14,
    ],
    ["SELECT 'größe' FROM raw.nothing", 'there is no table raw.nothing; there are ', 20],
    ['SELECT * FROM raw.orders VERSION AS OF 9', 'table raw/orders', 25],
    ['SELECT * FROM raw.orders AT (VERSION => 0)', 'write VERSION AS OF 12', 24],
    ['SELECT * FROM "..".secret', 'there is no table ...secret; there are ', 14],
    ['SELECT $x FROM raw.orders', 'Values were not provided', null],
    ['SELECT 1 VERSION AS OF 3', 'syntax error', 9],
    ['SELECT x VERSION AS OF 3 FROM raw.orders', 'a version or a time stands behind the name of a table', 9],
    ['SELECT totl FROM raw.orders', 'Referenced column "totl" not found', 7],
    ['SELECT id FROM raw.orders VERSION AS OF 0 WHERE totl > 1', 'Referenced column "totl" not found', 48],
    ["SELECT 'größe'::INTEGER FROM raw.orders", "Could not convert string 'größe' to INT32", 14],
    ['SELECT 1 +', 'syntax error at end of input', 10],
    ["SELECT * FROM 'x.parquet'", 'files cannot be read: name a table of the lakehouse', 14],
    ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv is not offered', 14],
    ["SELECT (SELECT 1 FROM read_text('/etc/passwd'))", 'read_text is not offered', 22],
    ["FROM query('SELECT 1')", 'query is not offered', 5],
    ['FROM duckdb_settings()', 'duckdb_settings is not offered', 5],
    ['INSERT INTO raw.orders VALUES (1)', 'INSERT is not offered: SQL here reads', 0],
    ["/* x */ copy raw.orders TO '/tmp/x'", 'COPY is not offered', 0],
    ["ATTACH '/tmp/x.db'", 'ATTACH is not offered', 0],
    ['INSTALL httpfs', 'INSTALL is not offered', 0],
    ['SET threads = 9', 'SET is not offered', 0],
    ['PRAGMA database_list', 'PRAGMA is not offered', 0],
    ['CALL pragma_version()', 'CALL is not offered', 0],
    ['SELECT 1; SELECT 2', 'one statement at a time, got 2', 0],
    [' -- nothing\n', 'the statement is empty', 0],
    ["SELECT 'abc", "the text does not end: ' is missing", 7],
  ])('%s is refused with the place', async (statement, reason, place) => {
    const error = await sql(statement).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'sql_invalid', message: expect.stringContaining(reason) });
    if (place === null) return;
    const mark = error?.message.split('\n').at(-1) ?? '';
    expect(mark).toBe(`${' '.repeat('line 1: '.length + place)}^`);
  });
});
