import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openS3ObjectStore, type S3ObjectStoreOptions } from '../../../shared/adapters/s3-object-store.ts';
import type { TestBuckets } from '../../../shared/adapters/s3-object-store-testing.ts';
import { type BatchRow, batchOfRows, type ObjectStore, openTable } from '../../../shared/lake/index.ts';
import { LAKE_TABLES, type LakeTable } from '../../../shared/tables/index.ts';
import type { TrinoClient } from './trino-client.ts';

export function tableNamed(path: string): LakeTable {
  const table = LAKE_TABLES.find(({ name }) => name === path);
  if (table === undefined) throw new Error(`no table ${path}`);
  return table;
}

/** One commit, written as the platform writes. */
export async function append(store: ObjectStore, table: LakeTable, rows: readonly BatchRow[]): Promise<void> {
  const { name, schema, configuration } = table;
  const environment = {
    now: Date.now,
    newId: randomUUID,
    random: Math.random,
    sleep: (ms: number) => delay(ms),
  };
  const { outcome } = await openTable(store, name, environment).append({
    schema,
    batches: [batchOfRows(schema, rows)],
    configuration,
  });
  if (outcome !== 'committed') throw new Error(`${name}: ${outcome}`);
}

/** An empty lake in a bucket of its own, beside the bucket in which lake.properties keeps Trino's records of all. */
export async function openTestLake(buckets: TestBuckets, prefix?: string) {
  await openS3ObjectStore({ ...buckets.options('lake'), createBucket: true });
  const options = await buckets.create(prefix);
  return { store: await openS3ObjectStore(options), location: locationOf(options) };
}

/** Where Trino finds a store. */
function locationOf({ bucket, prefix }: S3ObjectStoreOptions): string {
  return [`s3://${bucket}`, prefix].filter((part) => part !== '').join('/');
}

/** Leaves the catalog as if no lake had been registered. */
export async function unregisterAll(trino: TrinoClient): Promise<void> {
  const { rows } = await trino.query(
    "SELECT table_schema, table_name FROM lake.information_schema.tables WHERE table_schema <> 'information_schema'",
  );
  for (const [schema, table] of rows) {
    await trino.query(
      `CALL lake.system.unregister_table(schema_name => '${schema}', table_name => '${table}')`,
    );
  }
  for (const schema of new Set(LAKE_TABLES.map(({ name }) => name.split('/')[0]))) {
    await trino.query(`DROP SCHEMA IF EXISTS lake.${schema}`);
  }
}
