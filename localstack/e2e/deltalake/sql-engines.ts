import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DataType, Schema, Value } from '../../../shared/lake/index.ts';
import { quotedName, quotedText, type TrinoClient } from '../../compose/trino/trino-client.ts';
import { DIALECTS, whereOf } from './engine-sql.ts';
import { rowsOfJson } from './engine-values.ts';
import type { EngineQuery, LakeEngine } from './lake-engine.ts';

/**
 * DuckDB's delta extension, in this process; it is built on delta-kernel-rs.
 * @param venv a Python environment that has `duckdb-extension-delta` of DuckDB's own version
 * @param lake a folder
 */
export async function duckDbDeltaEngine(venv: string, lake: string): Promise<LakeEngine> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`LOAD ${quotedText(extensionIn(venv))}`);
  await connection.run("SET TimeZone = 'UTC'");
  return {
    name: 'duckdb-delta',
    rows: async (query) => {
      const version = query.version === undefined ? '' : `, version = ${query.version}`;
      const from = `delta_scan(${quotedText(join(lake, query.table))}${version})`;
      const result = await connection.runAndReadAll(selectOf(query, from, DIALECTS.duckdb, duckDbExact));
      return rowsOfJson(query.schema, result.getRowObjectsJson());
    },
    shows: (_, value) => value,
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/**
 * Trino, over tables that are registered under the two segments of their path: schema and table. Its connector has times
 * in milliseconds, to which it rounds. https://trino.io/docs/476/connector/delta-lake.html#delta-lake-to-trino-type-mapping
 */
export function trinoEngine(trino: TrinoClient, catalog: string): LakeEngine {
  return {
    name: 'trino',
    rows: async (query) => {
      const [schema = '', table = ''] = query.table.split('/');
      const version = query.version === undefined ? '' : ` FOR VERSION AS OF ${query.version}`;
      const from = `${[catalog, schema, table].map(quotedName).join('.')}${version}`;
      const result = await trino.query(selectOf(query, from, DIALECTS.trino, trinoExact));
      const names = query.schema.fields.map(({ name }) => name);
      return rowsOfJson(
        query.schema,
        result.rows.map((row) => Object.fromEntries(names.map((name, place) => [name, row[place]]))),
      );
    },
    shows: (type, value) => (type === 'timestamp' && value !== null ? roundedToMillis(value) : value),
    close: async () => undefined,
  };
}

function roundedToMillis(value: Value): Value {
  const half = (value as bigint) + 500n;
  return half - (((half % 1000n) + 1000n) % 1000n);
}

/** Each column in a form that JSON carries exactly. */
type Exact = (column: string, type: DataType) => string;

const duckDbExact: Exact = (column, type) => {
  if (type === 'timestamp') return `epoch_us(${column})`;
  if (type === 'date') return `${column} - DATE '1970-01-01'`;
  return type === 'binary' ? `hex(${column})` : column;
};

const trinoExact: Exact = (column, type) => {
  if (type === 'timestamp') {
    const millis = `date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000 UTC', ${column})`;
    return `CAST(${millis} AS VARCHAR) || '000'`;
  }
  if (type === 'date') return `date_diff('day', DATE '1970-01-01', ${column})`;
  if (type === 'long') return `CAST(${column} AS VARCHAR)`;
  return type === 'binary' ? `to_hex(${column})` : column;
};

function selectOf(
  { schema, where }: EngineQuery,
  from: string,
  dialect: (typeof DIALECTS)[keyof typeof DIALECTS],
  exact: Exact,
): string {
  const columns = schema.fields.map(({ name, type }) => {
    const quoted = dialect.name(name);
    return `${exact(quoted, type)} AS ${quoted}`;
  });
  // Filtered before the columns are given their names anew.
  const condition = where === undefined ? '' : ` WHERE ${whereOf(where, schema as Schema, dialect)}`;
  return `SELECT ${columns.join(', ')} FROM ${from} AS t${condition}`;
}

function extensionIn(venv: string): string {
  const found = readdirSync(join(venv, 'lib'), { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('delta.duckdb_extension'),
  );
  if (found === undefined) throw new Error(`no delta.duckdb_extension in ${venv}`);
  return join(venv, 'lib', found);
}
