/**
 * A lake in MinIO: written by us, read equal by delta-rs and by DuckDB, and written by delta-rs at the same time. Needs
 * Python with `localstack/e2e/deltalake/requirements.txt`; its interpreter is named by the environment variable DELTALAKE_PYTHON.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deltalakeReader, type LakeReader, s3Environment } from '../../../localstack/e2e/lake-readers.ts';
import { runningService } from '../../../localstack/services/native/running-services.ts';
import { openQueryFixture, type QueryFixture } from '../../adapters/duckdb-query-fixture.ts';
import { openS3ObjectStore, type S3ObjectStoreOptions } from '../../adapters/s3-object-store.ts';
import { testBuckets } from '../../adapters/s3-object-store-testing.ts';
import { childEnvironment } from '../../runtime/config.ts';
import { pinnedTable } from '../../tables/index.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { asJson, countingEnvironment, ORDERS, orders, rowsOf, sorted } from '../testing.ts';
import { openTable } from '../write/table.ts';

const python = process.env.DELTALAKE_PYTHON ?? 'python3';
const script = fileURLToPath(new URL('../../../localstack/e2e/deltalake/read_table.py', import.meta.url));
const run = promisify(execFile);

const buckets = testBuckets(runningService('minio'));
let options: S3ObjectStoreOptions;
let store: ObjectStore;
let duckDb: QueryFixture;
let readByDeltaRs: LakeReader;
beforeAll(async () => {
  options = await buckets.create('shop/lake');
  store = await openS3ObjectStore(options);
  duckDb = await openQueryFixture(store);
  readByDeltaRs = deltalakeReader(store.uri(''), python, options);
});
afterAll(async () => {
  await duckDb.dispose();
  await buckets.remove();
});

describe('a lake in MinIO', () => {
  it('is read equal by delta-rs and DuckDB, past checkpoints, an overwrite and a new column', async () => {
    const table = openTable(store, 'raw/orders', countingEnvironment());
    for (let id = 0; id < 12; id++) await expectCommitted(table.append(orders(id, 1_000 + id)));
    await expectAllAgree('raw/orders', 24);
    await expectCommitted(table.overwrite(orders(7, 8, 9)));
    const wider = schemaOf(...ORDERS.fields, field('at', 'timestamp'), field('big', 'long'));
    const row = { id: 10, amount: '-0.05', note: "l'été 😀", at: 1_795_400_877_074_457n, big: -(2n ** 63n) };
    for (let turn = 0; turn < 12; turn++) {
      await expectCommitted(table.append({ schema: wider, batches: [batchOfRows(wider, [row])] }));
    }
    await expectAllAgree('raw/orders', 15);
  });

  it('takes the commits of delta-rs and ours at once, and loses none', async () => {
    const path = 'both';
    const write = () =>
      run(python, [script, 'write', store.uri(path), 'append'], {
        env: childEnvironment(s3Environment(options)),
      });
    await write();
    const { schema: theirs } = await loadSnapshot(store, path);
    const schema = schemaOf(...theirs.fields.filter(({ name }) => ['id', 'price'].includes(name)));
    const ours = Array.from({ length: 3 }, (_, writer) => async () => {
      const table = openTable(store, path, countingEnvironment());
      for (let turn = 0; turn < 10; turn++) {
        const batch = batchOfRows(schema, [{ id: writer * 100 + turn, price: '0.05' }]);
        await expectCommitted(table.append({ schema, batches: [batch] }));
      }
    });
    await Promise.all([...ours.map((work) => work()), write(), write(), write()]);
    const snapshot = await loadSnapshot(store, path);
    expect(snapshot.version).toBe(33);
    const rows = await rowsOf(store, snapshot);
    expect(rows).toHaveLength(4 * 3 + 30);
    expect(sorted(await collect(readByDeltaRs(path)))).toEqual(
      sorted(rows.map((row) => asJson(snapshot.schema, row))),
    );
  });
});

async function expectAllAgree(path: string, count: number): Promise<void> {
  const snapshot = await loadSnapshot(store, path);
  const ours = sorted((await rowsOf(store, snapshot)).map((row) => asJson(snapshot.schema, row)));
  expect(ours).toHaveLength(count);
  expect(sorted(await collect(readByDeltaRs(path)))).toEqual(ours);
  const tables = { t: await pinnedTable(snapshot, snapshot, store) };
  const byDuckDb = await duckDb.rows(duckDb.engine.query('SELECT * FROM t', { tables }));
  expect(sorted(byDuckDb.map((row) => asJson(snapshot.schema, row as Parameters<typeof asJson>[1])))).toEqual(
    ours,
  );
}

async function expectCommitted(writing: Promise<{ readonly outcome: string }>): Promise<void> {
  const written = await writing;
  expect(written).toMatchObject({ outcome: 'committed' });
  expect(written).not.toHaveProperty('checkpointFailure');
}

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}
