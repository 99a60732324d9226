import { messageOf, PlatformError } from '../../errors.ts';
import type { DataFiles } from '../data-files/data-files.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { isCheckpointDue, writeCheckpoint } from '../log/checkpoint.ts';
import { findSnapshot, loadSnapshot, refreshSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { requirePutIfAbsent } from '../store/put-if-absent-probe.ts';
import { commitOn } from './commit-on.ts';
import { race } from './commit-race.ts';
import { deleteRows } from './delete-rows.ts';
import type { LakeEnvironment } from './environment.ts';
import { mergeRows, prepareMerge } from './merge-rows.ts';
import { intentOfRows, prepareRows, type RowsWrite } from './replace-rows.ts';
import { commitRestarting } from './restarting.ts';
import { requireReplaceable } from './table-metadata.ts';
import { type CommitIntent, findSuperseded, type Superseded } from './transaction.ts';
import type {
  AppendWrite,
  CommitOutcome,
  Committed,
  DeleteWrite,
  MergeWrite,
  OverwriteWrite,
  WriteOutcome,
} from './write-requests.ts';

/** A handle to keep: it follows the log from the snapshot it holds, instead of loading it for every write. */
export interface Table {
  readonly path: string;
  readonly environment: LakeEnvironment;
  readonly dataFiles: DataFiles;
  /** Newest version; null where there is no table. */
  snapshot(): Promise<Snapshot | null>;
  /** Adds rows, creating the table when there is none. `superseded`: nothing was committed, choose the rows again. */
  append(write: AppendWrite): Promise<WriteOutcome>;
  /** Replaces all rows, or those of some partitions, creating the table when there is none. */
  overwrite(write: OverwriteWrite): Promise<WriteOutcome>;
  /** Removes the rows that match. Throws `lake_table_missing` where there is no table. */
  delete(write: DeleteWrite): Promise<WriteOutcome>;
  /** Replaces, inserts and removes rows by key, creating the table when there is none. Files without a row of the keys stay. */
  merge(write: MergeWrite): Promise<WriteOutcome>;
  /**
   * Commits what was decided on `base`, a snapshot of this table, after whatever others have committed since, as long as
   * that leaves the decision standing.
   */
  commit(base: Snapshot, intent: CommitIntent): Promise<CommitOutcome>;
}

/**
 * A snapshot that was not refreshed for this long is loaded afresh: log clean-up may have deleted the commits that
 * follow it, and a missing commit would read as "nothing new". Milliseconds.
 */
export const SNAPSHOT_TRUST_MS = 3_600_000;

export function openTable(store: ObjectStore, path: string, environment: LakeEnvironment): Table {
  const dataFiles = environment.dataFiles ?? parquetDataFiles(store);
  let held: { readonly snapshot: Snapshot; readonly refreshedAt: number } | null = null;

  const hold = (snapshot: Snapshot): Snapshot => {
    if (
      held === null ||
      snapshot.version >= held.snapshot.version ||
      snapshot.metadata.id !== held.snapshot.metadata.id
    ) {
      held = { snapshot, refreshedAt: environment.now() };
    }
    return snapshot;
  };

  const trusted = (): Snapshot | null =>
    held !== null && environment.now() - held.refreshedAt < SNAPSHOT_TRUST_MS ? held.snapshot : null;

  const snapshot = async (): Promise<Snapshot | null> => {
    const known = trusted();
    if (known !== null) return hold(await refreshSnapshot(store, known));
    const loaded = await findSnapshot(store, path);
    return loaded === null ? null : hold(loaded);
  };

  /** Throws where there is no table. */
  const newest = async (): Promise<Snapshot> => (await snapshot()) ?? loadSnapshot(store, path);

  const baseOf = async (request: { readonly base?: Snapshot | null }): Promise<Snapshot | null> =>
    (request.base ? trusted() : null) ?? (await snapshot());

  // Writers of one process take turns at the log, where they would only lose races to each other.
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(work);
    // Whoever asked for the turn gets its failure; the next one goes on.
    lastTurn = turn.catch(() => undefined);
    return turn;
  };

  const writeRows = async (write: RowsWrite): Promise<WriteOutcome> => {
    await requirePutIfAbsent(store, environment.newId);
    const base = await baseOf(write.request);
    const superseded = findSuperseded(base, write.request.txns ?? []);
    if (superseded !== null) return superseded;
    const prepared = await prepareRows(dataFiles, path, base, write, environment);
    const racer = {
      decide: (next: Snapshot | null): CommitIntent | Superseded =>
        intentOfRows(path, next, prepared, environment),
      afterLoss: async (after: Snapshot): Promise<Snapshot> => {
        hold(after);
        return newest();
      },
    };
    return inTurn(async () =>
      holdAndCheckpoint(await race(store, path, held?.snapshot ?? base, racer, environment)),
    );
  };

  const commit = async (base: Snapshot | null, intent: CommitIntent): Promise<CommitOutcome> => {
    const known = held?.snapshot ?? null;
    return holdAndCheckpoint(await commitOn(store, path, { base, known }, intent, environment));
  };

  const holdAndCheckpoint = async <Stop extends { readonly outcome: string }>(
    done: Committed | Stop,
  ): Promise<Committed | Stop> => {
    if (!isCommitted(done)) return done;
    hold(done.snapshot);
    if (!isCheckpointDue(done.snapshot)) return done;
    try {
      const checkpointVersion = await writeCheckpoint(store, done.snapshot, environment.now());
      return { ...done, snapshot: hold({ ...done.snapshot, checkpointVersion }) };
    } catch (cause) {
      const message = `checkpoint of version ${done.version} of table ${path}: ${messageOf(cause)}`;
      return {
        ...done,
        checkpointFailure: new PlatformError('lake_checkpoint_failed', message, { retryable: true, cause }),
      };
    }
  };

  const handle = { store, path, environment, inTurn, commitOn: commit };

  const remove = async (request: DeleteWrite): Promise<WriteOutcome> => {
    await requirePutIfAbsent(store, environment.newId);
    return commitRestarting<Snapshot>(handle, {
      txns: request.txns ?? [],
      snapshot: newest,
      decide: async (base) => {
        requireReplaceable(base);
        return deleteRows(store, dataFiles, base, request, environment);
      },
      kept: [],
    });
  };

  const merge = async (request: MergeWrite): Promise<WriteOutcome> => {
    await requirePutIfAbsent(store, environment.newId);
    const base = await baseOf(request);
    const superseded = findSuperseded(base, request.txns ?? []);
    if (superseded !== null) return superseded;
    const prepared = await prepareMerge(dataFiles, path, base, request, environment);
    return commitRestarting<Snapshot | null>(handle, {
      txns: request.txns ?? [],
      snapshot: async (attempt) => (attempt === 0 ? base : snapshot()),
      decide: (next) => mergeRows(store, dataFiles, path, next, prepared, environment),
      kept: prepared.written.adds,
    });
  };

  return {
    path,
    environment,
    dataFiles,
    snapshot,
    append: (request) => writeRows({ mode: 'append', request }),
    overwrite: (request) => writeRows({ mode: 'overwrite', request }),
    delete: remove,
    merge,
    commit: async (base, intent) => {
      await requirePutIfAbsent(store, environment.newId);
      return inTurn(() => commit(base, intent));
    },
  };
}

function isCommitted(done: { readonly outcome: string }): done is Committed {
  return done.outcome === 'committed';
}
