// Actions of a commit: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions
import type { Action, AddFile, CommitInfo, Metadata, RemoveFile, Txn } from '../log/actions.ts';
import { OUR_PROTOCOL } from '../log/protocol.ts';
import { type Snapshot, txnVersion } from '../log/snapshot.ts';
import type { Predicate } from '../schema/predicate.ts';

/** Moves the stored version of an application in the same commit as the rows it stands for. */
export interface TxnUpdate {
  readonly appId: string;
  readonly version: number;
  /**
   * The stored version (null: none) on which the caller chose its rows: a compare-and-set. Left out, it is enough that
   * `version` is newer than what is stored, as for idempotent runs of a job.
   */
  readonly expected?: number | null;
}

/** What a commit is to do, decided on one snapshot, with its data files already written. */
export interface CommitIntent {
  /** What the decision stands on: a commit in between that changed it is a conflict. */
  readonly read: ReadScope;
  /** Files of the snapshot. */
  readonly removes: readonly AddFile[];
  readonly adds: readonly AddFile[];
  /** Of every add and remove; false where rows only move, as in compaction. */
  readonly dataChange: boolean;
  /** Replaces that of the table, whole; of a table that the commit creates it is the first. */
  readonly metadata?: Metadata;
  readonly txns?: readonly TxnUpdate[];
  /** `commitInfo.operation`, in the words of Spark: WRITE, DELETE, MERGE, OPTIMIZE, RESTORE. */
  readonly operation: string;
  /** Lists and objects as JSON text. */
  readonly operationParameters?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly userMetadata?: string;
}

export type ReadScope =
  | { readonly kind: 'nothing' }
  /** The files that may hold rows for which the predicate is true. */
  | { readonly kind: 'matching'; readonly where: Predicate }
  | { readonly kind: 'table' };

export interface Superseded {
  readonly outcome: 'superseded';
  readonly appId: string;
  readonly storedVersion: number | null;
}

export interface CommitPlan {
  readonly version: number;
  readonly actions: readonly Action[];
}

export interface CommitAttempt {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Unique to the attempt. */
  readonly txnId: string;
  readonly engineInfo: string;
}

/** The commit that follows `base`, by which the table is created where that is null. */
export function planCommit(base: Snapshot | null, intent: CommitIntent, attempt: CommitAttempt): CommitPlan {
  const { dataChange, metadata, txns = [] } = intent;
  const actions: Action[] = [{ commitInfo: commitInfoOf(base, intent, attempt) }];
  if (base === null) actions.push({ protocol: OUR_PROTOCOL });
  if (metadata !== undefined) actions.push({ metaData: metadata });
  for (const update of txns) actions.push({ txn: txnOf(update, attempt.now) });
  for (const file of intent.removes) actions.push({ remove: removeOf(file, dataChange, attempt.now) });
  for (const add of intent.adds)
    actions.push({ add: add.dataChange === dataChange ? add : { ...add, dataChange } });
  return { version: (base?.version ?? -1) + 1, actions };
}

/** The first txn that another commit has moved, or that is not newer than what is stored. */
export function findSuperseded(base: Snapshot | null, txns: readonly TxnUpdate[]): Superseded | null {
  for (const { appId, version, expected } of txns) {
    const storedVersion = txnVersion(base, appId);
    const isMoved = expected !== undefined && expected !== storedVersion;
    if (isMoved || (storedVersion !== null && storedVersion >= version)) {
      return { outcome: 'superseded', appId, storedVersion };
    }
  }
  return null;
}

function removeOf(file: AddFile, dataChange: boolean, now: number): RemoveFile {
  const { path, partitionValues, size, deletionVector } = file;
  return {
    path,
    deletionTimestamp: now,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
    ...(deletionVector === undefined ? {} : { deletionVector }),
  };
}

function txnOf({ appId, version }: TxnUpdate, now: number): Txn {
  return { appId, version, lastUpdated: now };
}

function commitInfoOf(
  base: Snapshot | null,
  intent: CommitIntent,
  { now, txnId, engineInfo }: CommitAttempt,
): CommitInfo {
  const metrics = Object.entries(intent.metrics ?? {}).map(([name, value]) => [name, `${value}`]);
  return {
    timestamp: now,
    operation: intent.operation,
    operationParameters: intent.operationParameters ?? {},
    ...(base === null ? {} : { readVersion: base.version }),
    isolationLevel: intent.dataChange ? 'Serializable' : 'SnapshotIsolation',
    isBlindAppend: intent.dataChange && intent.read.kind === 'nothing' && intent.removes.length === 0,
    operationMetrics: Object.fromEntries(metrics),
    ...(intent.userMetadata === undefined ? {} : { userMetadata: intent.userMetadata }),
    engineInfo,
    txnId,
  };
}
