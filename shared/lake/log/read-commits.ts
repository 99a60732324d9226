import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type Action, decodeCommit } from './actions.ts';

/** Commits that are asked for ahead of the one being read. */
const COMMITS_AHEAD = 32;

/** The actions of each commit, in the order of `paths`, which were listed: one that is gone is an error. */
export async function* readCommits(
  store: ObjectStore,
  paths: readonly string[],
): AsyncGenerator<readonly Action[]> {
  const ahead: Promise<Uint8Array | null>[] = [];
  for (const [index, path] of paths.entries()) {
    while (ahead.length < COMMITS_AHEAD && index + ahead.length < paths.length) {
      const fetched = store.get(paths[index + ahead.length]!);
      // Awaited in its turn; until then a failure must not count as unhandled.
      fetched.catch(() => undefined);
      ahead.push(fetched);
    }
    const bytes = await ahead.shift();
    if (bytes === null || bytes === undefined) {
      throw new PlatformError('lake_log_corrupt', `${path} was listed and is gone`, { retryable: true });
    }
    yield decodeCommit(bytes, path);
  }
}
