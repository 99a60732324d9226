import { PlatformError } from '../../errors.ts';
import { storePathOf } from '../data-files/file-path.ts';
import type { AddFile } from '../log/actions.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { deletedFileRetentionMs } from '../log/table-properties.ts';
import { deletionVectorPath } from '../read/deletion-vector.ts';
import { folderPrefix, type ObjectStore, type StoredObject } from '../store/object-store.ts';
import { deleteObjects } from './delete-objects.ts';
import { requireMaintainable } from './maintainable.ts';
import { planVacuum } from './vacuum-plan.ts';

export interface VacuumOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /**
   * For how long removed files stay; the table's `delta.deletedFileRetentionDuration` where left out. A longer one spares
   * files that were never committed, but of removals the table itself forgets those beyond its own.
   */
  readonly retentionMs?: number;
  /** Takes a retention below the table's, which its readers and writers rely on. */
  readonly allowShorterRetention?: boolean;
  /** Deletes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (deleted: number, files: number) => void;
}

export interface VacuumReport {
  readonly version: number;
  readonly retentionMs: number;
  readonly dryRun: boolean;
  /** What was deleted, or would be. */
  readonly files: readonly StoredObject[];
  readonly bytes: number;
}

/**
 * Deletes what no version within the retention needs: files that were removed before it, and files that were written
 * before it and never committed. A reader that opened a version, and a writer that began a commit, have as long as the
 * retention to finish.
 * @throws lake_table_missing, lake_vacuum_retention_too_short
 */
export async function vacuum(
  store: ObjectStore,
  path: string,
  options: VacuumOptions,
): Promise<VacuumReport> {
  // Listed before the version is read: what is committed in between is needed by the version, or not in the listing.
  const listed = await store.list(folderPrefix(path));
  const snapshot = await loadSnapshot(store, path);
  requireMaintainable(snapshot, 'vacuum');
  const retentionMs = requireSafeRetention(snapshot, options);
  const removedAfter = options.now - retentionMs;
  const plan = planVacuum(listed, {
    table: path,
    partitionColumns: snapshot.metadata.partitionColumns,
    needed: neededPaths(store, snapshot, removedAfter),
    writtenBefore: removedAfter,
  });
  const dryRun = options.dryRun === true;
  if (!dryRun) {
    const paths = plan.files.map((file) => file.path);
    await deleteObjects(store, paths, (deleted) => options.onProgress?.(deleted, paths.length));
  }
  return { version: snapshot.version, retentionMs, dryRun, ...plan };
}

function requireSafeRetention({ metadata, path }: Snapshot, options: VacuumOptions): number {
  const own = deletedFileRetentionMs(metadata);
  const retentionMs = options.retentionMs ?? own;
  if (retentionMs >= own || options.allowShorterRetention === true) return retentionMs;
  throw new PlatformError(
    'lake_vacuum_retention_too_short',
    `vacuum of table ${path} with a retention of ${hours(retentionMs)}: the table keeps removed files for ${hours(own)} ` +
      '(delta.deletedFileRetentionDuration). Queries that are running, time travel, and writers that have yet to commit ' +
      'would lose files; allow the shorter retention only while nobody uses the table',
    { details: { retentionMs, tableRetentionMs: own } },
  );
}

/** What is live, and what was removed after `removedAfter`; a removal that does not say when counts as old, as in Spark. */
function neededPaths(store: ObjectStore, snapshot: Snapshot, removedAfter: number): Set<string> {
  const needed = new Set<string>();
  const need = (file: Pick<AddFile, 'path' | 'deletionVector'>): void => {
    needed.add(storePathOf(store, snapshot.path, file.path));
    const vector = file.deletionVector && deletionVectorPath(store, snapshot.path, file.deletionVector);
    if (vector) needed.add(vector);
  };
  for (const file of snapshot.files) need(file);
  for (const file of snapshot.tombstones.values()) {
    if ((file.deletionTimestamp ?? 0) >= removedAfter) need(file);
  }
  return needed;
}

function hours(ms: number): string {
  return `${Math.round(ms / 36_000) / 100} hours`;
}
