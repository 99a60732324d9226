// When versions were committed: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#in-commit-timestamps
import { PlatformError } from '../../errors.ts';
import type { ObjectStore, StoredObject } from '../store/object-store.ts';
import type { Action } from './actions.ts';
import { logFolder, parseLogPath } from './log-path.ts';
import { readCommits } from './read-commits.ts';

/** A commit that is still in the log. */
export interface CommitFile {
  readonly version: number;
  /** When it was committed, epoch milliseconds; ascending by version. */
  readonly timestamp: number;
  /** Of its file, within the store. */
  readonly path: string;
}

/**
 * The commits of a table that clean-up has left, ascending. Their times are those that the commits hold, where the newest
 * commit shows that the table keeps them, and otherwise those of the files, each at least a millisecond after the one
 * before, as Spark has it (copied files may be in any order).
 */
export async function commitsOf(store: ObjectStore, table: string): Promise<CommitFile[]> {
  return commitsIn(store, await store.list(`${logFolder(table)}/`));
}

/** As `commitsOf`, of a listing of the log. */
export async function commitsIn(store: ObjectStore, listed: readonly StoredObject[]): Promise<CommitFile[]> {
  const files = listed.filter((object) => parseLogPath(object.path)?.kind === 'commit');
  return withInCommitTimes(store, byFileTime(files));
}

/**
 * The newest version of `commits` at or before `timestamp` (epoch milliseconds): for a time after the last commit that is
 * the last. `firstReadable` is the oldest version that the log still tells; a time before it is refused.
 */
export function versionAt(
  commits: readonly CommitFile[],
  timestamp: number,
  firstReadable: number,
  table: string,
): number {
  const readable = commits.filter((commit) => commit.version >= firstReadable);
  const found = readable.findLast((commit) => commit.timestamp <= timestamp);
  if (found !== undefined) return found.version;
  const range = [readable[0], readable.at(-1)].map((commit) =>
    commit === undefined ? 'none' : `${commit.version} of ${isoTime(commit.timestamp)}`,
  );
  throw new PlatformError(
    'lake_version_missing',
    `table ${table} has no version as early as ${isoTime(timestamp)}; available are ${range.join(' to ')}`,
  );
}

function byFileTime(files: readonly StoredObject[]): CommitFile[] {
  let last = Number.NEGATIVE_INFINITY;
  return files.map(({ path, modifiedAt }) => {
    last = Math.max(modifiedAt, last + 1);
    return { version: parseLogPath(path)?.version ?? 0, timestamp: last, path };
  });
}

async function withInCommitTimes(store: ObjectStore, commits: readonly CommitFile[]): Promise<CommitFile[]> {
  const newest = commits.at(-1);
  if (newest === undefined || (await inCommitTimes(store, [newest]))[0] === null) return [...commits];
  const times = await inCommitTimes(store, commits);
  return commits.map((commit, index) => ({ ...commit, timestamp: times[index] ?? commit.timestamp }));
}

async function inCommitTimes(store: ObjectStore, commits: readonly CommitFile[]): Promise<(number | null)[]> {
  const times: (number | null)[] = [];
  const paths = commits.map((commit) => commit.path);
  for await (const actions of readCommits(store, paths)) times.push(inCommitTime(actions));
  return times;
}

function inCommitTime(actions: readonly Action[]): number | null {
  for (const action of actions) {
    if ('commitInfo' in action) return action.commitInfo.inCommitTimestamp ?? null;
  }
  return null;
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
