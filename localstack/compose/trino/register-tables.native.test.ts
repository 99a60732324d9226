import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testBuckets } from '../../../shared/adapters/s3-object-store-testing.ts';
import type { ObjectStore } from '../../../shared/lake/index.ts';
import { LAKE_TABLES, type LakeTable } from '../../../shared/tables/index.ts';
import { runningService } from '../../services/native/running-services.ts';
import { append, openTestLake, tableNamed, unregisterAll } from './lake.fixture.ts';
import { registerTables } from './register-tables.ts';
import { asTrinoShows, sampleRows } from './sample-rows.fixture.ts';
import { trinoClient } from './trino-client.ts';

const CATALOG = 'lake';
const COMMITS = 3;
const ROWS_PER_COMMIT = 40;
const PATHS = LAKE_TABLES.map(({ name }) => name);

/** Written last, to come to a lake that Trino knows already. */
const LATE = 'quarantine/records';

describe('Trino with the catalog of docker-compose.yml', () => {
  const trino = trinoClient({ url: runningService('trino').url });
  const buckets = testBuckets(runningService('minio'));
  let store: ObjectStore;
  let location: string;

  beforeAll(async () => {
    ({ store, location } = await openTestLake(buckets));
    for (const table of LAKE_TABLES) if (table.name !== LATE) await write(store, table);
  });

  afterAll(async () => {
    await unregisterAll(trino);
    await buckets.remove();
  });

  const register = (tables: readonly string[] = PATHS) =>
    registerTables({ trino, catalog: CATALOG, store, location, tables });

  it('comes to know every table that has a commit', async () => {
    // What another lake left behind under these names is pointed to this one.
    const { registered, moved, unchanged, absent } = await register();
    expect([...registered, ...moved].sort()).toEqual(PATHS.filter((path) => path !== LATE).sort());
    expect({ unchanged, absent }).toEqual({ unchanged: [], absent: [LATE] });
  });

  it('adds what is written later, and leaves the others', async () => {
    await write(store, tableNamed(LATE));
    const report = await register();
    expect(report).toMatchObject({ registered: [LATE], moved: [], absent: [] });
    expect(report.unchanged).toHaveLength(PATHS.length - 1);
    expect(await register()).toEqual({ registered: [], moved: [], absent: [], unchanged: PATHS });
  });

  it.each(PATHS)('reads %s as it was written', async (path) => {
    const { schema } = tableNamed(path);
    const { columns, rows } = await trino.query(`SELECT * FROM ${sqlName(path)}`);
    expect(columns.map(({ name }) => name)).toEqual(schema.fields.map(({ name }) => name));
    const written = writtenRows(tableNamed(path)).map((row) =>
      schema.fields.map(({ name, type }) => asTrinoShows(type, row[name])),
    );
    expect(rows.map((row) => JSON.stringify(row)).sort()).toEqual(
      written.map((row) => JSON.stringify(row)).sort(),
    );
  });

  it('sums exact amounts to the cent', async () => {
    const orders = tableNamed('current/orders');
    const { rows } = await trino.query(
      `SELECT count(*), count(total_amount), sum(total_amount), sum(order_id) FROM ${sqlName('current/orders')}`,
    );
    const written = writtenRows(orders);
    const amounts = written.flatMap(({ total_amount }) =>
      total_amount === null ? [] : [String(total_amount)],
    );
    const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace('.', '')), 0n);
    const total = `${cents / 100n}.${String((cents < 0n ? -cents : cents) % 100n).padStart(2, '0')}`;
    const ids = written.reduce((sum, { order_id }) => sum + Number(order_id ?? 0), 0);
    expect(rows).toEqual([[written.length, amounts.length, total, ids]]);
  });

  it('shows the next commit at once', async () => {
    const table = tableNamed('raw/users');
    const before = await trino.query(`SELECT count(*) FROM ${sqlName(table.name)}`);
    await append(store, table, sampleRows(table.schema, 5));
    const after = await trino.query(`SELECT count(*) FROM ${sqlName(table.name)}`);
    expect(Number(after.rows[0]?.[0])).toBe(Number(before.rows[0]?.[0]) + 5);
  });

  it('is pointed to another lake when the settings are', async () => {
    const { store: other, location: elsewhere } = await openTestLake(buckets, 'of/another');
    await append(other, tableNamed('current/users'), sampleRows(tableNamed('current/users').schema, 1));
    const report = await registerTables({
      trino,
      catalog: CATALOG,
      store: other,
      location: elsewhere,
      tables: ['current/users'],
    });
    expect(report).toEqual({ registered: [], moved: ['current/users'], unchanged: [], absent: [] });
    expect((await trino.query(`SELECT count(*) FROM ${sqlName('current/users')}`)).rows).toEqual([[1]]);
  });

  it('says why a query failed', async () => {
    await expect(trino.query('SELECT * FROM lake.raw.nothing')).rejects.toMatchObject({
      code: 'trino_query_failed',
      details: { errorName: 'TABLE_NOT_FOUND' },
    });
    const nobody = trinoClient({ url: 'http://127.0.0.1:1' });
    await expect(nobody.query('SELECT 1')).rejects.toMatchObject({
      code: 'trino_unreachable',
      retryable: true,
    });
  });
});

function writtenRows({ schema }: LakeTable) {
  return sampleRows(schema, COMMITS * ROWS_PER_COMMIT);
}

async function write(store: ObjectStore, table: LakeTable): Promise<void> {
  const rows = writtenRows(table);
  for (let commit = 0; commit < COMMITS; commit++) {
    await append(store, table, rows.slice(commit * ROWS_PER_COMMIT, (commit + 1) * ROWS_PER_COMMIT));
  }
}

function sqlName(path: string): string {
  return `lake.${path.replace('/', '.')}`;
}
