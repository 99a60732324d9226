// Actions of a commit: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions (times are epoch milliseconds)
import { messageOf, PlatformError } from '../../errors.ts';
import { isRecord } from './is-record.ts';

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

export interface Metadata {
  /** Constant for the life of the table. */
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number;
}

export interface AddFile {
  /** A URI: one decoding gives the path below the table. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text, kept as text: its longs and decimals do not fit JavaScript numbers. */
  readonly stats?: string;
  readonly tags?: Readonly<Record<string, string | null>>;
  readonly deletionVector?: unknown;
}

export interface RemoveFile {
  readonly path: string;
  readonly dataChange: boolean;
  readonly deletionTimestamp?: number;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: Readonly<Record<string, string | null>>;
  readonly size?: number;
}

export interface Txn {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number;
}

export interface CommitInfo {
  readonly timestamp?: number;
  readonly operation?: string;
  readonly operationParameters?: Readonly<Record<string, string>>;
  readonly readVersion?: number;
  readonly isolationLevel?: string;
  readonly isBlindAppend?: boolean;
  readonly operationMetrics?: Readonly<Record<string, string>>;
  readonly userMetadata?: string;
  readonly engineInfo?: string;
  /** Unique per commit attempt; tells our own commit from another's after a lost response. */
  readonly txnId?: string;
}

/** One line of a commit. Actions that do not bear on the state of a table (cdc, unknown ones) are left out. */
export type Action =
  | { readonly protocol: Protocol }
  | { readonly metaData: Metadata }
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly txn: Txn }
  | { readonly commitInfo: CommitInfo };

export function encodeCommit(actions: readonly Action[]): Uint8Array {
  return new TextEncoder().encode(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
}

/** Reads a commit file; `source` names it in errors. */
export function decodeCommit(bytes: Uint8Array, source: string): Action[] {
  const actions: Action[] = [];
  const lines = new TextDecoder().decode(bytes).split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (cause) {
      throw new PlatformError('lake_log_corrupt', `${source} line ${index + 1}: ${messageOf(cause)}`, {
        cause,
      });
    }
    const action = toAction(parsed, `${source} line ${index + 1}`);
    if (action !== null) actions.push(action);
  }
  return actions;
}

/** The action in a parsed log line or checkpoint row; null where it does not bear on the table's state. */
export function toAction(row: unknown, source: string): Action | null {
  if (!isRecord(row)) throw corrupt(source, 'is not an object');
  for (const [kind, required] of Object.entries(REQUIRED)) {
    const body = row[kind];
    if (!isRecord(body)) continue;
    for (const [key, type] of Object.entries(required)) {
      const value = body[key];
      if (typeof value !== type)
        throw corrupt(source, `${kind}.${key} must be a ${type}, got ${String(value)}`);
      if (type === 'number' && !Number.isSafeInteger(value))
        throw corrupt(source, `${kind}.${key} is ${value}`);
    }
    return { [kind]: body } as unknown as Action;
  }
  return null;
}

/** Fields without which an action cannot be used. `commitInfo` may hold anything. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, 'string' | 'number'>>>> = {
  add: { path: 'string', size: 'number' },
  remove: { path: 'string' },
  txn: { appId: 'string', version: 'number' },
  metaData: { id: 'string', schemaString: 'string' },
  protocol: { minReaderVersion: 'number', minWriterVersion: 'number' },
  commitInfo: {},
};

function corrupt(source: string, message: string): PlatformError {
  return new PlatformError('lake_log_corrupt', `${source}: ${message}`);
}
