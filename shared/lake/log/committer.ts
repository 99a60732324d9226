import { PlatformError } from '../../errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type Action, decodeCommit, encodeCommit } from './actions.ts';
import { commitPath } from './log-path.ts';

/** Losing the race for a version is expected: the caller goes on from the winner's actions and decides again. */
export type PutOutcome =
  | { readonly outcome: 'committed' }
  | { readonly outcome: 'conflict'; readonly actions: readonly Action[] };

/**
 * Puts `actions` as `version` of a table, if nobody has. `txnId` stands in their commitInfo and is unique to this
 * attempt: where the store says "exists", or its answer is lost, the commit that is there tells whose it is (a client
 * that retries a PUT whose response was lost is told that its own object exists).
 */
export async function commit(
  store: ObjectStore,
  table: string,
  version: number,
  actions: readonly Action[],
  txnId: string,
): Promise<PutOutcome> {
  const path = commitPath(table, version);
  let failure: unknown = null;
  try {
    if ((await store.putIfAbsent(path, encodeCommit(actions))) === 'created') return { outcome: 'committed' };
  } catch (error) {
    failure = error;
  }
  const present = await store.get(path);
  if (present === null) {
    throw new PlatformError(
      'lake_commit_failed',
      `version ${version} of table ${table} could not be written`,
      { retryable: true, cause: failure },
    );
  }
  const winner = decodeCommit(present, path);
  return isOurs(winner, txnId) ? { outcome: 'committed' } : { outcome: 'conflict', actions: winner };
}

function isOurs(actions: readonly Action[], txnId: string): boolean {
  return actions.some((action) => 'commitInfo' in action && action.commitInfo.txnId === txnId);
}
