/**
 * Every table of the catalogue, written in JavaScript and by DuckDB, read equal by delta-rs, Spark, Trino and DuckDB's delta
 * extension: the newest version, older ones, and rows by a condition, for which each engine skips files by our statistics.
 * Needs MinIO and Trino, and what DELTALAKE_PYTHON, SPARK_VENV and DUCKDB_DELTA_VENV name (see `.ci/run`).
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestLake, unregisterAll } from '../../../localstack/compose/trino/lake.fixture.ts';
import { registerTables } from '../../../localstack/compose/trino/register-tables.ts';
import { trinoClient } from '../../../localstack/compose/trino/trino-client.ts';
import { textOfRow } from '../../../localstack/e2e/deltalake/engine-values.ts';
import type { LakeEngine } from '../../../localstack/e2e/deltalake/lake-engine.ts';
import { deltaRsEngine, sparkEngine } from '../../../localstack/e2e/deltalake/python-engines.ts';
import { duckDbDeltaEngine, trinoEngine } from '../../../localstack/e2e/deltalake/sql-engines.ts';
import { runningService } from '../../../localstack/services/native/running-services.ts';
import { bulkDataFiles } from '../../adapters/bulk-data-files.ts';
import { openDuckDbDataFiles } from '../../adapters/duckdb-data-files.ts';
import { type FolderStore, openFolderStore } from '../../adapters/fs-object-store.ts';
import { testBuckets } from '../../adapters/s3-object-store-testing.ts';
import { filesOfFolder } from '../../adapters/store-files.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { type BatchRow, batchOfRows, rowsOfBatch } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { matches } from '../schema/predicate-match.ts';
import type { Schema } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { rowsOf } from '../testing.ts';
import type { LakeEnvironment } from '../write/environment.ts';
import { WRITTEN_TABLES, type WrittenTable, writeTable } from './written-tables.fixture.ts';

const { DELTALAKE_PYTHON = 'python3', SPARK_VENV = '', DUCKDB_DELTA_VENV = '' } = process.env;

/** What writes the data files, which is the first segment of a table's path. */
const WRITERS = ['js', 'bulk'] as const;
const CASES = WRITTEN_TABLES.flatMap((table) =>
  WRITERS.map((writer) => ({ path: `${writer}/${table.name}`, table, writer })),
);

const environment: LakeEnvironment = {
  now: Date.now,
  newId: randomUUID,
  random: Math.random,
  sleep: async () => undefined,
};

/** Whatever DuckDB takes goes to it, however little it is. */
const ALWAYS = { writtenRows: 1, readBytes: 1, filteredBytes: 1, rewrittenBytes: 1 };

let folder = '';
let store: FolderStore;
const written = new Map<string, readonly BatchRow[]>();
let engines: readonly LakeEngine[] = [];
const trino = trinoClient({ url: runningService('trino').url });
const buckets = testBuckets(runningService('minio'));
const matrix: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engines-'));
  const lake = join(folder, 'lake');
  store = await openFolderStore(lake);
  engines = [
    deltaRsEngine(DELTALAKE_PYTHON, lake),
    sparkEngine(SPARK_VENV, lake),
    trinoEngine(trino, 'lake'),
    await duckDbDeltaEngine(DUCKDB_DELTA_VENV, lake),
  ];
  const duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(folder, 'spill') });
  const bulk = bulkDataFiles(duckDb, parquetDataFiles(store), ALWAYS);
  for (const { path, table, writer } of CASES) {
    const dataFiles = writer === 'bulk' ? bulk : undefined;
    written.set(path, await writeTable(store, path, table, environment, dataFiles));
  }
  await bulk.close();
  await showToTrino(
    store,
    CASES.map(({ path }) => path),
  );
});

afterAll(async () => {
  console.log(matrix.join('\n'));
  for (const engine of engines) await engine.close();
  await unregisterAll(trino);
  await buckets.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('a table that we have written', () => {
  it.each(CASES)('$path is read equal by all', async ({ path, table, writer }) => {
    const ours = await loadSnapshot(store, path);
    const complete = batchOfRows(ours.schema, written.get(path) ?? []);
    expect(texts(await rowsIn(path))).toEqual(texts(rowsOfBatch(complete)));
    const verdicts = await Promise.all(
      engines.map(async (engine) => {
        await expectAgreed(engine, path, {});
        for (const where of table.where) await expectAgreed(engine, path, { where });
        for (const version of writer === 'js' ? olderVersions(table, ours.version) : []) {
          await expectAgreed(engine, path, { version });
        }
        return engine.name;
      }),
    );
    matrix.push(`${path}: ${verdicts.join(' = ')}`);
  });
});

/** The first, one amid the others, and the last but one. */
function olderVersions(table: WrittenTable, newest: number): ReadonlySet<number> {
  if (table.versions === 'newest') return new Set();
  return new Set(
    [0, Math.floor(newest / 2), newest - 1].filter((version) => version >= 0 && version < newest),
  );
}

interface Choice {
  readonly version?: number;
  readonly where?: Predicate;
}

async function expectAgreed(engine: LakeEngine, path: string, choice: Choice): Promise<void> {
  const { version, where } = choice;
  const { schema } = await loadSnapshot(store, path, version === undefined ? {} : { version });
  const shown = (await rowsIn(path, version)).map((row) => asShownBy(engine, schema, row));
  const ours = where === undefined ? shown : chosen(shown, where, schema);
  const theirs = await engine.rows({ table: path, schema, ...choice });
  expect({ engine: engine.name, path, choice: spelt(choice), rows: texts(theirs) }).toEqual({
    engine: engine.name,
    path,
    choice: spelt(choice),
    rows: texts(ours),
  });
}

/** Chosen by each row's values, without the files' statistics. */
function chosen(rows: readonly BatchRow[], where: Predicate, schema: Schema): BatchRow[] {
  const isWanted = matches(where, schema);
  const batch = batchOfRows(schema, rows);
  return rows.filter((_, row) => isWanted(batch, row));
}

async function rowsIn(path: string, version?: number): Promise<BatchRow[]> {
  return rowsOf(store, await loadSnapshot(store, path, version === undefined ? {} : { version }));
}

function asShownBy(engine: LakeEngine, { fields }: Schema, row: BatchRow): BatchRow {
  return Object.fromEntries(fields.map(({ name, type }) => [name, engine.shows(type, row[name] ?? null)]));
}

/** The same bytes in MinIO, since Trino does not read folders. */
async function showToTrino(from: ObjectStore, tables: readonly string[]): Promise<void> {
  const lake = await openTestLake(buckets);
  for (const { path } of await from.list('')) {
    await lake.store.put(path, (await from.get(path)) ?? new Uint8Array());
  }
  await registerTables({ trino, catalog: 'lake', ...lake, tables });
}

function texts(rows: readonly BatchRow[]): string[] {
  return rows.map(textOfRow).sort();
}

function spelt(choice: Choice): string {
  return JSON.stringify(choice, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
