import type { DuckDBConnection } from '@duckdb/node-api';
import { PlatformError } from '../errors.ts';
import {
  type Batch,
  type DataFileTarget,
  matches,
  type RewriteFiles,
  type RewrittenFiles,
  type RowsToDrop,
  type ScanFile,
  type Schema,
  type WrittenFiles,
} from '../lake/index.ts';
import { copyOut, fieldsInFile, type WrittenCopy } from './duckdb-data-files-copy.ts';
import { type EncodedBatch, encodeBatch } from './duckdb-data-files-encode.ts';
import type { DuckDbEngine } from './duckdb-data-files-engine.ts';
import { readError } from './duckdb-data-files-read.ts';
import { conditionSql, groupFiles, relationOf, rowCountStatement } from './duckdb-data-files-relation.ts';
import { duckDbType, identifier, valueSql } from './duckdb-data-files-sql.ts';
import type { StagingFolder } from './store-files.ts';

/** Rows that wait in memory, in DuckDB's layout, to become files: as many again are encoded while these are written. */
const BYTES_AT_ONCE = 192 * 1024 * 1024;

export async function writeFiles(
  engine: DuckDbEngine,
  target: DataFileTarget,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<WrittenFiles> {
  const fields = fieldsInFile(target);
  const types = fields.map(({ type }) => duckDbType(type));
  return staged(engine, async (connection, staging) => {
    const copies: Promise<WrittenCopy>[] = [];
    let pending: EncodedBatch[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const source = engine.sources.add(
        fields.map(({ name }) => name),
        types,
        pending,
      );
      pending = [];
      bytes = 0;
      // One after the other, while the next rows are encoded.
      await copies.at(-1);
      const copy = copyOut(connection, staging, target, `SELECT * FROM ${source.sql}`);
      copies.push(copy.finally(() => source.release()));
    };
    try {
      for await (const batch of batches) {
        if (batch.rowCount === 0) continue;
        requireKnownColumns(target.schema, batch);
        const encoded = encodeBatch(fields, batch);
        pending.push(encoded);
        bytes += encoded.bytes;
        if (bytes >= BYTES_AT_ONCE) await flush();
      }
      if (pending.length > 0) await flush();
      return total(await Promise.all(copies));
    } finally {
      // Also where a batch is refused: nothing may still write when the folder goes.
      await Promise.allSettled(copies);
    }
  });
}

/** One statement reads all sources and writes what stays of them. */
export async function rewriteFiles(
  engine: DuckDbEngine,
  target: DataFileTarget,
  request: RewriteFiles,
): Promise<RewrittenFiles> {
  const { files, drop } = request;
  if (drop.kind === 'where') matches(drop.predicate, target.schema);
  if (files.length === 0) return { adds: [], rows: 0, bytes: 0, dropped: 0 };
  const held = await engine.files.hold(files.map(({ path }) => path));
  try {
    return await staged(engine, async (connection, staging) => {
      const statement = keptRows(engine, target, request, held.paths);
      try {
        const written = total([await copyOut(connection, staging, target, statement.sql)]);
        const [[counted] = []] = await (await connection.run(rowCountStatement(held.paths))).getRows();
        const hidden = files.reduce((sum, { deleted }) => sum + (deleted?.length ?? 0), 0);
        return { ...written, dropped: Number(counted) - hidden - written.rows };
      } finally {
        statement.release();
      }
    });
  } catch (thrown) {
    throw await readError(thrown, files, held.paths);
  } finally {
    await held.release();
  }
}

interface Statement {
  readonly sql: string;
  release(): void;
}

function keptRows(
  engine: DuckDbEngine,
  target: DataFileTarget,
  { files, drop }: RewriteFiles,
  paths: readonly string[],
): Statement {
  const fields = fieldsInFile(target);
  const columns = fields.map(({ name }) => identifier(name)).join(', ');
  const stays = stayCondition(engine, target.schema, files[0]?.partition ?? {}, drop);
  const pathOf = new Map(files.map((file, i) => [file, paths[i] ?? '']));
  const relations = groupFiles(files, []).map((group) =>
    relationOf(
      engine,
      group,
      group.files.map((file) => pathOf.get(file) ?? ''),
      fields,
    ),
  );
  const selects = relations.map(({ from, conditions }) => {
    const all = stays.sql === '' ? conditions : [...conditions, stays.sql];
    return `SELECT ${columns} FROM ${from} AS t${all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`}`;
  });
  return {
    sql: selects.join(' UNION ALL '),
    release: () => {
      for (const relation of relations) relation.release();
      stays.release();
    },
  };
}

/** True for the rows of `t` that are not dropped. */
function stayCondition(
  engine: DuckDbEngine,
  schema: Schema,
  partition: ScanFile['partition'],
  drop: RowsToDrop,
): Statement {
  const nothing = () => undefined;
  switch (drop.kind) {
    case 'none':
      return { sql: '', release: nothing };
    case 'where':
      return { sql: `(${conditionSql(drop.predicate, schema, partition)}) IS NOT TRUE`, release: nothing };
    case 'keys': {
      const fields = drop.columns.map((name) => keyColumn(schema, name));
      const keys = engine.sources.add(
        fields.map(({ name }) => name),
        fields.map(({ type }) => duckDbType(type)),
        drop.keys.map((batch) => encodeBatch(fields, batch)),
      );
      const equal = fields.map(({ name, type }) => {
        const ours = Object.hasOwn(partition, name)
          ? valueSql(type, partition[name] ?? null)
          : `t.${identifier(name)}`;
        return `k.${identifier(name)} IS NOT DISTINCT FROM ${ours}`;
      });
      return {
        sql: `NOT EXISTS (SELECT 1 FROM ${keys.sql} AS k WHERE ${equal.join(' AND ')})`,
        release: () => keys.release(),
      };
    }
  }
}

function keyColumn(schema: Schema, name: string): Schema['fields'][number] {
  const column = schema.fields.find((candidate) => candidate.name === name);
  if (column !== undefined) return { ...column, nullable: true };
  throw new PlatformError(
    'lake_merge_key_invalid',
    `key column ${name} is not among the columns of the table`,
  );
}

/** Gives the work a connection and a folder for new files, which is gone afterwards. */
async function staged<T>(
  engine: DuckDbEngine,
  work: (connection: DuckDBConnection, staging: StagingFolder) => Promise<T>,
): Promise<T> {
  const staging = await engine.files.stage();
  try {
    const connection = await engine.connect();
    try {
      return await work(connection, staging);
    } finally {
      connection.closeSync();
    }
  } finally {
    await staging.release();
  }
}

function total(copies: readonly WrittenCopy[]): WrittenFiles {
  const adds = copies.flatMap((copy) => copy.adds);
  return {
    adds,
    rows: copies.reduce((sum, { rows }) => sum + rows, 0),
    bytes: adds.reduce((sum, { size }) => sum + size, 0),
  };
}

function requireKnownColumns(schema: Schema, batch: Batch): void {
  const names = new Set(schema.fields.map((column) => column.name));
  const stray = Object.keys(batch.columns).find((name) => !names.has(name));
  if (stray === undefined) return;
  throw new PlatformError(
    'lake_schema_mismatch',
    `the rows have a column ${stray} that their schema does not name`,
  );
}
