import { commitsOf } from '../log/commit-times.ts';
import { logFolder } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { isLogCleanUpEnabled, logRetentionMs } from '../log/table-properties.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { deleteObjects } from './delete-objects.ts';
import { planLogCleanUp } from './log-clean-up-plan.ts';
import { requireMaintainable } from './maintainable.ts';

/**
 * Whatever the table says, commits stay for this long: a table handle follows the log from its snapshot for up to an hour,
 * and a commit that is gone would look to it like one that is not yet there.
 */
const LEAST_RETENTION_MS = 3_600_000;

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
 * is read from. In ascending order, so that the versions left are always the newest ones, without a gap.
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
  const plan = planLogCleanUp(
    listed.map((object) => object.path),
    await commitsOf(store, path),
    { now: options.now, retentionMs: Math.max(LEAST_RETENTION_MS, logRetentionMs(snapshot.metadata)) },
  );
  const files = plan.expired;
  if (options.dryRun !== true) {
    await deleteObjects(store, files, (deleted) => options.onProgress?.(deleted, files.length));
  }
  return { cleaned: files.length > 0, keepFrom: plan.keepFrom, files };
}
