import type { EpochMillis } from './ids.ts';

/** c insert, u update, d delete, r snapshot read, t truncate. */
export type Operation = 'c' | 'u' | 'd' | 'r' | 't';

/** Column name to the JSON value that Debezium writes for it. */
export type Row = Readonly<Record<string, unknown>>;

/** What stands in a row for a large value that an update left as it was, and that the log therefore lacks; Debezium's text. */
export const UNAVAILABLE_VALUE = '__debezium_unavailable_value';

export interface ChangeEvent {
  readonly table: string;
  readonly op: Operation;
  readonly before: Row | null;
  readonly after: Row | null;
  /** Commit time of the transaction; for a snapshot row the time of the snapshot. */
  readonly commitAt: EpochMillis;
  /** Position of the change itself; orders all changes of one row. */
  readonly lsn: bigint;
  /** Position of the transaction's commit, or of the commit before it where the source tells only that. */
  readonly commitLsn: bigint;
  /** Index of the change in its transaction, from 0; null where the source does not tell. */
  readonly txIndex: number | null;
}

/** Grows with every change of one row; comparable between snapshot and stream. */
export type RowVersion = bigint;

/**
 * A snapshot read at LSN x shows what was committed before x, so a streamed change at the same LSN is newer.
 * The row lock makes LSN order the commit order for changes of one row.
 */
export function rowVersion(change: Pick<ChangeEvent, 'lsn' | 'op'>): RowVersion {
  return change.lsn * 2n + (change.op === 'r' ? 0n : 1n);
}

/** The row as it stands after the change, or null when the change removed it. */
export function currentRow(change: Pick<ChangeEvent, 'op' | 'after'>): Row | null {
  return change.op === 'd' || change.op === 't' ? null : change.after;
}
