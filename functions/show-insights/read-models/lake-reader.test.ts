import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openQueryFixture, type QueryFixture } from '../../../shared/adapters/duckdb-query-fixture.ts';
import { epochMillis } from '../../../shared/domain/index.ts';
import type { QueryEngine } from '../../../shared/features/index.ts';
import { batchOfRows } from '../../../shared/lake/index.ts';
import { type LakeTable, USER_RFM } from '../../../shared/tables/index.ts';
import { createLakeReader } from './lake-reader.ts';

describe('lake reader', () => {
  let fixture: QueryFixture;
  let tables = 0;
  let table: LakeTable;
  let asked: number;
  let now: number;
  beforeAll(async () => {
    fixture = await openQueryFixture();
  });
  afterAll(() => fixture.dispose());
  beforeEach(() => {
    tables += 1;
    table = { ...USER_RFM, name: `features/rfm-${tables}` };
    asked = 0;
    now = 1_000_000;
  });

  function reader(maxAgeMs: number) {
    const { lakeTable, objectStore, engine } = fixture;
    const counting: QueryEngine = {
      ...engine,
      query: (sql, options) => {
        asked += 1;
        return engine.query(sql, options);
      },
    };
    return createLakeReader(
      { lakeTable, objectStore, queryEngine: async () => counting, now: () => epochMillis(now) },
      { maxAgeMs },
    );
  }
  const count = { sql: 'SELECT count(*) AS rows FROM rfm', tables: {} };
  const addRow = () =>
    fixture
      .lakeTable(table.name)
      .append({ schema: table.schema, batches: [batchOfRows(table.schema, [{ user_id: 1 }])] });

  it('asks the engine once per version of the tables', async () => {
    const lake = reader(0);
    const query = { ...count, tables: { rfm: table } };
    expect(await lake.query(query)).toEqual([{ rows: 0n }]);
    await addRow();
    expect(await lake.query(query)).toEqual([{ rows: 1n }]);
    expect(await lake.query(query)).toEqual([{ rows: 1n }]);
    expect(asked).toBe(2);
  });

  it('asks about newer versions only when the answer has reached its age', async () => {
    const lake = reader(5000);
    const query = { ...count, tables: { rfm: table } };
    await lake.query(query);
    await addRow();
    now += 4999;
    expect(await lake.query(query)).toEqual([{ rows: 0n }]);
    now += 1;
    expect(await lake.query(query)).toEqual([{ rows: 1n }]);
  });

  it('asks once for many who ask at a time, and anew after a failure', async () => {
    const lake = reader(5000);
    const query = { ...count, tables: { rfm: table } };
    await Promise.all([lake.query(query), lake.query(query), lake.query(query)]);
    expect(asked).toBe(1);
    const wrong = { sql: 'SELECT nonsense FROM rfm', tables: { rfm: table } };
    await expect(lake.query(wrong)).rejects.toMatchObject({ code: 'query_failed' });
    await expect(lake.query(wrong)).rejects.toMatchObject({ code: 'query_failed' });
    expect(asked).toBe(3);
  });

  it('tells which version an answer shows and since when', async () => {
    const lake = reader(0);
    expect(await lake.asOf(table)).toEqual({ version: null, committedAt: null });
    const before = Date.now() - 60_000;
    await addRow();
    await addRow();
    const { version, committedAt } = await lake.asOf(table);
    expect(version).toBe(1);
    expect(committedAt).toBeGreaterThan(before);
  });
});
