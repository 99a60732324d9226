import type { DuckDBConnection } from '@duckdb/node-api';
import type { RowSources } from './duckdb-data-files-source.ts';
import type { StoreFiles } from './store-files.ts';

/** What reading and writing data files need of DuckDB and the store. */
export interface DuckDbEngine {
  readonly files: StoreFiles;
  readonly sources: RowSources;
  /** The caller closes it. */
  connect(): Promise<DuckDBConnection>;
}
