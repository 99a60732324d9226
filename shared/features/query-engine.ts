import type { LakeTable } from '../tables/index.ts';

/** SQL over lake tables, each given as the data files of one pinned snapshot: DuckDB in process. */
export interface QueryEngine {
  /**
   * Runs one statement and streams its result in the order of the statement, at most `MAX_BATCH_ROWS` rows a batch.
   * Throws `query_failed` (the statement is wrong or a file cannot be read) and `query_interrupted` (the deadline came).
   */
  query(sql: string, options: QueryOptions): AsyncIterable<QueryBatch>;
  close(): Promise<void>;
}

export interface QueryOptions {
  /** View name in the statement -> what it shows. */
  readonly tables: Readonly<Record<string, QueryTable>>;
  /** Name without `$` -> value of `$name` in the statement. */
  readonly params?: Readonly<Record<string, string | number | bigint | boolean | null>>;
  /** Interrupts the query when aborted. */
  readonly deadline?: AbortSignal;
}

/** A table without files is empty, but has its columns. */
export interface QueryTable {
  readonly schema: LakeTable['schema'];
  /** Parquet files of one snapshot, as the object store names them for engines. */
  readonly files: readonly string[];
}

/**
 * Lake value types: integers up to 32 bits, floats and dates (days since 1970-01-01) are numbers, wider integers bigint,
 * decimals text such as `"12.50"`, timestamps bigint microseconds since 1970-01-01 UTC.
 */
export type QueryValue = null | boolean | number | bigint | string | Uint8Array;

/** Columns of equal length under the names that the statement gives them; fits the lake's `Batch`. */
export interface QueryBatch {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, readonly QueryValue[]>>;
}

export const MAX_BATCH_ROWS = 65_536;
