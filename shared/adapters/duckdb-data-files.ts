import { DuckDBInstance } from '@duckdb/node-api';
import type { DataFiles, Schema } from '../lake/index.ts';
import type { DuckDbEngine } from './duckdb-data-files-engine.ts';
import { readFiles } from './duckdb-data-files-read.ts';
import { RowSources } from './duckdb-data-files-source.ts';
import { isBulkColumn } from './duckdb-data-files-sql.ts';
import { rewriteFiles, writeFiles } from './duckdb-data-files-write.ts';
import type { StoreFiles } from './store-files.ts';

export interface DuckDbDataFilesOptions {
  readonly files: StoreFiles;
  /** What DuckDB may hold before it spills to `tempDir`, e.g. `1GB`. */
  readonly memoryLimit?: string;
  /** Default: all cores. */
  readonly threads?: number;
  readonly tempDir: string;
}

/** Data files for many rows at once, of tables whose columns it takes. */
export interface BulkDataFiles extends DataFiles {
  /** Whether tables of this schema are read and written; structs, maps and columns told by a field id are not. */
  takes(schema: Schema): boolean;
  /** Waits for what runs. */
  close(): Promise<void>;
}

/**
 * The lake's Parquet files through DuckDB in this process (https://duckdb.org/docs/stable/data/parquet/overview): data pages of
 * version 1, snappy. It costs some milliseconds a call, so that few rows are the lake's own writer's business: `bulkDataFiles`.
 */
export async function openDuckDbDataFiles(options: DuckDbDataFilesOptions): Promise<BulkDataFiles> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit ?? '1GB',
    temp_directory: options.tempDir,
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
    // Whatever a statement needs is built in; nothing is fetched at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Rows of a table have no order, and keeping one costs memory and threads.
    preserve_insertion_order: 'false',
  });
  const registered = await instance.connect();
  await registered.run("SET GLOBAL TimeZone = 'UTC'");
  const engine: DuckDbEngine = {
    files: options.files,
    sources: new RowSources(registered),
    connect: () => instance.connect(),
  };
  const running = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    // Whoever asked for the work gets its failure.
    const settled = work.catch(() => undefined).finally(() => running.delete(settled));
    running.add(settled);
    return work;
  };
  return {
    takes: (schema) => schema.fields.every(isBulkColumn),
    async *read(request) {
      let finish = (): void => undefined;
      track(
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
      );
      try {
        yield* readFiles(engine, request);
      } finally {
        finish();
      }
    },
    write: (target, batches) => track(writeFiles(engine, target, batches)),
    rewrite: (target, request) => track(rewriteFiles(engine, target, request)),
    close: async () => {
      while (running.size > 0) await Promise.all(running);
      registered.closeSync();
      instance.closeSync();
    },
  };
}
