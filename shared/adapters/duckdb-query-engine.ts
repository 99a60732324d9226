import {
  BIGINT,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import { messageOf, PlatformError } from '../errors.ts';
import {
  MAX_BATCH_ROWS,
  type QueryBatch,
  type QueryEngine,
  type QueryOptions,
  type QueryValue,
} from '../features/index.ts';
import { type ColumnReader, columnReaders } from './duckdb-columns.ts';
import { literal } from './duckdb-view-columns.ts';
import { createView, planView, withoutPatterns } from './duckdb-views.ts';

export interface DuckDbOptions {
  /** What DuckDB may hold before it spills to `tempDir`, e.g. `256MB`. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  readonly tempDir: string;
  /** The only folders whose files a statement can read, whatever it says. */
  readonly readableFolders: readonly string[];
}

/** How often an interruption is repeated until the query has stopped. */
const INTERRUPT_EVERY_MS = 20;

/** DuckDB in this process (https://duckdb.org/docs/stable/clients/node_neo/overview), one connection per query. */
export async function openDuckDbQueryEngine(options: DuckDbOptions): Promise<QueryEngine> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit ?? '256MB',
    threads: String(options.threads ?? 2),
    temp_directory: options.tempDir,
    // Whatever a statement needs is built in; nothing is fetched at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Keeps memory down; a statement that cares for order says so.
    preserve_insertion_order: 'false',
  });
  await lockDown(instance, options);
  return new DuckDbQueryEngine(instance);
}

/** https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview */
async function lockDown(instance: DuckDBInstance, { readableFolders }: DuckDbOptions): Promise<void> {
  // A folder is looked up by the text of a path, so it counts as a pattern too.
  const folders = readableFolders
    .map((folder) => folder.replace(/\/*$/, '/'))
    .flatMap((folder) => [folder, withoutPatterns(folder)])
    .map(literal);
  const connection = await instance.connect();
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await connection.run('SET GLOBAL errors_as_json = true');
    await connection.run(`SET GLOBAL allowed_directories = [${folders.join(', ')}]`);
    await connection.run('SET GLOBAL enable_external_access = false');
    await connection.run('SET GLOBAL lock_configuration = true');
  } finally {
    connection.closeSync();
  }
}

class DuckDbQueryEngine implements QueryEngine {
  readonly #instance: DuckDBInstance;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  async *query(sql: string, options: QueryOptions): AsyncGenerator<QueryBatch> {
    const stop = AbortSignal.any([this.#closing.signal, ...(options.deadline ? [options.deadline] : [])]);
    refuseWhenStopped(stop);
    const connection = await this.#instance.connect();
    let settle = (): void => undefined;
    const running = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#running.add(running);
    const release = interruptOn(stop, connection);
    try {
      for (const [name, table] of Object.entries(options.tables))
        await createView(connection, planView(name, table));
      refuseWhenStopped(stop);
      const result = await startQuery(connection, sql, options);
      const readers = columnReaders(result);
      options.onColumns?.(readers.map(({ name, key, type }) => ({ name, key, type })));
      yield* batchesOf(result, readers, stop);
    } catch (thrown) {
      refuseWhenStopped(stop, thrown);
      throw asQueryError(thrown);
    } finally {
      release();
      connection.closeSync();
      this.#running.delete(running);
      settle();
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await Promise.all(this.#running);
    this.#instance.closeSync();
  }
}

async function startQuery(
  connection: DuckDBConnection,
  sql: string,
  options: QueryOptions,
): Promise<DuckDBResult> {
  const params = Object.entries(options.params ?? {});
  if (params.length === 0) return connection.stream(sql);
  // A bigint is the lake's long; left to itself DuckDB takes it for 128 bits, which few functions accept.
  const types = params.flatMap(([name, value]) =>
    typeof value === 'bigint' ? [[name, BIGINT] as const] : [],
  );
  return connection.stream(sql, Object.fromEntries<DuckDBValue>(params), Object.fromEntries(types));
}

/** DuckDB's chunks of 2,048 rows joined to batches that are worth a row group. */
async function* batchesOf(
  result: DuckDBResult,
  readers: readonly ColumnReader[],
  stop: AbortSignal,
): AsyncGenerator<QueryBatch> {
  let columns: QueryValue[][] = readers.map(() => []);
  let rowCount = 0;
  const batch = (): QueryBatch => ({
    rowCount,
    columns: Object.fromEntries(readers.map(({ key }, i) => [key, columns[i] ?? []])),
  });
  for (;;) {
    const chunk = await result.fetchChunk();
    refuseWhenStopped(stop);
    if (chunk === null || chunk.rowCount === 0) break;
    if (rowCount + chunk.rowCount > MAX_BATCH_ROWS) {
      yield batch();
      columns = readers.map(() => []);
      rowCount = 0;
    }
    readers.forEach(({ read }, i) => {
      read(chunk, columns[i] ?? []);
    });
    rowCount += chunk.rowCount;
  }
  if (rowCount > 0) yield batch();
}

/**
 * Interrupts the connection once the signal aborts, and again until released: DuckDB forgets an interruption that arrives
 * between two statements, and a query that nobody interrupts outlives the function that started it.
 */
function interruptOn(signal: AbortSignal, connection: DuckDBConnection): () => void {
  let repeat: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    repeat = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  if (signal.aborted) interrupt();
  else signal.addEventListener('abort', interrupt, { once: true });
  return () => {
    signal.removeEventListener('abort', interrupt);
    clearInterval(repeat);
  };
}

function refuseWhenStopped(signal: AbortSignal, cause?: unknown): void {
  if (!signal.aborted) return;
  throw new PlatformError(
    'query_interrupted',
    `the query was interrupted: ${messageOf(signal.reason)}; give the function more time or the query less data`,
    { retryable: true, cause },
  );
}

function asQueryError(thrown: unknown): PlatformError {
  if (thrown instanceof PlatformError) return thrown;
  const { message, position } = told(messageOf(thrown));
  return new PlatformError('query_failed', `the query failed: ${message}`, {
    cause: thrown,
    ...(position === null ? {} : { details: { position } }),
  });
}

/** DuckDB's errors are JSON (`errors_as_json`), some of them after words of their own. */
function told(text: string): { readonly message: string; readonly position: number | null } {
  try {
    const error: unknown = JSON.parse(text.slice(Math.max(0, text.indexOf('{'))));
    const { exception_type: type, exception_message: message, position } = error as Record<string, string>;
    if (message === undefined) return { message: text, position: null };
    return {
      message: `${type} error: ${message}`,
      position: position === undefined ? null : Number(position),
    };
  } catch {
    return { message: text, position: null };
  }
}
