import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { QueryFile, QueryTable } from '../features/index.ts';
import { identifier, literal, type ViewColumn, viewColumns } from './duckdb-view-columns.ts';

/** What a connection is given so that a statement finds a table. */
export interface ViewPlan {
  readonly fileLists: readonly FileList[];
  /** Creates the view; runs after the lists are there. */
  readonly statement: string;
}

/**
 * Files that are read by one `read_parquet`, which names each by its number in the list. The paths are handed over in a table
 * and a variable: of a list of ten thousand in the text of the statement, every use of the view would be parsed anew.
 */
export interface FileList {
  readonly files: readonly QueryFile[];
  /** Temporary table `file, path`, and a column for each of the partition. */
  readonly table: string;
  /** Variable with the paths in the order of `file`. */
  readonly variable: string;
  readonly partition: readonly ViewColumn[];
  /** Temporary table `file, row` of the rows that are not of the table; null where every row is. */
  readonly deletedRows: string | null;
}

/**
 * A view over the table's files with exactly the schema's columns and types. DuckDB is told the schema, so it opens no file
 * to find it out, gives null for a column that a file lacks, and converts what an older file has otherwise.
 * https://duckdb.org/docs/stable/data/parquet/overview#parameters (`schema`), #virtual-columns (`file_index`, `file_row_number`)
 */
export function planView(name: string, { schema, files }: QueryTable): ViewPlan {
  const partition = new Set(Object.keys(files[0]?.partition ?? {}));
  const columns = viewColumns(schema, partition);
  const fileLists = [files.filter(({ deleted }) => !deleted), files.filter(({ deleted }) => deleted)].flatMap(
    (list, index): FileList[] =>
      list.length === 0
        ? []
        : [
            {
              files: list,
              table: `${name}: files ${index}`,
              variable: `${name}: paths ${index}`,
              partition: columns.filter(({ source }) => source?.kind === 'partition'),
              deletedRows: index === 0 ? null : `${name}: deleted rows`,
            },
          ],
  );
  const selects =
    fileLists.length === 0 ? [selectNothing(columns)] : fileLists.map((list) => selectFiles(columns, list));
  return {
    fileLists,
    statement: `CREATE TEMP VIEW ${identifier(name)} AS ${selects.join(' UNION ALL ')}`,
  };
}

export async function createView(connection: DuckDBConnection, plan: ViewPlan): Promise<void> {
  for (const list of plan.fileLists) {
    await loadFiles(connection, list);
    if (list.deletedRows !== null) await loadDeletedRows(connection, list.files, list.deletedRows);
  }
  await connection.run(plan.statement);
}

function selectNothing(columns: readonly ViewColumn[]): string {
  const nulls = columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`);
  return `SELECT ${nulls.join(', ')} WHERE false`;
}

function selectFiles(columns: readonly ViewColumn[], list: FileList): string {
  const parameters = [`getvariable(${literal(list.variable)})`];
  const read: string[] = [];
  const values = columns.map(({ name, type, source }, index) => {
    if (source === null) return `NULL::${type} AS ${identifier(name)}`;
    if (source.kind === 'partition') return `p.${identifier(name)}`;
    // A name of its own: a file may have a column that is named as a virtual one.
    const readAs = `c${index}`;
    read.push(`${source.key}: {name: '${readAs}', type: ${literal(source.type)}, default_value: NULL}`);
    return `${source.valueOf(`f.${readAs}`)} AS ${identifier(name)}`;
  });
  if (read.length > 0) parameters.push(`schema = MAP {${read.join(', ')}}`);
  return [
    `SELECT ${values.join(', ')} FROM read_parquet(${parameters.join(', ')}) AS f`,
    ...(list.partition.length === 0 ? [] : [`JOIN ${identifier(list.table)} AS p ON p.file = f.file_index`]),
    ...(list.deletedRows === null
      ? []
      : [
          `ANTI JOIN ${identifier(list.deletedRows)} AS d ON d.file = f.file_index AND d.row = f.file_row_number`,
        ]),
  ].join(' ');
}

async function loadFiles(connection: DuckDBConnection, list: FileList): Promise<void> {
  const columns = list.partition.map(({ name, type }) => `, ${identifier(name)} ${type}`);
  const table = identifier(list.table);
  await connection.run(`CREATE TEMP TABLE ${table} (file BIGINT, path VARCHAR${columns.join('')})`);
  const appender = await connection.createAppender(list.table);
  for (const [index, { uri, partition }] of list.files.entries()) {
    appender.appendBigInt(BigInt(index));
    appender.appendVarchar(withoutPatterns(uri));
    for (const { name, type } of list.partition) appendValue(appender, type, partition[name] ?? null);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(
    `SET VARIABLE ${identifier(list.variable)} = (SELECT list(path ORDER BY file) FROM ${table})`,
  );
}

async function loadDeletedRows(
  connection: DuckDBConnection,
  files: readonly QueryFile[],
  table: string,
): Promise<void> {
  await connection.run(`CREATE TEMP TABLE ${identifier(table)} (file UINTEGER, row UINTEGER)`);
  const appender = await connection.createAppender(table);
  for (const [file, { deleted }] of files.entries()) {
    for (const row of deleted ?? []) {
      appender.appendUInteger(file);
      appender.appendUInteger(row);
      appender.endRow();
    }
  }
  appender.closeSync();
}

function appendValue(
  appender: DuckDBAppender,
  type: string,
  value: NonNullable<QueryFile['partition'][string]> | null,
): void {
  if (value === null) appender.appendNull();
  else if (type === 'DATE') appender.appendDate(new DuckDBDateValue(Number(value)));
  else if (type === 'TIMESTAMPTZ') appender.appendTimestampTZ(new DuckDBTimestampTZValue(value as bigint));
  else if (type === 'TIMESTAMP') appender.appendTimestamp(new DuckDBTimestampValue(value as bigint));
  else if (value instanceof Uint8Array) appender.appendBlob(value);
  // DuckDB reads numbers, decimals and booleans from their text without loss.
  else appender.appendVarchar(String(value));
}

/** `read_parquet` takes paths for patterns: https://duckdb.org/docs/stable/sql/functions/pattern_matching#globbing */
export function withoutPatterns(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}
