/** What a table must be after any history of writes and maintenance, kept in memory beside it. */
import type { BatchRow, Value } from '../schema/batch.ts';

export interface Row extends BatchRow {
  readonly shop: string | null;
  readonly id: number;
  readonly value: number;
  /** Of a column that is younger than the table; null where the table lacks it. */
  readonly extra: string | null;
}

export interface ModelVersion {
  readonly rows: readonly Row[];
  readonly isWide: boolean;
  readonly operation: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Whether the commit removed rows; a restore may have. */
  readonly removes: 'yes' | 'no' | 'maybe';
}

/** A change of the rows, as one version makes it. */
export interface Effect {
  readonly rows: readonly Row[];
  readonly isWide: boolean;
  readonly operation: string;
  readonly removes: ModelVersion['removes'];
  /** What its application has stored with it. */
  readonly txn?: number;
}

export class HistoryModel {
  readonly versions: ModelVersion[] = [];
  /** The oldest version that no vacuum and no clean-up may have touched. Older ones are whole or refused. */
  guaranteedFrom = 0;
  /** The oldest version whose commit is sure to be in the log. */
  loggedFrom = 0;
  txn: number | null = null;

  get newest(): number {
    return this.versions.length - 1;
  }

  get current(): ModelVersion {
    return this.versions[this.newest]!;
  }

  commit({ txn, ...effect }: Effect, timestamp: number): void {
    this.versions.push({ ...effect, timestamp });
    if (txn !== undefined) this.txn = txn;
  }

  /** Files that were removed before `time`, or commits that were followed by one before it, may be gone. */
  forget(time: number, what: 'files' | 'log'): void {
    const firstNeeded = this.versions.findIndex(
      (_, version) => (this.versions[version + 1]?.timestamp ?? Number.POSITIVE_INFINITY) >= time,
    );
    this.guaranteedFrom = Math.max(this.guaranteedFrom, firstNeeded);
    if (what === 'log') this.loggedFrom = Math.max(this.loggedFrom, firstNeeded);
  }

  /** Rows that versions from `from` on have added, where none has removed any. */
  addedSince(from: number): string[] {
    const left = textsOf(this.current.rows);
    for (const text of from === 0 ? [] : textsOf(this.versions[from - 1]!.rows)) {
      left.splice(left.indexOf(text), 1);
    }
    return left;
  }
}

/** Rows in one order, whatever order the files came in; a column that the table lacks reads as null. */
export function textsOf(rows: readonly Readonly<Record<string, Value>>[]): string[] {
  return rows.map(({ shop, id, value, extra = null }) => JSON.stringify([shop, id, value, extra])).sort();
}
