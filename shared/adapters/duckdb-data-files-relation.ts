import { BIGINT } from '@duckdb/node-api';
import type { DataType, Field, Predicate, ScanFile, Schema } from '../lake/index.ts';
import type { EncodedBatch } from './duckdb-data-files-encode.ts';
import type { DuckDbEngine } from './duckdb-data-files-engine.ts';
import type { RowSource } from './duckdb-data-files-source.ts';
import { identifier, literal, parquetRelation, predicateSql, valueSql } from './duckdb-data-files-sql.ts';

/** Files that one relation reads. */
export interface FileGroup {
  readonly files: readonly ScanFile[];
  /** Of those columns that the statement uses, the same in all of the files. */
  readonly partition: ScanFile['partition'];
}

/**
 * Files of a relation agree in the partition columns that a statement uses, which are constants in it; a file with a deletion
 * vector stands alone. Statements stay of moderate length.
 */
export function groupFiles(files: readonly ScanFile[], partitionColumns: readonly string[]): FileGroup[] {
  const groups: FileGroup[] = [];
  const open = new Map<string, ScanFile[]>();
  for (const file of files) {
    const partition = Object.fromEntries(
      partitionColumns.map((name) => [name, file.partition[name] ?? null]),
    );
    const key = partitionColumns.map((name) => valueKey(file.partition[name])).join();
    const group = file.deleted === null ? open.get(key) : undefined;
    if (group !== undefined && group.length < FILES_AT_ONCE) {
      group.push(file);
      continue;
    }
    const started = [file];
    groups.push({ files: started, partition });
    if (file.deleted === null) open.set(key, started);
  }
  return groups;
}

const FILES_AT_ONCE = 1_000;

function valueKey(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  return typeof value === 'bigint' ? `${value}n` : `${JSON.stringify(value ?? null)}`;
}

/** A FROM clause and the conditions that go with it; `release` when the statement has run. */
export interface Relation {
  readonly from: string;
  readonly conditions: readonly string[];
  release(): void;
}

/** @param paths of the group's files on this machine */
export function relationOf(
  engine: DuckDbEngine,
  group: FileGroup,
  paths: readonly string[],
  fields: readonly Field[],
): Relation {
  const from = parquetRelation(paths, fields);
  const deleted = group.files[0]?.deleted ?? null;
  if (deleted === null || deleted.length === 0) return { from, conditions: [], release: () => undefined };
  const hidden = ordinalsSource(engine, deleted);
  return {
    from,
    conditions: [`file_row_number NOT IN (SELECT ordinal FROM ${hidden.sql})`],
    release: () => hidden.release(),
  };
}

/** The SQL of a predicate where partition columns are constants. */
export function conditionSql(
  predicate: Predicate,
  tableSchema: Schema,
  partition: ScanFile['partition'],
): string {
  const types = new Map(tableSchema.fields.map(({ name, type }) => [name, type]));
  const typeOf = (name: string): DataType => types.get(name) ?? 'string';
  return predicateSql(predicate, typeOf, (name) =>
    Object.hasOwn(partition, name) ? valueSql(typeOf(name), partition[name] ?? null) : identifier(name),
  );
}

/** Rows in these files, those that deletion vectors hide included. */
export function rowCountStatement(paths: readonly string[]): string {
  return `SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata([${paths.map(literal).join(', ')}])`;
}

function ordinalsSource(engine: DuckDbEngine, ordinals: Uint32Array): RowSource {
  const values = BigInt64Array.from(ordinals, BigInt);
  const batch: EncodedBatch = {
    rowCount: ordinals.length,
    columns: [
      {
        kind: 'fixed',
        rowCount: ordinals.length,
        validity: null,
        width: 8,
        values: new Uint8Array(values.buffer),
      },
    ],
    bytes: values.byteLength,
  };
  return engine.sources.add(['ordinal'], [BIGINT], [batch]);
}
