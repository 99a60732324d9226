import { PlatformError } from '../../errors.ts';
import type { Action, CommitInfo } from '../log/actions.ts';
import { commitsOf } from '../log/commit-times.ts';
import { findSnapshot } from '../log/log-reader.ts';
import { readCommits } from '../log/read-commits.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** What is known of one commit: its writer says what it likes, so any of it may be missing. */
export interface HistoryEntry {
  readonly version: number;
  /** Epoch milliseconds; the time by which the version is found. */
  readonly timestamp: number;
  readonly operation: string | null;
  readonly operationParameters: Readonly<Record<string, string>>;
  readonly operationMetrics: Readonly<Record<string, string>>;
  readonly userMetadata: string | null;
  readonly engineInfo: string | null;
}

/**
 * The commits that clean-up has left in the log, newest first.
 * @throws lake_table_missing
 */
export async function history(
  store: ObjectStore,
  path: string,
  options: { readonly limit?: number } = {},
): Promise<readonly HistoryEntry[]> {
  const commits = (await commitsOf(store, path)).toReversed().slice(0, options.limit);
  if (commits.length === 0 && (await findSnapshot(store, path)) === null) {
    throw new PlatformError('lake_table_missing', `there is no table at ${store.uri(path)}`);
  }
  const entries: HistoryEntry[] = [];
  const paths = commits.map((commit) => commit.path);
  for await (const actions of readCommits(store, paths)) {
    const { version, timestamp } = commits[entries.length]!;
    entries.push(entryOf(version, timestamp, commitInfoOf(actions)));
  }
  return entries;
}

function commitInfoOf(actions: readonly Action[]): CommitInfo {
  for (const action of actions) if ('commitInfo' in action) return action.commitInfo;
  return {};
}

function entryOf(version: number, timestamp: number, info: CommitInfo): HistoryEntry {
  return {
    version,
    timestamp,
    operation: info.operation ?? null,
    operationParameters: texts(info.operationParameters),
    operationMetrics: texts(info.operationMetrics),
    userMetadata: info.userMetadata ?? null,
    engineInfo: info.engineInfo ?? null,
  };
}

/** Other writers put numbers, lists and objects where Spark puts text. */
function texts(values: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
