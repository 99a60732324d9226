import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECTS, type Dialect, whereOf } from './engine-sql.ts';
import { rowsOfJson } from './engine-values.ts';
import type { EngineName, EngineQuery, LakeEngine } from './lake-engine.ts';
import { type LineServer, startLineServer } from './line-server.ts';

/** An engine in a process of its own, which can be told more than to read. */
export interface ServedEngine extends LakeEngine {
  /** See the commands of its script. */
  readonly server: LineServer;
  /** Where it finds a table of the lake. */
  uri(table: string): string;
}

/**
 * delta-rs: reads by DataFusion.
 * @param python an interpreter that has `requirements.txt`
 * @param lake a folder or `s3://bucket/prefix`, for which `environment` says how it is reached
 */
export function deltaRsEngine(
  python: string,
  lake: string,
  environment: Readonly<Record<string, string>> = {},
): ServedEngine {
  const server = startLineServer([python, 'serve_deltalake.py'], environment);
  return servedEngine('delta-rs', server, lake, DIALECTS.datafusion);
}

/**
 * Spark with Delta, on this machine.
 * @param venv a Python environment that has pyspark, and in `jars` what Delta consists of
 * @param lake a folder
 */
export function sparkEngine(venv: string, lake: string): ServedEngine {
  const jars = readdirSync(join(venv, 'jars')).map((jar) => join(venv, 'jars', jar));
  const python = join(venv, 'bin/python');
  const server = startLineServer([python, 'serve_spark.py', ...jars], {
    PYSPARK_PYTHON: python,
    SPARK_LOCAL_IP: '127.0.0.1',
  });
  return servedEngine('spark', server, lake, DIALECTS.spark);
}

function servedEngine(name: EngineName, server: LineServer, lake: string, dialect: Dialect): ServedEngine {
  const uri = (table: string): string => `${lake}/${table}`;
  return {
    name,
    server,
    uri,
    rows: async ({ table, schema, version, where }: EngineQuery) => {
      const condition = where === undefined ? null : whereOf(where, schema, dialect);
      return rowsOfJson(schema, await server.ask('rows', uri(table), version ?? null, condition));
    },
    shows: (_, value) => value,
    close: () => server.close(),
  };
}
