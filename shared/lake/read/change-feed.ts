import { storePathOf } from '../data-files/file-path.ts';
import { type Action, type AddFile, fileKey } from '../log/actions.ts';
import { type CommitFile, commitsOf } from '../log/commit-times.ts';
import { FileSet } from '../log/file-set.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { readCommits } from '../log/read-commits.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { Batch } from '../schema/batch.ts';
import { folderPrefix, type ObjectStore } from '../store/object-store.ts';
import { readSnapshot } from './scan.ts';

export interface ChangeRange {
  /** The first version wanted: the last one seen and one more. Beyond `to` there is nothing to read. */
  readonly from: number;
  /** The last version wanted; the newest where left out. */
  readonly to?: number;
}

export type ChangedFiles =
  | {
      readonly outcome: 'changes';
      /** The table at the last version of the range. */
      readonly snapshot: Snapshot;
      readonly versions: readonly ChangedVersion[];
      /** Of all versions of the range, in their order. */
      readonly files: readonly AddFile[];
    }
  | ChangesUnavailable;

/** Rows of one version; a compaction and other commits that only move rows are versions without files. */
export interface ChangedVersion {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly files: readonly AddFile[];
}

/** Added files do not tell the whole range: who followed the table by its changes reads it whole, and goes on from there. */
export interface ChangesUnavailable {
  readonly outcome: 'unavailable';
  /** Log clean-up, a vacuum, or a version that removed rows, which no added file tells. */
  readonly reason: 'log-expired' | 'files-vacuumed' | 'rows-removed';
  /** The oldest version from which on changes can be read; null where there is none up to the end of the range. */
  readonly oldest: number | null;
}

export type Changes =
  | {
      readonly outcome: 'changes';
      readonly snapshot: Snapshot;
      readonly versions: readonly {
        readonly version: number;
        readonly timestamp: number;
        /** The rows that the version added, with the columns of the range's last version. Read once. */
        readonly batches: AsyncIterable<Batch>;
      }[];
    }
  | ChangesUnavailable;

/**
 * The data files that the versions of a range brought, of a table that is only appended to. All of them were in the store
 * when it resolved.
 */
export async function changedFiles(
  store: ObjectStore,
  path: string,
  range: ChangeRange,
): Promise<ChangedFiles> {
  const snapshot = await loadSnapshot(store, path, range.to === undefined ? {} : { version: range.to });
  const wanted = (await commitsOf(store, path)).filter(
    ({ version }) => version >= range.from && version <= snapshot.version,
  );
  const oldest = startOfRun(wanted, snapshot.version);
  if (range.from <= snapshot.version && oldest !== range.from) {
    return { outcome: 'unavailable', reason: 'log-expired', oldest };
  }
  const versions: ChangedVersion[] = [];
  let removed: number | null = null;
  const paths = wanted.map((commit) => commit.path);
  for await (const actions of readCommits(store, paths)) {
    const { version, timestamp } = wanted[versions.length]!;
    if (actions.some(removesRows)) removed = version;
    versions.push({ version, timestamp, files: addedRows(actions) });
  }
  if (removed !== null) return unavailable('rows-removed', removed, snapshot);
  const vacuumed = await lastVacuumed(store, snapshot, versions);
  if (vacuumed !== null) return unavailable('files-vacuumed', vacuumed, snapshot);
  return { outcome: 'changes', snapshot, versions, files: versions.flatMap(({ files }) => files) };
}

/** As `changedFiles`, with the rows. `columns` (default: all) chooses and must exist in the range's last version. */
export async function readChanges(
  store: ObjectStore,
  path: string,
  range: ChangeRange & { readonly columns?: readonly string[] },
): Promise<Changes> {
  const changed = await changedFiles(store, path, range);
  if (changed.outcome === 'unavailable') return changed;
  const { snapshot } = changed;
  const options = range.columns === undefined ? {} : { columns: range.columns };
  return {
    outcome: 'changes',
    snapshot,
    versions: changed.versions.map(({ version, timestamp, files }) => ({
      version,
      timestamp,
      batches: readSnapshot(store, { ...snapshot, files: FileSet.of(files) }, options),
    })),
  };
}

/** The first version of the unbroken run of commits that ends at `newest`; null where that one is missing. */
function startOfRun(commits: readonly CommitFile[], newest: number): number | null {
  let start: number | null = null;
  for (const { version } of commits.toReversed()) {
    if (version !== (start ?? newest + 1) - 1) break;
    start = version;
  }
  return start;
}

function addedRows(actions: readonly Action[]): AddFile[] {
  return actions.flatMap((action) => ('add' in action && action.add.dataChange ? [action.add] : []));
}

function removesRows(action: Action): boolean {
  return 'remove' in action && action.remove.dataChange;
}

function unavailable(
  reason: ChangesUnavailable['reason'],
  last: number,
  snapshot: Snapshot,
): ChangesUnavailable {
  return { outcome: 'unavailable', reason, oldest: last < snapshot.version ? last + 1 : null };
}

/**
 * The last of `versions` with a file that is no longer in the store; null where all are. What is live is there; for files
 * that were removed since, were it only a moment ago, the store is asked, since a vacuum may have been told to keep none.
 */
async function lastVacuumed(
  store: ObjectStore,
  snapshot: Snapshot,
  versions: readonly ChangedVersion[],
): Promise<number | null> {
  const live = new Set([...snapshot.files].map(fileKey));
  if (versions.every(({ files }) => files.every((file) => live.has(fileKey(file))))) return null;
  const present = new Set((await store.list(folderPrefix(snapshot.path))).map((object) => object.path));
  const incomplete = versions.findLast(({ files }) =>
    files.some((file) => !present.has(storePathOf(store, snapshot.path, file.path))),
  );
  return incomplete?.version ?? null;
}
