import { commitsIn } from '../log/commit-times.ts';
import { logFolder } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { isLogCleanUpEnabled, logRetentionMs } from '../log/table-properties.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { SNAPSHOT_TRUST_MS } from '../write/table.ts';
import { deleteObjects } from './delete-objects.ts';
import { planLogCleanUp } from './log-clean-up-plan.ts';
import { requireMaintainable } from './maintainable.ts';
import { unusedSidecars } from './unused-sidecars.ts';

export interface LogCleanUpOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Deletes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (deleted: number, files: number) => void;
}

export interface LogCleanUpReport {
  /** False: the table forbids it (`delta.enableExpiredLogCleanup`), or nothing is old enough. */
  readonly cleaned: boolean;
  /** The oldest version that is sure to be readable afterwards; null where nothing was old enough. */
  readonly keepFrom: number | null;
  /** What was deleted, or would be, within the store. */
  readonly files: readonly string[];
}

/**
 * Deletes commits and checkpoints that are older than the table's `delta.logRetentionDuration` and that no version within it
 * is read from. Cut off at any point, it leaves the versions readable that it would have left, or all there were.
 * @throws lake_table_missing
 */
export async function cleanUpLog(
  store: ObjectStore,
  path: string,
  options: LogCleanUpOptions,
): Promise<LogCleanUpReport> {
  const snapshot = await loadSnapshot(store, path);
  if (!isLogCleanUpEnabled(snapshot.metadata)) return { cleaned: false, keepFrom: null, files: [] };
  requireMaintainable(snapshot, 'log clean-up');
  const listed = await store.list(`${logFolder(path)}/`);
  // Whatever the table says: a handle follows the log from its snapshot for as long, and a commit that is gone would look to
  // it like one that is not yet there.
  const plan = planLogCleanUp(
    listed.map((object) => object.path),
    await commitsIn(store, listed),
    { now: options.now, retentionMs: Math.max(SNAPSHOT_TRUST_MS, logRetentionMs(snapshot.metadata)) },
  );
  const expired = new Set(plan.expired.flat());
  const kept = listed.filter((object) => !expired.has(object.path));
  const groups = [...plan.expired, await unusedSidecars(store, path, kept, options.now)];
  const files = groups.flat();
  let done = 0;
  for (const group of options.dryRun === true ? [] : groups) {
    await deleteObjects(store, group, (deleted) => options.onProgress?.(done + deleted, files.length));
    done += group.length;
  }
  return { cleaned: files.length > 0, keepFrom: plan.keepFrom, files };
}
