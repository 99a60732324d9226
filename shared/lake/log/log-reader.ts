import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeCommit } from './actions.ts';
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts';
import { beforeVersion, commitPath, logFolder, parseLogPath } from './log-path.ts';
import { type LogSegment, planLogSegment } from './log-segment.ts';
import { readCommits } from './read-commits.ts';
import { nextSnapshot, Replay, type Snapshot } from './snapshot.ts';

/** New commits that are asked for one by one before the log is listed for the rest. */
const COMMITS_FOLLOWED = 4;

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
  const paths = segment.commits.map((commit) => commit.path);
  for await (const actions of readCommits(store, paths)) replay.apply(actions);
  return replay.snapshot(segment.version, segment.checkpoint?.version ?? null);
}

/**
 * The newest version, reading only what was committed after `known`: one request when nothing was, and never more than one
 * in addition to those for the commits themselves.
 */
export async function refreshSnapshot(store: ObjectStore, known: Snapshot): Promise<Snapshot> {
  let snapshot = known;
  for (let followed = 0; followed < COMMITS_FOLLOWED; followed++) {
    const path = commitPath(known.path, snapshot.version + 1);
    const bytes = await store.get(path);
    if (bytes === null) return snapshot;
    snapshot = nextSnapshot(snapshot, decodeCommit(bytes, path));
  }
  const paths = await listCommitsAfter(store, snapshot);
  for await (const actions of readCommits(store, paths)) snapshot = nextSnapshot(snapshot, actions);
  return snapshot;
}

async function listCommitsAfter(store: ObjectStore, { path, version }: Snapshot): Promise<string[]> {
  const listed = await store.list(`${logFolder(path)}/`, commitPath(path, version));
  const commits = listed.filter((object) => parseLogPath(object.path)?.kind === 'commit');
  for (const [index, commit] of commits.entries()) {
    const expected = commitPath(path, version + 1 + index);
    if (commit.path === expected) continue;
    throw new PlatformError('lake_log_corrupt', `table ${path}: the log lacks ${expected}`);
  }
  return commits.map((commit) => commit.path);
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
