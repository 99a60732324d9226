// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#sidecar-files and #metadata-cleanup
import { decodeCommit } from '../log/actions.ts';
import { sidecarsOf } from '../log/checkpoint-columns.ts';
import { logFolder, parseLogPath, sidecarPath } from '../log/log-path.ts';
import { LeafColumns } from '../parquet/leaf-columns.ts';
import type { ObjectStore, StoredObject } from '../store/object-store.ts';

/** So long a sidecar may be written before the checkpoint that names it. */
const YOUNG_MS = 86_400_000;

/**
 * Sidecars of V2 checkpoints that none of the checkpoints in `listed`, a listing of the log without what is to go, names, and
 * that are too old to be part of one that is being written.
 */
export async function unusedSidecars(
  store: ObjectStore,
  table: string,
  listed: readonly StoredObject[],
  now: number,
): Promise<readonly string[]> {
  const folder = `${logFolder(table)}/_sidecars/`;
  const old = listed.filter(({ path, modifiedAt }) => path.startsWith(folder) && modifiedAt < now - YOUNG_MS);
  if (old.length === 0) return [];
  const used = new Set<string>();
  for (const { path } of listed) {
    if (parseLogPath(path)?.kind !== 'checkpoint') continue;
    for (const uri of await sidecarsIn(store, path)) used.add(sidecarPath(table, uri));
  }
  return old.map(({ path }) => path).filter((path) => !used.has(path));
}

async function sidecarsIn(store: ObjectStore, path: string): Promise<readonly string[]> {
  const bytes = await store.get(path);
  // Another clean-up has deleted it, and nobody reads its sidecars any more.
  if (bytes === null) return [];
  if (path.endsWith('.parquet'))
    return sidecarsOf(new LeafColumns(bytes, path), path).map((file) => file.path);
  return decodeCommit(bytes, path).flatMap((action) => ('sidecar' in action ? [action.sidecar.path] : []));
}
