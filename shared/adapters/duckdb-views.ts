import { PlatformError } from '../errors.ts';
import type { QueryTable } from '../features/index.ts';
import type { DataType } from '../lake/index.ts';

/**
 * A view over the table's files with exactly the schema's columns and types. An empty relation of those types is put before
 * the files, so that a table without files has its columns, and a column that no file has yet is null.
 */
export function viewStatement(name: string, { schema, files }: QueryTable): string {
  const columns = schema.fields.map((field) => ({
    name: identifier(field.name),
    type: sqlType(field.name, field.type),
  }));
  const typed = columns.map((column) => `NULL::${column.type} AS ${column.name}`).join(', ');
  const casts = columns.map((column) => `${column.name}::${column.type} AS ${column.name}`).join(', ');
  const empty = `SELECT ${typed} WHERE false`;
  const source =
    files.length === 0
      ? empty
      : `${empty} UNION ALL BY NAME SELECT * FROM read_parquet([${files.map(literal).join(', ')}], union_by_name = true)`;
  return `CREATE TEMP VIEW ${identifier(name)} AS SELECT ${casts} FROM (${source})`;
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
};

function sqlType(column: string, type: DataType): string {
  const sql =
    typeof type === 'string'
      ? (SQL_TYPES[type] ?? (/^decimal\(\d+,\d+\)$/.test(type) ? type : undefined))
      : undefined;
  if (sql === undefined) {
    throw new PlatformError(
      'query_type_unsupported',
      `column ${column} has type ${JSON.stringify(type)}, which the query engine does not show`,
    );
  }
  return sql;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
