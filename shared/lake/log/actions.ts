// Actions of a commit: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions (times are epoch milliseconds)
import { messageOf, PlatformError } from '../../errors.ts';
import { canonicalUri } from '../store/canonical-uri.ts';
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
  /** Rows of the file that are no longer of the table. */
  readonly deletionVector?: DeletionVector;
}

/** Where the deletion vector of a file lies: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#deletion-vector-descriptor-schema */
export interface DeletionVector {
  /** `u`: a file beside the data, `p`: an absolute path, `i`: the vector itself. */
  readonly storageType: string;
  /** For `u` an optional folder and 20 characters of Z85 (a UUID), for `p` a URI, for `i` the vector in Z85. */
  readonly pathOrInlineDv: string;
  /** Of the vector's size field in its file; none for `i`. */
  readonly offset?: number;
  /** Of the vector, without its size field and checksum. */
  readonly sizeInBytes: number;
  /** Rows that are deleted. */
  readonly cardinality: number;
}

export interface RemoveFile {
  readonly path: string;
  readonly dataChange: boolean;
  readonly deletionTimestamp?: number;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: Readonly<Record<string, string | null>>;
  readonly size?: number;
  readonly deletionVector?: DeletionVector;
}

export interface Txn {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number;
}

export interface CommitInfo {
  readonly timestamp?: number;
  /** When the version was committed, where the table enables in-commit timestamps; ascending by version. */
  readonly inCommitTimestamp?: number;
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

/**
 * What tells a file of the log from another, however its path is spelt: one data file with different deletion vectors is
 * different files. https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file
 */
export function fileKey(file: { readonly path: string; readonly deletionVector?: DeletionVector }): string {
  const path = canonicalUri(file.path);
  const vector = file.deletionVector;
  return vector === undefined ? path : `${path}\0${deletionVectorId(vector)}`;
}

/** The protocol's `uniqueId` of a deletion vector. */
export function deletionVectorId({ storageType, pathOrInlineDv, offset }: DeletionVector): string {
  return `${storageType}${pathOrInlineDv}${offset === undefined ? '' : `@${offset}`}`;
}

/** A file with more of a V2 checkpoint; in checkpoints only. */
export interface Sidecar {
  /** Its name, or its whole URI, which ends in its name: it lies in `_delta_log/_sidecars`. */
  readonly path: string;
}

/** One line of a commit. Actions that do not bear on the state of a table (cdc, unknown ones) are left out. */
export type Action =
  | { readonly protocol: Protocol }
  | { readonly metaData: Metadata }
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly txn: Txn }
  | { readonly commitInfo: CommitInfo }
  | { readonly sidecar: Sidecar };

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
  for (const kind of ACTION_KINDS) {
    const body = row[kind];
    if (!isRecord(body)) continue;
    requireFields(kind, body, source);
    return { [kind]: completed(kind, withoutNulls(body)) } as unknown as Action;
  }
  return null;
}

/** Some writers write `null` for what is absent. */
function withoutNulls(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const value of Object.values(record)) {
    if (value === null) return Object.fromEntries(Object.entries(record).filter(([, kept]) => kept !== null));
  }
  return record;
}

/** With what readers rely on, where a writer left it out because it is empty. */
function completed(kind: ActionKind, body: Readonly<Record<string, unknown>>): object {
  const vector = isRecord(body.deletionVector) ? { deletionVector: withoutNulls(body.deletionVector) } : {};
  if (kind === 'add') {
    return body.partitionValues === undefined || body.deletionVector !== undefined
      ? { partitionValues: {}, ...body, ...vector }
      : body;
  }
  if (kind === 'remove') return body.deletionVector === undefined ? body : { ...body, ...vector };
  if (kind !== 'metaData') return body;
  const format = { provider: 'parquet', options: {}, ...(isRecord(body.format) ? body.format : {}) };
  return { partitionColumns: [], configuration: {}, ...body, format };
}

/** Refuses an action that lacks a field without which it cannot be used; `source` names it. */
export function requireFields(kind: ActionKind, body: object, source: string): void {
  for (const { key, type } of REQUIRED[kind]) {
    const value = (body as Readonly<Record<string, unknown>>)[key];
    if (typeof value !== type) {
      throw corrupt(source, `${kind}.${key} must be a ${type}, got ${String(value)}`);
    }
    if (type === 'number' && !Number.isSafeInteger(value)) {
      throw corrupt(source, `${kind}.${key} is ${String(value)}`);
    }
  }
}

export type ActionKind = 'add' | 'remove' | 'txn' | 'metaData' | 'protocol' | 'commitInfo' | 'sidecar';

interface RequiredField {
  readonly key: string;
  readonly type: 'string' | 'number';
}

/** `commitInfo` may hold anything. */
const REQUIRED: Readonly<Record<ActionKind, readonly RequiredField[]>> = {
  add: [
    { key: 'path', type: 'string' },
    { key: 'size', type: 'number' },
  ],
  remove: [{ key: 'path', type: 'string' }],
  txn: [
    { key: 'appId', type: 'string' },
    { key: 'version', type: 'number' },
  ],
  metaData: [
    { key: 'id', type: 'string' },
    { key: 'schemaString', type: 'string' },
  ],
  protocol: [
    { key: 'minReaderVersion', type: 'number' },
    { key: 'minWriterVersion', type: 'number' },
  ],
  commitInfo: [],
  sidecar: [{ key: 'path', type: 'string' }],
};

const ACTION_KINDS = Object.keys(REQUIRED) as readonly ActionKind[];

function corrupt(source: string, message: string): PlatformError {
  return new PlatformError('lake_log_corrupt', `${source}: ${message}`);
}
