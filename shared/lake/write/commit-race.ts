import { PlatformError } from '../../errors.ts';
import type { Action } from '../log/actions.ts';
import { commit } from '../log/committer.ts';
import { nextSnapshot, Replay, type Snapshot } from '../log/snapshot.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Winner } from './conflicts.ts';
import type { LakeEnvironment } from './environment.ts';
import { type CommitIntent, planCommit } from './transaction.ts';
import type { Committed } from './write-requests.ts';

/** What a writer decides in a race for the next version of a table. `Stop`: an outcome that ends it without a commit. */
export interface Racer<Stop extends { readonly outcome: string }> {
  decide(base: Snapshot | null): CommitIntent | Stop;
  /** The snapshot to decide on next, `after` being the one with the winner's commit. */
  afterLoss(after: Snapshot, winner: Winner): Promise<Snapshot | Stop>;
}

const DEFAULT_COMMIT_ATTEMPTS = 100;
const MAX_BACKOFF_MS = 250;
const ENGINE_INFO = 'customer-insight-platform lake';

/** Decides, puts, and after a lost race decides anew on what the winner left, a bounded number of times. */
export async function race<Stop extends { readonly outcome: string }>(
  store: ObjectStore,
  path: string,
  first: Snapshot | null,
  racer: Racer<Stop>,
  environment: LakeEnvironment,
): Promise<Committed | Stop> {
  const engineInfo = environment.engineInfo ?? ENGINE_INFO;
  const attempts = maxAttempts(environment);
  let base = first;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const intent = racer.decide(base);
    if ('outcome' in intent) return intent;
    const txnId = environment.newId();
    const { version, actions } = planCommit(base, intent, { now: environment.now(), txnId, engineInfo });
    const put = await commit(store, path, version, actions, txnId);
    if (put.outcome === 'committed') {
      const snapshot = snapshotAfter(path, base, actions);
      return { outcome: 'committed', version, snapshot, metrics: intent.metrics ?? {} };
    }
    await backOff(attempt, environment);
    const next = await racer.afterLoss(snapshotAfter(path, base, put.actions), {
      version,
      actions: put.actions,
    });
    if ('outcome' in next) return next;
    base = next;
  }
  throw contended(path, attempts);
}

/** Waits longer the more attempts were lost, by chance, so that rivals do not meet again. */
export async function backOff(attempt: number, { random, sleep }: LakeEnvironment): Promise<void> {
  await sleep(random() * Math.min(MAX_BACKOFF_MS, 2 ** Math.min(attempt, 10)));
}

export function maxAttempts(environment: LakeEnvironment): number {
  return environment.maxCommitAttempts ?? DEFAULT_COMMIT_ATTEMPTS;
}

export function contended(path: string, attempts: number): PlatformError {
  return new PlatformError(
    'lake_commit_contended',
    `table ${path}: lost ${attempts} races to commit, try again later`,
    { retryable: true },
  );
}

function snapshotAfter(path: string, base: Snapshot | null, actions: readonly Action[]): Snapshot {
  if (base !== null) return nextSnapshot(base, actions);
  const replay = new Replay(path);
  replay.apply(actions);
  return replay.snapshot(0, null);
}
