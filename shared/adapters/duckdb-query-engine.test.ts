import { describe, expect, it } from 'vitest';
import { describeQueryEngine } from '../features/query-engine.contract.ts';
import { openQueryFixture } from './duckdb-query-fixture.ts';
import { viewStatement } from './duckdb-views.ts';

describeQueryEngine('DuckDB', async () => ({
  ...(await openQueryFixture()),
  endlessStatement: 'SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(1000000) b',
}));

it('DuckDB counts days in UTC wherever it runs', async () => {
  const { engine, rows, dispose } = await openQueryFixture();
  const sql = "SELECT current_setting('TimeZone') AS zone";
  expect(await rows(engine.query(sql, { tables: {} }))).toEqual([{ zone: 'UTC' }]);
  await dispose();
});

describe('DuckDB view over lake files', () => {
  it('keeps quotes in names and files inside their quotes', () => {
    const schema = {
      type: 'struct' as const,
      fields: [{ name: 'a"b', type: 'long' as const, nullable: true, metadata: {} }],
    };
    expect(viewStatement('v"w', { schema, files: ["/it's.parquet"] })).toBe(
      'CREATE TEMP VIEW "v""w" AS SELECT "a""b"::BIGINT AS "a""b" FROM (SELECT NULL::BIGINT AS "a""b" WHERE false' +
        " UNION ALL BY NAME SELECT * FROM read_parquet(['/it''s.parquet'], union_by_name = true))",
    );
  });

  it('refuses a type that it would have to bend', () => {
    const elementType = 'float' as const;
    const type = { type: 'array' as const, elementType, containsNull: false };
    const schema = {
      type: 'struct' as const,
      fields: [{ name: 'features', type, nullable: true, metadata: {} }],
    };
    expect(() => viewStatement('v', { schema, files: [] })).toThrow(
      expect.objectContaining({ code: 'query_type_unsupported' }),
    );
  });
});
