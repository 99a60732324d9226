import { storePathOf } from '../data-files/file-path.ts';
import type { AddFile } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { backOff, contended, maxAttempts } from './commit-race.ts';
import type { LakeEnvironment } from './environment.ts';
import { type CommitIntent, findSuperseded, type TxnUpdate } from './transaction.ts';
import type { CommitOutcome, WriteOutcome } from './write-requests.ts';

/** What a write that depends on the rows of its table takes from the handle. */
export interface RestartingHandle {
  readonly store: ObjectStore;
  readonly path: string;
  readonly environment: LakeEnvironment;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** To be called in turn. */
  readonly commitOn: (base: Snapshot | null, intent: CommitIntent) => Promise<CommitOutcome>;
}

export interface RestartingWrite<Base extends Snapshot | null> {
  readonly txns: readonly TxnUpdate[];
  readonly snapshot: (attempt: number) => Promise<Base>;
  readonly decide: (base: Base) => Promise<CommitIntent>;
  /** Of the adds of an intent, those that the next attempt uses again. */
  readonly kept: readonly AddFile[];
}

/**
 * Decides on a snapshot and commits; after a conflict it begins again on a fresh one, a bounded number of times. From the
 * second attempt on the turn is held meanwhile, so that writers of this process cannot outrun it.
 */
export async function commitRestarting<Base extends Snapshot | null>(
  handle: RestartingHandle,
  write: RestartingWrite<Base>,
): Promise<WriteOutcome> {
  const attempts = maxAttempts(handle.environment);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const outcome =
      attempt === 0 ? await firstAttempt(handle, write) : await laterAttempt(handle, write, attempt);
    if (outcome.outcome !== 'conflict') return outcome;
    await backOff(attempt, handle.environment);
  }
  throw contended(handle.path, attempts);
}

async function firstAttempt<Base extends Snapshot | null>(
  handle: RestartingHandle,
  write: RestartingWrite<Base>,
): Promise<CommitOutcome> {
  const base = await write.snapshot(0);
  const superseded = findSuperseded(base, write.txns);
  if (superseded !== null) return superseded;
  const intent = await write.decide(base);
  return handle.inTurn(() => commitOrDiscard(handle, write, base, intent));
}

function laterAttempt<Base extends Snapshot | null>(
  handle: RestartingHandle,
  write: RestartingWrite<Base>,
  attempt: number,
): Promise<CommitOutcome> {
  return handle.inTurn(async () => {
    const base = await write.snapshot(attempt);
    const superseded = findSuperseded(base, write.txns);
    if (superseded !== null) return superseded;
    return commitOrDiscard(handle, write, base, await write.decide(base));
  });
}

async function commitOrDiscard<Base extends Snapshot | null>(
  { store, path, commitOn }: RestartingHandle,
  { kept }: RestartingWrite<Base>,
  base: Base,
  intent: CommitIntent,
): Promise<CommitOutcome> {
  const outcome = await commitOn(base, intent);
  if (outcome.outcome !== 'conflict') return outcome;
  // No version names them, nor ever will. One that cannot be deleted is an orphan, which a vacuum takes.
  const lost = intent.adds.filter((add) => !kept.includes(add));
  await Promise.allSettled(lost.map((add) => store.delete(storePathOf(store, path, add.path))));
  return outcome;
}
