import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import type { QueryTable } from '../features/index.ts';
import { describeQueryEngine, rowsOf } from '../features/query-engine.contract.ts';
import { describeQueryTables } from '../features/query-engine-tables.contract.ts';
import { field, memoryObjectStore, type ObjectStore, schemaOf } from '../lake/index.ts';
import { openQueryFixture, type QueryFixture } from './duckdb-query-fixture.ts';

for (const describeContract of [describeQueryEngine, describeQueryTables]) {
  describeContract('DuckDB over objects in memory', async () => ({
    ...(await openQueryFixture(memoryObjectStore())),
    endlessStatement: 'SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(1000000) b',
  }));
}

describe('a query over objects', () => {
  const schema = schemaOf(field('id', 'integer'));
  const sql = 'SELECT id FROM t ORDER BY id';
  const memory = memoryObjectStore();
  let gets = 0;
  let beforeGet = async (): Promise<void> => undefined;
  const store: ObjectStore = {
    ...memory,
    get: async (path) => {
      if (path.endsWith('.parquet')) {
        gets += 1;
        await beforeGet();
      }
      return memory.get(path);
    },
  };
  let fixture: QueryFixture;
  let table: QueryTable;
  beforeAll(async () => {
    fixture = await openQueryFixture(store);
    table = await fixture.store(schema, [{ id: 1 }], [{ id: 2 }]);
  });
  afterAll(() => fixture.dispose());

  const ids = async (tables: Record<string, QueryTable>, deadline?: AbortSignal) =>
    (await rowsOf(fixture.engine.query(sql, { tables, ...(deadline && { deadline }) }))).map(({ id }) => id);

  it('stops at its deadline while its files are on the way, and the next one finds them', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    beforeGet = () => arrived;
    await expect(ids({ t: table }, AbortSignal.timeout(20))).rejects.toMatchObject({
      code: 'query_interrupted',
      retryable: true,
    });
    arrive();
    expect(await ids({ t: table })).toEqual([1, 2]);
    expect(gets).toBe(2);
  });

  it('fetches a file once, in however many tables and queries it is', async () => {
    const before = gets;
    const several = await Promise.all([1, 2, 3].map(() => ids({ t: table, u: table })));
    expect(several).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(gets).toBe(before);
  });

  it('fails for an object that is gone, and may be tried again when the store says so', async () => {
    const gone = { schema, files: [{ uri: store.uri('gone/part-1.parquet'), partition: {}, deleted: null }] };
    await expect(ids({ t: gone })).rejects.toMatchObject({
      code: 'query_failed',
      retryable: false,
      message: expect.stringContaining('there is no object memory://gone/part-1.parquet'),
    });
    beforeGet = async () => {
      throw new PlatformError('object_store_failed', 'could not read', { retryable: true });
    };
    await expect(ids({ t: gone })).rejects.toMatchObject({ code: 'query_failed', retryable: true });
  });
});
