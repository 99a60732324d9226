import type { ChangesSurvey } from '../../shared/features/index.ts';
import {
  type ChangesUnavailable,
  type Snapshot,
  type TxnUpdate,
  txnVersion,
  typeName,
} from '../../shared/lake/index.ts';
import type { LakeTable } from '../../shared/tables/index.ts';

/** Why a current table is made from all of its changes, and not from the new ones alone. */
export type RebuildReason =
  | 'no-current-table'
  /** The current table shows another raw table, which was deleted and made again, or was written by another program. */
  | 'other-raw-table'
  | 'other-columns'
  /** The raw table no longer tells which of its rows are new. */
  | ChangesUnavailable['reason']
  /** What a truncate leaves is told by all changes after it. */
  | 'truncated'
  /** Reading everything costs no more. */
  | 'mostly-new'
  | 'many-keys';

/** What to do with one `current/*` table, given the pinned version of its raw table. */
export type CurrentPlan =
  | { readonly kind: 'keep' }
  /** The rows of the raw versions after `shown`, up to the pinned one, are to be looked at: see `planMerge`. */
  | { readonly kind: 'follow'; readonly shown: number; readonly txn: TxnUpdate }
  | { readonly kind: 'rebuild'; readonly why: RebuildReason; readonly txn: TxnUpdate };

export type MergePlan =
  /** `floorLsn`: see `ChangesSurvey`; null where the changes are of no row. */
  | { readonly kind: 'merge'; readonly floorLsn: bigint | null }
  | { readonly kind: 'rebuild'; readonly why: RebuildReason };

/** A merge holds the rows of that many keys in memory: some 100 MB of the widest table. */
export const MAX_MERGED_KEYS = 250_000;

/**
 * The raw version that a current table shows is its transaction version. The application id carries the raw table's own id,
 * so that a raw table that was deleted and made again does not pass for an old version of the one before.
 */
export function planCurrent(target: LakeTable, raw: Snapshot, current: Snapshot | null): CurrentPlan {
  const appId = `feature/${target.name}/${raw.metadata.id}`;
  const shown = txnVersion(current, appId);
  if (shown !== null && shown >= raw.version) return { kind: 'keep' };
  const txn = { appId, version: raw.version };
  if (current === null) return { kind: 'rebuild', why: 'no-current-table', txn };
  if (shown === null) return { kind: 'rebuild', why: 'other-raw-table', txn };
  if (!hasColumnsOf(target, current)) return { kind: 'rebuild', why: 'other-columns', txn };
  // A merge counts from the version shown: superseded where another run has moved it.
  return { kind: 'follow', shown, txn: { ...txn, expected: shown } };
}

/** Whether new changes are merged, given what they touch. `rawRows`: of the raw table with them; null where it does not tell. */
export function planMerge(
  { changes, truncates, keys, floorLsn }: ChangesSurvey,
  rawRows: number | null,
): MergePlan {
  if (truncates > 0) return { kind: 'rebuild', why: 'truncated' };
  if (keys > MAX_MERGED_KEYS) return { kind: 'rebuild', why: 'many-keys' };
  // Both ways write what has changed; a merge reads the new changes twice, a rebuild all changes once.
  if (rawRows !== null && 2 * changes > rawRows) return { kind: 'rebuild', why: 'mostly-new' };
  return { kind: 'merge', floorLsn };
}

function hasColumnsOf(target: LakeTable, { schema }: Snapshot): boolean {
  const types = new Map(schema.fields.map(({ name, type }) => [name, typeName(type)]));
  return target.schema.fields.every(({ name, type }) => types.get(name) === typeName(type));
}
