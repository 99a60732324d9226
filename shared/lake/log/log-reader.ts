import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeCommit } from './actions.ts';
import { readLastCheckpoint } from './checkpoint.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { commitsIn, versionAt } from './commit-times.ts';
import { beforeVersion, commitPath, logFolder, parseLogPath } from './log-path.ts';
import { type LogFiles, type LogSegment, logFilesOf, oldestReadable, planLogSegment } from './log-segment.ts';
import { readCommits } from './read-commits.ts';
import { nextSnapshot, Replay, type Snapshot } from './snapshot.ts';

/** New commits that are asked for one by one before the log is listed for the rest. */
const COMMITS_FOLLOWED = 4;

/** Which version of a table: by its number, by a time (epoch milliseconds), or the newest. */
export type VersionChoice =
  | { readonly version?: number; readonly timestamp?: never }
  | { readonly timestamp: number; readonly version?: never };

/**
 * Loads the newest version, or the one asked for: of a time the newest that was committed by then. Throws
 * `lake_table_missing` where there is no table, `lake_version_missing` where it has no such version or no longer.
 */
export async function loadSnapshot(
  store: ObjectStore,
  path: string,
  choice: VersionChoice = {},
): Promise<Snapshot> {
  const snapshot = await findSnapshot(store, path, choice);
  if (snapshot === null) {
    throw new PlatformError('lake_table_missing', `there is no table at ${store.uri(path)}`);
  }
  return snapshot;
}

/** As `loadSnapshot`, and null where there is no table. */
export async function findSnapshot(
  store: ObjectStore,
  path: string,
  choice: VersionChoice = {},
): Promise<Snapshot | null> {
  const segment = await findLogSegment(store, path, choice);
  if (segment === null) return null;
  const replay = new Replay(path);
  if (segment.checkpoint !== null) {
    for (const part of await readCheckpoint(store, path, segment.checkpoint.paths)) replay.load(part);
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

async function findLogSegment(
  store: ObjectStore,
  path: string,
  { version, timestamp }: VersionChoice,
): Promise<LogSegment | null> {
  if (version === undefined && timestamp === undefined) {
    const files = await listAfterLastCheckpoint(store, path);
    if (files !== null) return planLogSegment(files, path);
  }
  const listed = await store.list(`${logFolder(path)}/`);
  const files = logFilesOf(listed.map((object) => object.path));
  if (timestamp === undefined) return planLogSegment(files, path, version);
  const oldest = oldestReadable(files);
  if (oldest === null) return planLogSegment(files, path);
  return planLogSegment(files, path, versionAt(await commitsIn(store, listed), timestamp, oldest, path));
}

/** Null where `_last_checkpoint`, a mere hint, names no checkpoint that is there. */
async function listAfterLastCheckpoint(store: ObjectStore, path: string): Promise<LogFiles | null> {
  const hint = await readLastCheckpoint(store, path);
  if (hint === null) return null;
  const listed = await store.list(`${logFolder(path)}/`, beforeVersion(path, hint.version));
  const files = logFilesOf(listed.map((object) => object.path));
  return files.checkpoints.some((checkpoint) => checkpoint.version === hint.version) ? files : null;
}
