import type { LakeTable, PinnedTable } from '../tables/index.ts';

/** SQL over lake tables, each given as the data files of one pinned snapshot: DuckDB in process. */
export interface QueryEngine {
  /**
   * Runs one statement and streams its result in the order of the statement, at most `MAX_BATCH_ROWS` rows a batch.
   * Throws `query_failed` (the statement is wrong or a file cannot be read; `details.position` is the place in the statement
   * in UTF-8 bytes, where there is one) and `query_interrupted` (the deadline came).
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
  /** Told once what the result consists of, before its first batch; also of a result without rows. */
  readonly onColumns?: (columns: readonly ResultColumn[]) => void;
}

/** A table without files is empty, but has its columns. */
export type QueryTable = PinnedTable;

export type QueryFile = QueryTable['files'][number];

export type DataType = LakeTable['schema']['fields'][number]['type'];

export interface ResultColumn {
  /** As the statement has it; several columns may have one name. */
  readonly name: string;
  /** Name of its own in `QueryBatch.columns`: the first of a name keeps it. */
  readonly key: string;
  /** Of its values; what the lake has no type for (an interval, a UUID) is text, an integer beyond 64 bits a `long`. */
  readonly type: DataType;
}

/**
 * Lake value types: integers up to 32 bits, floats and dates (days since 1970-01-01) are numbers, wider integers bigint,
 * decimals text such as `"12.50"`, timestamps bigint microseconds since 1970-01-01 (UTC, or as the clock showed them).
 * Lists are arrays, structs objects, and so are maps, whose keys are then text.
 */
export type QueryValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly QueryValue[]
  | { readonly [name: string]: QueryValue };

/** Columns of equal length, each under its `ResultColumn.key`; fits the lake's `Batch`. */
export interface QueryBatch {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, readonly QueryValue[]>>;
}

export const MAX_BATCH_ROWS = 65_536;
