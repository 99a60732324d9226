/**
 * Tables that we, delta-rs, Trino and Spark write in turn: after each write all of them read the rows that there must be.
 * And tables of Spark with features that we only read. Needs MinIO and Trino, and what DELTALAKE_PYTHON and SPARK_VENV name.
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
import {
  deltaRsEngine,
  type ServedEngine,
  sparkEngine,
} from '../../../localstack/e2e/deltalake/python-engines.ts';
import { trinoEngine } from '../../../localstack/e2e/deltalake/sql-engines.ts';
import { s3Environment } from '../../../localstack/e2e/lake-readers.ts';
import { runningService } from '../../../localstack/services/native/running-services.ts';
import { openFolderStore } from '../../adapters/fs-object-store.ts';
import { testBuckets } from '../../adapters/s3-object-store-testing.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { BatchRow } from '../schema/batch.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { rowsOf } from '../testing.ts';
import type { LakeEnvironment } from '../write/environment.ts';
import { openTable } from '../write/table.ts';
import { byDeltaRs, bySql, ours, row, type Turn } from './turns.fixture.ts';

const { DELTALAKE_PYTHON = 'python3', SPARK_VENV = '' } = process.env;

const environment: LakeEnvironment = {
  now: Date.now,
  newId: randomUUID,
  random: Math.random,
  sleep: async () => undefined,
};

const trino = trinoClient({ url: runningService('trino').url });
const buckets = testBuckets(runningService('minio'));
let folder = '';
let spark: ServedEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'co-writers-'));
  spark = sparkEngine(SPARK_VENV, folder);
});
afterAll(async () => {
  await spark.close();
  await unregisterAll(trino);
  await buckets.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('a table of ours', () => {
  it('in MinIO that Trino and delta-rs append to, merge into, delete from and checkpoint, in turn with us', async () => {
    const { store, location } = await openTestLake(buckets);
    const path = 'shared/sales';
    const deltaRs = deltaRsEngine(DELTALAKE_PYTHON, location, s3Environment(buckets.options('lake')));
    const table = ours(openTable(store, path, environment));
    const rows = await play(store, path, [], [table.append(row(0), row(1), row(2), row(3))], [deltaRs]);
    await registerTables({ trino, catalog: 'lake', store, location, tables: [path] });
    const sql = bySql('Trino', 'lake.shared.sales', (statement) => trino.query(statement));
    const rust = byDeltaRs((command, ...args) => deltaRs.server.ask(command, deltaRs.uri(path), ...args));
    const turns = [
      sql.insert(row(10), row(11), row(12)),
      table.merge(row(10, 'ours'), row(20)),
      rust.append(row(30), row(31), row(35, null)),
      sql.update(30, 'of Trino'),
      table.delete(11),
      rust.merge(row(1, 'of delta-rs'), row(40)),
      sql.merge(row(31, 'merged'), row(50)),
      rust.delete(12),
      table.append(row(60), row(61)),
      sql.delete(0),
      rust.checkpoint(),
      table.merge(row(50, 'ours again'), row(70)),
      sql.maintenance('an OPTIMIZE of Trino', 'ALTER TABLE lake.shared.sales EXECUTE optimize'),
      sql.insert(row(80)),
      table.append(row(90)),
      sql.maintenance('an ANALYZE of Trino', 'ANALYZE lake.shared.sales'),
      rust.append(row(100)),
      table.delete(80),
    ];
    await play(store, path, rows, turns, [deltaRs, trinoEngine(trino, 'lake')]);
    await deltaRs.close();
  });

  it('in a folder that Spark appends to, merges into, deletes from and checkpoints, in turn with us', async () => {
    const store = await openFolderStore(folder);
    const path = 'shared-with-spark';
    const table = ours(openTable(store, path, environment));
    const sql = bySql('Spark', `delta.\`${folder}/${path}\``, (statement) =>
      spark.server.ask('sql', statement),
    );
    const turns = [
      table.append(row(0), row(1), row(2), row(3)),
      sql.insert(row(10), row(11), row(12)),
      table.merge(row(10, 'ours'), row(20)),
      sql.update(11, 'of Spark'),
      table.delete(12),
      sql.merge(row(20, 'merged'), row(30)),
      sql.delete(0),
      table.append(row(40), row(45, null)),
      sql.maintenance('an OPTIMIZE of Spark', `OPTIMIZE delta.\`${folder}/${path}\``),
      sql.insert(row(50)),
      table.merge(row(50, 'ours again'), row(60)),
      table.delete(40),
    ];
    await play(store, path, [], turns, [spark]);
  });
});

describe('a table of Spark', () => {
  const features: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'deletion vectors',
      "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
      ['DELETE FROM $ WHERE id % 3 = 0', "UPDATE $ SET note = 'changed' WHERE id = 4"],
    ],
    [
      'columns mapped by name, of which one was renamed and one dropped',
      "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
      [
        'ALTER TABLE $ RENAME COLUMN note TO remark',
        'ALTER TABLE $ DROP COLUMN total',
        "INSERT INTO $ (id, at, remark) VALUES (90, TIMESTAMP '1969-12-31 23:59:59.999999', 'late')",
      ],
    ],
    [
      'columns mapped by id, in partitions',
      "PARTITIONED BY (shop) TBLPROPERTIES ('delta.columnMapping.mode' = 'id')",
      ['DELETE FROM $ WHERE id = 5'],
    ],
    [
      'V2 checkpoints, in-commit timestamps and deletion vectors',
      "TBLPROPERTIES ('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2', 'delta.enableInCommitTimestamps' = 'true', 'delta.enableDeletionVectors' = 'true')",
      ['DELETE FROM $ WHERE id = 1', 'DELETE FROM $ WHERE id = 2', 'DELETE FROM $ WHERE id = 6'],
    ],
    [
      'times without a zone',
      "TBLPROPERTIES ('delta.feature.timestampNtz' = 'supported')",
      [
        'ALTER TABLE $ ADD COLUMN local TIMESTAMP_NTZ',
        "UPDATE $ SET local = TIMESTAMP_NTZ '1969-12-31 23:59:59.123456' WHERE id = 2",
      ],
    ],
  ];

  it.each(features)('with %s is read equal', async (name, properties, statements) => {
    const store = await openFolderStore(folder);
    const path = name.replaceAll(/\W+/g, '-');
    const table = `delta.\`${folder}/${path}\``;
    const run = (statement: string) => spark.server.ask('sql', statement.replaceAll('$', table));
    await run(
      `CREATE TABLE $ (shop STRING, id INT, total DECIMAL(20,4), at TIMESTAMP, note STRING) USING DELTA ${properties}`,
    );
    await run(
      "INSERT INTO $ SELECT CASE WHEN id % 4 = 0 THEN NULL ELSE concat('s/', id % 3) END, CAST(id AS INT), CAST(-id AS DECIMAL(20,4)), " +
        "timestamp_micros(id * 1000001 - 5000000), CASE WHEN id % 5 = 0 THEN NULL ELSE concat('note ', id, ' 😀') END FROM range(12)",
    );
    for (const statement of statements) await run(statement);
    const newest = await loadSnapshot(store, path);
    for (let version = 1; version <= newest.version; version++) {
      const snapshot = await loadSnapshot(store, path, { version });
      const theirs = await spark.rows({ table: path, schema: snapshot.schema, version });
      expect({ version, rows: texts(await rowsOf(store, snapshot)) }).toEqual({
        version,
        rows: texts(theirs),
      });
    }
  });
});

/** Takes turns, and after each of them asks everyone for the rows. Resolves to the last. */
async function play(
  store: ObjectStore,
  path: string,
  before: readonly BatchRow[],
  turns: readonly Turn[],
  engines: readonly LakeEngine[],
): Promise<readonly BatchRow[]> {
  let rows = before;
  for (const [at, turn] of turns.entries()) {
    const after = `turn ${at}, ${turn.by}`;
    await turn.write();
    rows = turn.rows(rows);
    const expected = { after, rows: texts(rows) };
    const snapshot = await loadSnapshot(store, path);
    expect({ after, rows: texts(await rowsOf(store, snapshot)) }).toEqual(expected);
    for (const engine of engines) {
      const theirs = await engine.rows({ table: path, schema: snapshot.schema });
      expect({ engine: engine.name, after, rows: texts(theirs) }).toEqual({
        engine: engine.name,
        ...expected,
      });
    }
  }
  return rows;
}

function texts(rows: readonly BatchRow[]): string[] {
  return rows.map(textOfRow).sort();
}
