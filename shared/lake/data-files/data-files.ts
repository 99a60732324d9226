import type { AddFile } from '../log/actions.ts';
import type { Batch, Value } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import type { Schema } from '../schema/schema.ts';

/**
 * The Parquet files of a table, whatever reads and writes them; which of them make up a version is the log's business.
 * Every implementation passes `data-files.contract.ts`.
 */
export interface DataFiles {
  /** Rows in no particular order. A column that is younger than its file is null there. */
  read(request: ReadFiles): AsyncIterable<Batch>;
  /** New files with the rows of `batches`; they belong to no version until a commit names them. */
  write(target: DataFileTarget, batches: Iterable<Batch> | AsyncIterable<Batch>): Promise<WrittenFiles>;
  /** New files with the rows of `files` that `drop` leaves. The sources stay. */
  rewrite(target: DataFileTarget, request: RewriteFiles): Promise<RewrittenFiles>;
}

/** A data file of one version. */
export interface ScanFile {
  readonly add: AddFile;
  /** In the store. */
  readonly path: string;
  /** Value of every partition column, by its name in the table's schema. */
  readonly partition: Readonly<Record<string, Value>>;
  /** Ordinals in the file, ascending, of the rows that a deletion vector hides; null where it has none. */
  readonly deleted: Uint32Array | null;
}

export interface ReadFiles {
  readonly files: readonly ScanFile[];
  /** The columns wanted, by their names in the table; a file tells them by `fieldId` where they have one, else by `physicalName`. */
  readonly schema: Schema;
  /** Rows for which it is not true are left out. Its columns need not be in `schema` but must be in `tableSchema`. */
  readonly where?: Predicate;
  readonly tableSchema: Schema;
}

/** Where new data files go and what they are like. All rows of one call belong to one partition. */
export interface DataFileTarget {
  /** Of the table, within its store. */
  readonly table: string;
  /** Of the whole table, partition columns included; these are left out of the files. */
  readonly schema: Schema;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Leaf columns that get statistics, counted from the first; -1: all. Table property `delta.dataSkippingNumIndexedCols`. */
  readonly indexedColumns?: number;
  /** Paths of the columns that get statistics, whatever their number. Table property `delta.dataSkippingStatsColumns`. */
  readonly statsColumns?: readonly (readonly string[])[];
  /** Files lie in random folders with names of this length, not in those of their partition. `delta.randomizeFilePrefixes`. */
  readonly randomPrefixLength?: number;
  /** A file is closed when it has grown beyond this many bytes. */
  readonly targetFileBytes?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A UUID, fresh on every call. */
  readonly newId: () => string;
}

export interface WrittenFiles {
  /** With `dataChange: true`; whoever only moves rows says otherwise. */
  readonly adds: readonly AddFile[];
  readonly rows: number;
  readonly bytes: number;
}

export interface RewriteFiles {
  /** All of the partition of the target. */
  readonly files: readonly ScanFile[];
  readonly drop: RowsToDrop;
}

export type RowsToDrop =
  | { readonly kind: 'none' }
  /** Rows whose `columns` equal a row of `keys`; null equals null. */
  | { readonly kind: 'keys'; readonly columns: readonly string[]; readonly keys: readonly Batch[] }
  | { readonly kind: 'where'; readonly predicate: Predicate };

export interface RewrittenFiles extends WrittenFiles {
  /** `rows` of `WrittenFiles` counts what was kept. */
  readonly dropped: number;
}
