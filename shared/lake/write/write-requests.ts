import type { PlatformError } from '../../errors.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { Batch } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import type { Schema } from '../schema/schema.ts';
import type { Conflict } from './conflicts.ts';
import type { Superseded, TxnUpdate } from './transaction.ts';

export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** What any write may carry. */
export interface WriteOptions {
  /** Stored in the same commit as the rows: a write whose txn is not newer than the stored one is superseded. */
  readonly txns?: readonly TxnUpdate[];
  /** `commitInfo.operation`. */
  readonly operation?: string;
  readonly userMetadata?: string;
}

/** Used only when the write creates its table. */
export interface TableCreation {
  /** Table properties. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Partition columns, by name; of a table that exists another list is refused. */
  readonly partitionBy?: readonly string[];
}

export interface AppendWrite extends WriteOptions, TableCreation {
  /** Of the rows; may lack columns of the table and may bring new nullable ones. */
  readonly schema: Schema;
  readonly batches: Batches;
  /** What `snapshot` of this handle gave when the rows were chosen: the log is then not asked again before the write. */
  readonly base?: Snapshot | null;
}

export interface OverwriteWrite extends AppendWrite {
  /**
   * On partition columns only: the partitions that are replaced, which the rows must belong to too. Left out: all rows of
   * the table are replaced.
   */
  readonly where?: Predicate;
}

export interface DeleteWrite extends WriteOptions {
  /** Rows for which it is true go; those for which it is unknown stay. */
  readonly where: Predicate;
}

export interface MergeWrite extends WriteOptions, TableCreation {
  /** Of the upserted rows; may lack columns of the table (null then) and may bring new nullable ones. */
  readonly schema: Schema;
  /** Columns that tell rows apart; null equals null. */
  readonly key: readonly string[];
  /** Whole rows, held in memory: each replaces the rows of its key, or is inserted. A key that comes twice is refused. */
  readonly upserts: Batches;
  /** Batches of the key columns, held in memory: rows of these keys go. A key that is upserted too is refused. */
  readonly deletes?: Batches;
  /** As in `AppendWrite`. */
  readonly base?: Snapshot | null;
}

export type WriteOutcome = Committed | Superseded;

/** Of a commit whose files were chosen on a snapshot: a conflict is the caller's to resolve, on a fresh one. */
export type CommitOutcome = Committed | Superseded | Conflict;

export interface Committed {
  readonly outcome: 'committed';
  readonly version: number;
  readonly snapshot: Snapshot;
  /** Under the names of Delta's `operationMetrics`, such as `numOutputRows`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The commit stands, the checkpoint that was due does not: the next commit tries again. */
  readonly checkpointFailure?: PlatformError;
}
