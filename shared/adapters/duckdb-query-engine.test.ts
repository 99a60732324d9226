import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeQueryEngine } from '../features/query-engine.contract.ts';
import { describeQueryTables } from '../features/query-engine-tables.contract.ts';
import { openDuckDbQueryEngine } from './duckdb-query-engine.ts';
import { openQueryFixture, type QueryFixture } from './duckdb-query-fixture.ts';

for (const describeContract of [describeQueryEngine, describeQueryTables]) {
  describeContract('DuckDB', async () => ({
    ...(await openQueryFixture()),
    endlessStatement: 'SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(1000000) b',
  }));
}

it('DuckDB counts days in UTC wherever it runs', async () => {
  const { engine, rows, dispose } = await openQueryFixture();
  const sql = "SELECT current_setting('TimeZone') AS zone";
  expect(await rows(engine.query(sql, { tables: {} }))).toEqual([{ zone: 'UTC' }]);
  await dispose();
});

describe('DuckDB', () => {
  let fixture: QueryFixture;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());
  const run = (sql: string) => fixture.rows(fixture.engine.query(sql, { tables: {} }));

  it.each([
    ["SELECT * FROM read_csv('/etc/passwd')", 'file system operations are disabled'],
    [`SELECT * FROM read_text('${import.meta.filename}')`, 'file system operations are disabled'],
    ["COPY (SELECT 1) TO '/tmp/duckdb-was-here.csv'", 'file system operations are disabled'],
    ["ATTACH '/tmp/duckdb-was-here.db'", 'file system operations are disabled'],
    ['INSTALL httpfs', 'file system operations are disabled'],
    ['SET enable_external_access = true', 'the configuration has been locked'],
    ["SET TimeZone = 'CET'", 'the configuration has been locked'],
  ])('refuses %s: nothing but the lake is open to a statement', async (sql, reason) => {
    await expect(run(sql)).rejects.toMatchObject({
      code: 'query_failed',
      message: expect.stringContaining(reason),
    });
  });

  it('spills what exceeds its memory to the folder for it', async () => {
    const tempDir = await mkdtemp(join(tmpdir(), 'duckdb-spill-'));
    const small = await openDuckDbQueryEngine({ tempDir, readableFolders: [], memoryLimit: '64MB' });
    const sql =
      'SELECT max(rank) AS n FROM (SELECT row_number() OVER (ORDER BY b DESC) AS rank, b FROM (SELECT repeat(range::VARCHAR, 20) AS b FROM range(500_000)))';
    expect(await fixture.rows(small.query(sql, { tables: {} }))).toEqual([{ n: 500_000n }]);
    await small.close();
    await rm(tempDir, { recursive: true });
  });

  it('tells where in the statement an error is', async () => {
    await expect(run("SELECT 'é', nothing FROM range(1)")).rejects.toMatchObject({
      details: { position: "SELECT 'é', ".length + 1 },
      message: expect.stringMatching(
        /^the query failed: Binder error: Referenced column "nothing" not found/,
      ),
    });
    await expect(run('SELECT 1 +')).rejects.toMatchObject({ details: { position: 10 } });
  });
});
