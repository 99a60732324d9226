import { PlatformError } from '../../errors.ts';
import { storePathOf } from '../data-files/file-path.ts';
import { type AddFile, fileKey } from '../log/actions.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { folderPrefix, type ObjectStore } from '../store/object-store.ts';
import type { Conflict } from '../write/conflicts.ts';
import type { Table } from '../write/table.ts';
import { requireRemovable, requireWritable } from '../write/writable.ts';

/** Which state comes back: that of a version, or of the newest version at a time (epoch milliseconds). */
export type RestorePoint = { readonly version: number } | { readonly timestamp: number };

export interface RestorePlan {
  /** Decided on it. */
  readonly base: Snapshot;
  readonly restored: Snapshot;
  readonly removes: readonly AddFile[];
  readonly adds: readonly AddFile[];
  readonly isMetadataChanged: boolean;
}

export type RestoreOutcome =
  | { readonly outcome: 'restored'; readonly version: number; readonly plan: RestorePlan }
  | { readonly outcome: 'planned'; readonly plan: RestorePlan }
  /** The table is as it was then. */
  | { readonly outcome: 'unchanged'; readonly plan: RestorePlan }
  /** Others have written each time. */
  | Conflict;

/** Each is decided on a fresh snapshot; only a table that many write all the time takes that often. */
const ATTEMPTS = 10;

/**
 * Commits the rows, the schema and the properties of an older version as the newest one. The versions in between stay, and so
 * do the `txn`s: what an application has stored since is not asked for again. No vacuum may run meanwhile, since it would
 * still take the files that come back for removed.
 * @throws lake_restore_files_missing where a vacuum has deleted files of that version; lake_version_missing;
 * lake_append_only where rows would go
 */
export async function restore(
  table: Table,
  store: ObjectStore,
  point: RestorePoint,
  options: { readonly dryRun?: boolean } = {},
): Promise<RestoreOutcome> {
  for (let attempt = 1; ; attempt++) {
    const base = await table.snapshot();
    if (base === null) {
      throw new PlatformError('lake_table_missing', `there is no table at ${store.uri(table.path)}`);
    }
    const plan = planRestore(base, await loadSnapshot(store, table.path, point));
    await requirePresent(store, plan);
    if (options.dryRun === true) return { outcome: 'planned', plan };
    if (plan.removes.length + plan.adds.length === 0 && !plan.isMetadataChanged) {
      return { outcome: 'unchanged', plan };
    }
    const committed = await commitRestore(table, plan);
    if (committed.outcome === 'restored' || attempt === ATTEMPTS) return committed;
  }
}

/** What leads from `base` to the state of `restored`, an older version of the same table. */
export function planRestore(base: Snapshot, restored: Snapshot): RestorePlan {
  requireWritable(base.protocol, base.metadata, base.path);
  const now = new Set([...base.files].map(fileKey));
  const then = new Set([...restored.files].map(fileKey));
  const removes = [...base.files].filter((file) => !then.has(fileKey(file)));
  if (removes.length > 0) requireRemovable(base.metadata, base.path);
  return {
    base,
    restored,
    removes,
    adds: [...restored.files].filter((file) => !now.has(fileKey(file))),
    isMetadataChanged: JSON.stringify(base.metadata) !== JSON.stringify(restored.metadata),
  };
}

async function requirePresent(store: ObjectStore, { adds, restored }: RestorePlan): Promise<void> {
  if (adds.length === 0) return;
  const { path, version } = restored;
  const present = new Set((await store.list(folderPrefix(path))).map((object) => object.path));
  const missing = adds.map((add) => storePathOf(store, path, add.path)).filter((file) => !present.has(file));
  if (missing.length === 0) return;
  const named = missing.slice(0, FILES_NAMED).join(', ');
  const more = missing.length > FILES_NAMED ? ` and ${missing.length - FILES_NAMED} more` : '';
  throw new PlatformError(
    'lake_restore_files_missing',
    `version ${version} of table ${path} cannot come back: of its files ${missing.length} are no longer in the store (${named}${more}), a vacuum has deleted them; choose a younger version`,
    { details: { missing } },
  );
}

const FILES_NAMED = 3;

async function commitRestore(
  table: Table,
  plan: RestorePlan,
): Promise<Exclude<RestoreOutcome, { outcome: 'planned' | 'unchanged' }>> {
  const { base, restored, removes, adds } = plan;
  const outcome = await table.commit(base, {
    read: { kind: 'table' },
    removes,
    adds,
    dataChange: true,
    ...(plan.isMetadataChanged ? { metadata: restored.metadata } : {}),
    operation: 'RESTORE',
    operationParameters: { version: `${restored.version}` },
    metrics: {
      numRestoredFiles: adds.length,
      restoredFilesSize: bytesOf(adds),
      numRemovedFiles: removes.length,
      removedFilesSize: bytesOf(removes),
      numOfFilesAfterRestore: restored.files.size,
      tableSizeAfterRestore: bytesOf([...restored.files]),
    },
  });
  if (outcome.outcome === 'conflict') return outcome;
  if (outcome.outcome === 'committed') return { outcome: 'restored', version: outcome.version, plan };
  throw new PlatformError(
    'lake_commit_failed',
    `restoring table ${base.path} moved no transaction, and was superseded by one of ${outcome.appId}`,
  );
}

function bytesOf(files: readonly AddFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
