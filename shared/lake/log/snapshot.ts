// Log replay: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#action-reconciliation
import { PlatformError } from '../../errors.ts';
import type { Schema } from '../schema/schema.ts';
import {
  type Action,
  type AddFile,
  fileKey,
  type Metadata,
  type Protocol,
  type RemoveFile,
  type Txn,
} from './actions.ts';
import type { CheckpointPart } from './checkpoint-reader.ts';
import { FileSet } from './file-set.ts';
import { requireReadable } from './protocol.ts';
import { deletedFileRetentionMs } from './table-properties.ts';
import { tableSchema } from './table-schema.ts';

/** One version of a table: immutable, complete, safe to read while others write. */
export interface Snapshot {
  /** Of the table, within its store. */
  readonly path: string;
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  /** With as much column mapping as is in force: see `physicalName` and `fieldId`. */
  readonly schema: Schema;
  readonly files: FileSet;
  /** Removed files that VACUUM has yet to delete, by their `fileKey`. */
  readonly tombstones: ReadonlyMap<string, RemoveFile>;
  /** Newest transaction of each application. */
  readonly txns: ReadonlyMap<string, Txn>;
  /** The newest checkpoint that is known, at or below `version`. */
  readonly checkpointVersion: number | null;
}

/** The snapshot after one more commit. */
export function nextSnapshot(base: Snapshot, actions: readonly Action[]): Snapshot {
  const added = new Map<string, AddFile>();
  const removed = new Map<string, RemoveFile>();
  const txns = new Map(base.txns);
  let { protocol, metadata } = base;
  for (const action of actions) {
    if ('add' in action) added.set(fileKey(action.add), action.add);
    else if ('remove' in action) removed.set(fileKey(action.remove), action.remove);
    else if ('txn' in action) txns.set(action.txn.appId, action.txn);
    else if ('protocol' in action) protocol = action.protocol;
    else if ('metaData' in action) metadata = action.metaData;
  }
  requireReadable(protocol, base.path);
  const isAltered = protocol !== base.protocol || metadata !== base.metadata;
  const schema = isAltered ? tableSchema(protocol, metadata) : base.schema;
  const files = base.files.with([...added.values()], removed.keys());
  const tombstones = tombstonesAfter(base.tombstones, removed, added, deletedFileRetentionMs(metadata));
  return { ...base, version: base.version + 1, protocol, metadata, schema, files, tombstones, txns };
}

/** The version that `appId` has stored with its last commit; null where it has none. */
export function txnVersion(snapshot: Snapshot | null, appId: string): number | null {
  return snapshot?.txns.get(appId)?.version ?? null;
}

/** Rows of the table by its statistics, less those that deletion vectors hide; null where a file has none. */
export function rowCount(snapshot: Snapshot): number | null {
  let rows = 0;
  for (const file of snapshot.files) {
    const match = /"numRecords"\s*:\s*(\d+)/.exec(file.stats ?? '');
    if (match === null) return null;
    rows += Number(match[1]) - (file.deletionVector?.cardinality ?? 0);
  }
  return rows;
}

/**
 * A snapshot that is followed for days keeps no tombstone for longer than the table keeps removed files, by the clock of
 * the commits themselves.
 */
function tombstonesAfter(
  base: ReadonlyMap<string, RemoveFile>,
  removed: ReadonlyMap<string, RemoveFile>,
  added: ReadonlyMap<string, AddFile>,
  retentionMs: number,
): ReadonlyMap<string, RemoveFile> {
  const revived = [...added.keys()].filter((key) => base.has(key) || removed.has(key));
  if (removed.size === 0 && revived.length === 0) return base;
  let newest = 0;
  for (const { deletionTimestamp = 0 } of removed.values()) newest = Math.max(newest, deletionTimestamp);
  const expiry = newest - retentionMs;
  const tombstones = new Map<string, RemoveFile>();
  for (const [key, file] of base) {
    if ((file.deletionTimestamp ?? newest) > expiry) tombstones.set(key, file);
  }
  for (const [key, file] of removed) tombstones.set(key, file);
  for (const key of revived) tombstones.delete(key);
  return tombstones;
}

/** Replays checkpoint and commits in ascending order: the newest reference to a file, application or table wins. */
export class Replay {
  readonly #path: string;
  readonly #checkpointFiles: (readonly AddFile[])[] = [];
  /** Files that commits have named: added and still there, or null where removed. */
  readonly #changed = new Map<string, AddFile | null>();
  readonly #tombstones = new Map<string, RemoveFile>();
  readonly #txns = new Map<string, Txn>();
  #protocol: Protocol | null = null;
  #metadata: Metadata | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** A part of the checkpoint that comes before all commits. No two parts hold one file. */
  load(part: CheckpointPart): void {
    this.#checkpointFiles.push(part.adds);
    for (const file of part.removes) this.#tombstones.set(fileKey(file), file);
    for (const txn of part.txns) this.#txns.set(txn.appId, txn);
    this.#protocol = part.protocol ?? this.#protocol;
    this.#metadata = part.metadata ?? this.#metadata;
  }

  apply(actions: readonly Action[]): void {
    // Within one commit the order of actions carries no meaning: a file both removed and added there is present.
    for (const action of actions) {
      if ('remove' in action) {
        const key = fileKey(action.remove);
        this.#changed.set(key, null);
        this.#tombstones.set(key, action.remove);
      }
    }
    for (const action of actions) {
      if ('add' in action) {
        const key = fileKey(action.add);
        this.#changed.set(key, action.add);
        this.#tombstones.delete(key);
      } else if ('txn' in action) this.#txns.set(action.txn.appId, action.txn);
      else if ('protocol' in action) this.#protocol = action.protocol;
      else if ('metaData' in action) this.#metadata = action.metaData;
    }
  }

  snapshot(version: number, checkpointVersion: number | null): Snapshot {
    const protocol = this.#required(this.#protocol, 'protocol', version);
    requireReadable(protocol, this.#path);
    const metadata = this.#required(this.#metadata, 'metaData', version);
    return {
      path: this.#path,
      version,
      protocol,
      metadata,
      schema: tableSchema(protocol, metadata),
      files: FileSet.ofDistinct(this.#files()),
      tombstones: this.#tombstones,
      txns: this.#txns,
      checkpointVersion,
    };
  }

  #files(): AddFile[] {
    const changed = this.#changed;
    const isKept = (file: AddFile) => !changed.has(fileKey(file));
    const parts =
      changed.size === 0 ? this.#checkpointFiles : this.#checkpointFiles.map((files) => files.filter(isKept));
    const files: AddFile[] = [];
    return files.concat(
      ...parts,
      [...changed.values()].filter((file) => file !== null),
    );
  }

  #required<T>(found: T | null, kind: string, version: number): T {
    if (found !== null) return found;
    throw new PlatformError(
      'lake_log_corrupt',
      `table ${this.#path} has no ${kind} up to version ${version}`,
    );
  }
}
