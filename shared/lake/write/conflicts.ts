// The rules of an optimistic commit, in the order in which Spark applies them:
// https://github.com/delta-io/delta/blob/master/spark/src/main/scala/org/apache/spark/sql/delta/ConflictChecker.scala
// https://docs.delta.io/latest/concurrency-control.html
import type { Action, AddFile } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { mayHoldRows } from '../read/scan-plan.ts';
import type { CommitIntent } from './transaction.ts';

export type ConflictKind =
  | 'protocol-changed'
  | 'metadata-changed'
  /** The winner moved a txn that the intent moves too. */
  | 'concurrent-transaction'
  /** The winner added rows that the intent would have had to read. */
  | 'concurrent-append'
  /** The winner removed a file that the intent has read. */
  | 'concurrent-delete-read'
  /** The winner removed a file that the intent removes too. */
  | 'concurrent-delete-delete';

/** Another commit took from the intent what it stands on: it must be decided anew, on a fresh snapshot. */
export interface Conflict {
  readonly outcome: 'conflict';
  readonly kind: ConflictKind;
  /** Of the winner. */
  readonly version: number;
}

export interface Winner {
  readonly version: number;
  readonly actions: readonly Action[];
}

/**
 * Whether an intent decided on `base` still holds after `winner`, a later version; null: it may be put after it with the
 * same files. Adds of a winner that only moved rows bring none that were not there: only its removals count. An intent that only moves
 * rows itself fights no appends, whatever it read.
 */
export function findConflict(base: Snapshot | null, intent: CommitIntent, winner: Winner): Conflict | null {
  const { actions, version } = winner;
  const conflict = (kind: ConflictKind): Conflict => ({ outcome: 'conflict', kind, version });
  if (actions.some((action) => 'protocol' in action)) return conflict('protocol-changed');
  if (actions.some((action) => 'metaData' in action)) return conflict('metadata-changed');
  if (movesTxnOf(intent, actions)) return conflict('concurrent-transaction');
  if (base === null) return null;
  const hasRead = readTest(base, intent);
  if (
    intent.dataChange &&
    actions.some((action) => 'add' in action && action.add.dataChange && hasRead(action.add))
  ) {
    return conflict('concurrent-append');
  }
  const removed = new Set(actions.flatMap((action) => ('remove' in action ? [action.remove.path] : [])));
  if (removed.size === 0) return null;
  if (intent.read.kind !== 'nothing') {
    for (const file of base.files) {
      if (removed.has(file.path) && hasRead(file)) return conflict('concurrent-delete-read');
    }
  }
  return intent.removes.some((file) => removed.has(file.path)) ? conflict('concurrent-delete-delete') : null;
}

function movesTxnOf(intent: CommitIntent, actions: readonly Action[]): boolean {
  const ours = new Set(intent.txns?.map((update) => update.appId));
  return actions.some((action) => 'txn' in action && ours.has(action.txn.appId));
}

function readTest(base: Snapshot, { read }: CommitIntent): (file: AddFile) => boolean {
  if (read.kind === 'nothing') return () => false;
  if (read.kind === 'table') return () => true;
  return mayHoldRows(base, read.where);
}
