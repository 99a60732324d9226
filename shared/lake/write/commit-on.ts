import { decodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { readCommits } from '../log/read-commits.ts';
import { nextSnapshot, type Snapshot } from '../log/snapshot.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { race } from './commit-race.ts';
import { type Conflict, findConflict, type Winner } from './conflicts.ts';
import type { LakeEnvironment } from './environment.ts';
import { requireReplaceable } from './table-metadata.ts';
import { type CommitIntent, findSuperseded, type Superseded } from './transaction.ts';
import { requireWritable } from './writable.ts';
import type { CommitOutcome } from './write-requests.ts';

/**
 * Commits an intent that was decided on `base` (null: there was no table), at whatever version is next when every commit
 * since leaves it standing. `known`: the newest version that the caller knows, from which the race begins.
 */
export async function commitOn(
  store: ObjectStore,
  path: string,
  { base, known }: { readonly base: Snapshot | null; readonly known: Snapshot | null },
  intent: CommitIntent,
  environment: LakeEnvironment,
): Promise<CommitOutcome> {
  if (base !== null) requireAllowed(base, intent);
  const conflictWith = (winner: Winner): Conflict | null => findConflict(base, intent, winner);
  const isAhead = known !== null && known.version > (base?.version ?? -1);
  const conflict = isAhead ? await conflictUpTo(store, base, known, conflictWith) : null;
  if (conflict !== null) return conflict;
  return race<Superseded | Conflict>(
    store,
    path,
    isAhead ? known : base,
    {
      decide: (next) => findSuperseded(next, intent.txns ?? []) ?? intent,
      afterLoss: async (after, winner) => conflictWith(winner) ?? (await follow(store, after, conflictWith)),
    },
    environment,
  );
}

function requireAllowed(base: Snapshot, { removes, dataChange, metadata }: CommitIntent): void {
  requireWritable(base.protocol, base.metadata, base.path);
  if (removes.length > 0 && dataChange) requireReplaceable(base);
  if (metadata !== undefined) requireWritable(base.protocol, metadata, base.path);
}

/** The first conflict with a commit after `base` and up to `known`. */
async function conflictUpTo(
  store: ObjectStore,
  base: Snapshot | null,
  known: Snapshot,
  conflictWith: (winner: Winner) => Conflict | null,
): Promise<Conflict | null> {
  if (base !== null && base.metadata.id !== known.metadata.id) {
    return { outcome: 'conflict', kind: 'metadata-changed', version: known.version };
  }
  let version = (base?.version ?? -1) + 1;
  const paths = Array.from({ length: known.version - version + 1 }, (_, index) =>
    commitPath(known.path, version + index),
  );
  for await (const actions of readCommits(store, paths)) {
    const conflict = conflictWith({ version, actions });
    if (conflict !== null) return conflict;
    version++;
  }
  return null;
}

/** The newest snapshot, or the first conflict with a commit on the way there. */
async function follow(
  store: ObjectStore,
  from: Snapshot,
  conflictWith: (winner: Winner) => Conflict | null,
): Promise<Snapshot | Conflict> {
  let snapshot = from;
  for (;;) {
    const version = snapshot.version + 1;
    const path = commitPath(snapshot.path, version);
    const bytes = await store.get(path);
    if (bytes === null) return snapshot;
    const actions = decodeCommit(bytes, path);
    const conflict = conflictWith({ version, actions });
    if (conflict !== null) return conflict;
    snapshot = nextSnapshot(snapshot, actions);
  }
}
