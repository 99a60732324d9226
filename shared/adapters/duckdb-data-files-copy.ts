// COPY … TO: https://duckdb.org/docs/stable/sql/statements/copy#parquet-options
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, PlatformError } from '../errors.ts';
import {
  type AddFile,
  type DataFileTarget,
  type Field,
  indexedSchema,
  newDataFile,
  type Schema,
} from '../lake/index.ts';
import { identifier, literal } from './duckdb-data-files-sql.ts';
import { type CopiedFile, copiedFile, statsOf } from './duckdb-data-files-stats.ts';
import type { StagingFolder } from './store-files.ts';

export interface WrittenCopy {
  readonly adds: readonly AddFile[];
  readonly rows: number;
}

const DEFAULT_TARGET_FILE_BYTES = 64 * 1024 * 1024;

/** Values of partition columns stand in the log. */
export function fieldsInFile({ schema, partitionValues }: DataFileTarget): readonly Field[] {
  return schema.fields.filter(({ name }) => !Object.hasOwn(partitionValues, name));
}

/**
 * Writes the rows of a SELECT to files of the target's size and makes them objects of the store. Pages are of version 1, which
 * every reader knows, and all columns are optional, as Spark's are.
 */
export async function copyOut(
  connection: DuckDBConnection,
  staging: StagingFolder,
  target: DataFileTarget,
  select: string,
): Promise<WrittenCopy> {
  const copied = await copyTo(connection, join(staging.folder, randomUUID()), target, select);
  const indexed = indexedSchema(target.schema, target);
  const adds: AddFile[] = [];
  for (const file of copied) {
    const stats = statsOf(file, indexed, await arrayNulls(connection, file, indexed));
    const { path, uri } = newDataFile(target);
    await staging.adopt(file.file, path);
    adds.push({
      path: uri,
      partitionValues: target.partitionValues,
      size: file.bytes,
      modificationTime: target.now(),
      dataChange: true,
      stats,
    });
  }
  return { adds, rows: copied.reduce((sum, { rows }) => sum + rows, 0) };
}

async function copyTo(
  connection: DuckDBConnection,
  folder: string,
  { targetFileBytes = DEFAULT_TARGET_FILE_BYTES }: DataFileTarget,
  select: string,
): Promise<CopiedFile[]> {
  const options = [
    'FORMAT parquet',
    'PARQUET_VERSION v1',
    'COMPRESSION snappy',
    `FILE_SIZE_BYTES ${Math.max(1, Math.floor(targetFileBytes))}`,
    'RETURN_STATS',
  ];
  try {
    const result = await connection.run(`COPY (${select}) TO ${literal(folder)} (${options.join(', ')})`);
    // Of no rows DuckDB writes a file all the same.
    return (await result.getRows()).map(copiedFile).filter(({ rows }) => rows > 0);
  } catch (cause) {
    throw new PlatformError('object_store_failed', `could not write data files: ${messageOf(cause)}`, {
      retryable: true,
      cause,
    });
  }
}

/** Rows without an array, of each array column that gets statistics. */
async function arrayNulls(
  connection: DuckDBConnection,
  { file }: CopiedFile,
  indexed: Schema,
): Promise<ReadonlyMap<string, number>> {
  const arrays = indexed.fields.filter(({ type }) => typeof type !== 'string');
  if (arrays.length === 0) return new Map();
  const counts = arrays.map(({ name }) => `count(*) - count(${identifier(name)})`);
  const result = await connection.run(`SELECT ${counts.join(', ')} FROM read_parquet(${literal(file)})`);
  const [row = []] = await result.getRows();
  return new Map(arrays.map(({ name }, i) => [name, Number(row[i])]));
}
