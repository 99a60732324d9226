// Log replay: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#action-reconciliation
import { PlatformError } from '../../errors.ts';
import { parseSchema, type Schema } from '../schema/schema.ts';
import type { Action, AddFile, Metadata, Protocol, RemoveFile, Txn } from './actions.ts';
import { FileSet } from './file-set.ts';
import { requireReadable } from './protocol.ts';

/** One version of a table: immutable, complete, safe to read while others write. */
export interface Snapshot {
  /** Of the table, within its store. */
  readonly path: string;
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: Schema;
  readonly files: FileSet;
  /** Removed files that VACUUM has yet to delete. */
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
  let { protocol, metadata, schema } = base;
  for (const action of actions) {
    if ('add' in action) added.set(action.add.path, action.add);
    else if ('remove' in action) removed.set(action.remove.path, action.remove);
    else if ('txn' in action) txns.set(action.txn.appId, action.txn);
    else if ('protocol' in action) protocol = action.protocol;
    else if ('metaData' in action) {
      metadata = action.metaData;
      schema = parseSchema(metadata.schemaString);
    }
  }
  requireReadable(protocol, base.path);
  const files = base.files.with([...added.values()], removed.keys());
  const tombstones = tombstonesAfter(base.tombstones, removed, added);
  return { ...base, version: base.version + 1, protocol, metadata, schema, files, tombstones, txns };
}

/** The version that `appId` has stored with its last commit; null where it has none. */
export function txnVersion(snapshot: Snapshot | null, appId: string): number | null {
  return snapshot?.txns.get(appId)?.version ?? null;
}

/** Rows of the table by its statistics; null where a file has none. */
export function rowCount(snapshot: Snapshot): number | null {
  let rows = 0;
  for (const file of snapshot.files) {
    const match = /"numRecords"\s*:\s*(\d+)/.exec(file.stats ?? '');
    if (match === null) return null;
    rows += Number(match[1]);
  }
  return rows;
}

function tombstonesAfter(
  base: ReadonlyMap<string, RemoveFile>,
  removed: ReadonlyMap<string, RemoveFile>,
  added: ReadonlyMap<string, AddFile>,
): ReadonlyMap<string, RemoveFile> {
  const revived = [...added.keys()].filter((path) => base.has(path) || removed.has(path));
  if (removed.size === 0 && revived.length === 0) return base;
  const tombstones = new Map([...base, ...removed]);
  for (const path of revived) tombstones.delete(path);
  return tombstones;
}

/** Replays checkpoint and commits in ascending order: the newest reference to a file, application or table wins. */
export class Replay {
  readonly #path: string;
  readonly #files = new Map<string, AddFile>();
  readonly #tombstones = new Map<string, RemoveFile>();
  readonly #txns = new Map<string, Txn>();
  #protocol: Protocol | null = null;
  #metadata: Metadata | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  apply(actions: readonly Action[]): void {
    // Within one commit the order of actions carries no meaning: a file both removed and added there is present.
    for (const action of actions) {
      if ('remove' in action) {
        this.#files.delete(action.remove.path);
        this.#tombstones.set(action.remove.path, action.remove);
      }
    }
    for (const action of actions) {
      if ('add' in action) {
        this.#files.set(action.add.path, action.add);
        this.#tombstones.delete(action.add.path);
      } else if ('txn' in action) this.#txns.set(action.txn.appId, action.txn);
      else if ('protocol' in action) this.#protocol = action.protocol;
      else if ('metaData' in action) this.#metadata = action.metaData;
    }
  }

  snapshot(version: number, checkpointVersion: number | null): Snapshot {
    if (this.#protocol === null || this.#metadata === null) {
      const missing = this.#protocol === null ? 'protocol' : 'metaData';
      throw new PlatformError(
        'lake_log_corrupt',
        `table ${this.#path} has no ${missing} up to version ${version}`,
      );
    }
    requireReadable(this.#protocol, this.#path);
    return {
      path: this.#path,
      version,
      protocol: this.#protocol,
      metadata: this.#metadata,
      schema: parseSchema(this.#metadata.schemaString),
      files: FileSet.of(this.#files.values()),
      tombstones: this.#tombstones,
      txns: this.#txns,
      checkpointVersion,
    };
  }
}
