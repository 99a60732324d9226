import { PlatformError } from '../errors.ts';
import { decodeCommit } from './actions.ts';
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts';
import { beforeVersion, commitPath, logFolder } from './log-path.ts';
import { type LogSegment, planLogSegment } from './log-segment.ts';
import type { ObjectStore } from './object-store.ts';
import { nextSnapshot, Replay, type Snapshot } from './snapshot.ts';

/** Commits that are fetched at once when a table is opened. */
const COMMITS_AT_ONCE = 16;

/** Loads the newest version, or the one asked for. Throws `lake_table_missing` where there is no table. */
export async function loadSnapshot(
  store: ObjectStore,
  path: string,
  options: { readonly version?: number } = {},
): Promise<Snapshot> {
  const snapshot = await findSnapshot(store, path, options);
  if (snapshot === null) {
    throw new PlatformError('lake_table_missing', `there is no table at ${store.uri(path)}`);
  }
  return snapshot;
}

/** As `loadSnapshot`, and null where there is no table. */
export async function findSnapshot(
  store: ObjectStore,
  path: string,
  options: { readonly version?: number } = {},
): Promise<Snapshot | null> {
  const segment = await findLogSegment(store, path, options.version);
  if (segment === null) return null;
  const replay = new Replay(path);
  if (segment.checkpoint !== null) {
    for (const file of segment.checkpoint.paths) replay.apply(await readCheckpoint(store, file));
  }
  for (let start = 0; start < segment.commits.length; start += COMMITS_AT_ONCE) {
    const commits = segment.commits.slice(start, start + COMMITS_AT_ONCE);
    const files = await Promise.all(commits.map((commit) => requiredCommit(store, commit.path)));
    for (const [index, bytes] of files.entries()) replay.apply(decodeCommit(bytes, commits[index]!.path));
  }
  return replay.snapshot(segment.version, segment.checkpoint?.version ?? null);
}

/** The newest version, reading only what was committed after `known`: one request when nothing was. */
export async function refreshSnapshot(store: ObjectStore, known: Snapshot): Promise<Snapshot> {
  let snapshot = known;
  for (;;) {
    const path = commitPath(known.path, snapshot.version + 1);
    const bytes = await store.get(path);
    if (bytes === null) return snapshot;
    snapshot = nextSnapshot(snapshot, decodeCommit(bytes, path));
  }
}

/** `_last_checkpoint` only shortens the listing: where it misleads, the whole log is listed. */
async function findLogSegment(
  store: ObjectStore,
  path: string,
  version?: number,
): Promise<LogSegment | null> {
  const prefix = `${logFolder(path)}/`;
  const hint = version === undefined ? await readLastCheckpoint(store, path) : null;
  if (hint !== null) {
    const listed = await store.list(prefix, beforeVersion(path, hint.version));
    const isThere = listed.some((object) =>
      object.path.startsWith(`${beforeVersion(path, hint.version)}.checkpoint`),
    );
    if (isThere)
      return planLogSegment(
        listed.map((object) => object.path),
        path,
      );
  }
  const listed = await store.list(prefix);
  return planLogSegment(
    listed.map((object) => object.path),
    path,
    version,
  );
}

async function requiredCommit(store: ObjectStore, path: string): Promise<Uint8Array> {
  const bytes = await store.get(path);
  if (bytes === null)
    throw new PlatformError('lake_log_corrupt', `${path} was listed and is gone`, { retryable: true });
  return bytes;
}
