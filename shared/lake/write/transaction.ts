import type { Action, AddFile, Metadata, Txn } from '../log/actions.ts';
import { OUR_PROTOCOL, requireRemovable, requireWritable } from '../log/protocol.ts';
import { type Snapshot, txnVersion } from '../log/snapshot.ts';
import { mergeSchemas, type Schema, schemaString } from '../schema/schema.ts';

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

/** What a writer wants, with its data files already written. */
export interface WriteIntent {
  readonly mode: 'append' | 'overwrite';
  readonly schema: Schema;
  readonly adds: readonly AddFile[];
  readonly rows: number;
  readonly txns: readonly TxnUpdate[];
  readonly operation: string;
  readonly userMetadata?: string;
  /** Properties of a table that this write creates. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Id of a table that this write creates. */
  readonly newTableId: string;
  readonly engineInfo: string;
}

export interface Superseded {
  readonly outcome: 'superseded';
  readonly appId: string;
  readonly storedVersion: number | null;
}

export interface CommitPlan {
  readonly outcome: 'commit';
  readonly version: number;
  readonly actions: readonly Action[];
}

/**
 * Decides the commit that follows `base` (null: no table yet). It is decided anew against every newer version after a
 * lost race, which applies the conflict rules of an optimistic commit: changed protocol or schema is checked again, a
 * moved txn supersedes the write, an append adds the same files, an overwrite removes whatever is there by then.
 * Times are epoch milliseconds; `txnId` is unique to the attempt.
 */
export function planCommit(
  base: Snapshot | null,
  intent: WriteIntent,
  attempt: { readonly now: number; readonly txnId: string },
): CommitPlan | Superseded {
  const superseded = findSuperseded(base, intent.txns);
  if (superseded !== null) return superseded;
  const removes = intent.mode === 'overwrite' && base !== null ? removeAll(base, attempt.now) : [];
  const actions: Action[] = [
    { commitInfo: commitInfoOf(base, intent, attempt, removes.length) },
    ...tableActions(base, intent, attempt.now),
    ...intent.txns.map((update) => ({ txn: txnOf(update, attempt.now) })),
    ...removes,
    ...intent.adds.map((add) => ({ add })),
  ];
  return { outcome: 'commit', version: (base?.version ?? -1) + 1, actions };
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

function tableActions(base: Snapshot | null, intent: WriteIntent, now: number): Action[] {
  if (base === null) {
    const metaData: Metadata = {
      id: intent.newTableId,
      format: { provider: 'parquet', options: {} },
      schemaString: schemaString(intent.schema),
      partitionColumns: [],
      configuration: intent.configuration,
      createdTime: now,
    };
    return [{ protocol: OUR_PROTOCOL }, { metaData }];
  }
  requireWritable(base.protocol, base.metadata, base.path);
  if (intent.mode === 'overwrite') requireRemovable(base.metadata, base.path);
  const schema = mergeSchemas(base.schema, intent.schema);
  return schema === base.schema
    ? []
    : [{ metaData: { ...base.metadata, schemaString: schemaString(schema) } }];
}

function removeAll(base: Snapshot, now: number): Action[] {
  return [...base.files].map(({ path, partitionValues, size }) => ({
    remove: {
      path,
      deletionTimestamp: now,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues,
      size,
    },
  }));
}

function txnOf({ appId, version }: TxnUpdate, now: number): Txn {
  return { appId, version, lastUpdated: now };
}

function commitInfoOf(
  base: Snapshot | null,
  intent: WriteIntent,
  { now, txnId }: { readonly now: number; readonly txnId: string },
  removed: number,
): Extract<Action, { commitInfo: unknown }>['commitInfo'] {
  const bytes = intent.adds.reduce((sum, add) => sum + add.size, 0);
  return {
    timestamp: now,
    operation: intent.operation,
    operationParameters: { mode: intent.mode === 'append' ? 'Append' : 'Overwrite', partitionBy: '[]' },
    ...(base === null ? {} : { readVersion: base.version }),
    isolationLevel: 'Serializable',
    isBlindAppend: intent.mode === 'append',
    operationMetrics: {
      numFiles: `${intent.adds.length}`,
      numRemovedFiles: `${removed}`,
      numOutputRows: `${intent.rows}`,
      numOutputBytes: `${bytes}`,
    },
    ...(intent.userMetadata === undefined ? {} : { userMetadata: intent.userMetadata }),
    engineInfo: intent.engineInfo,
    txnId,
  };
}
