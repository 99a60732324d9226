import { messageOf, PlatformError } from '../../errors.ts';
import { isCheckpointDue, writeCheckpoint } from '../log/checkpoint.ts';
import { commit } from '../log/committer.ts';
import { findSnapshot, refreshSnapshot } from '../log/log-reader.ts';
import { requireRemovable, requireWritable } from '../log/protocol.ts';
import { nextSnapshot, Replay, type Snapshot } from '../log/snapshot.ts';
import type { Batch } from '../schema/batch.ts';
import { mergeSchemas, type Schema } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { writeDataFiles } from './data-file-writer.ts';
import {
  findSuperseded,
  planCommit,
  type Superseded,
  type TxnUpdate,
  type WriteIntent,
} from './transaction.ts';

/** What a table takes from its surroundings, so that its decisions can be repeated. */
export interface LakeEnvironment {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A UUID, fresh on every call. */
  readonly newId: () => string;
  /** In [0, 1): jitter between attempts. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Stands in commitInfo. */
  readonly engineInfo?: string;
  /** Lost races before a write gives up with `lake_commit_contended`. */
  readonly maxCommitAttempts?: number;
}

export interface AppendWrite {
  /** Of the rows; may lack columns of the table and may bring new nullable ones. */
  readonly schema: Schema;
  readonly batches: Iterable<Batch> | AsyncIterable<Batch>;
  readonly txns?: readonly TxnUpdate[];
  /** What `snapshot` of this handle gave when the rows were chosen: the log is then not asked again before the write. */
  readonly base?: Snapshot | null;
  /** `commitInfo.operation`. */
  readonly operation?: string;
  readonly userMetadata?: string;
  /** Table properties; used only when the write creates the table. */
  readonly configuration?: Readonly<Record<string, string>>;
}

export type OverwriteWrite = AppendWrite;

export type WriteOutcome = Committed | Superseded;

export interface Committed {
  readonly outcome: 'committed';
  readonly version: number;
  readonly snapshot: Snapshot;
  /** The commit stands, the checkpoint that was due does not: the next commit tries again. */
  readonly checkpointFailure?: PlatformError;
}

/** A handle to keep: it follows the log from the snapshot it holds, instead of loading it for every write. */
export interface Table {
  readonly path: string;
  /** Newest version; null where there is no table. */
  snapshot(): Promise<Snapshot | null>;
  /** Adds rows, creating the table when there is none. `superseded`: nothing was committed, choose the rows again. */
  append(write: AppendWrite): Promise<WriteOutcome>;
  /** Replaces all rows, creating the table when there is none. */
  overwrite(write: OverwriteWrite): Promise<WriteOutcome>;
}

const DEFAULT_COMMIT_ATTEMPTS = 100;
const MAX_BACKOFF_MS = 250;
/**
 * A snapshot that was not refreshed for this long is loaded afresh: log clean-up may have deleted the commits that
 * follow it, and a missing commit would read as "nothing new".
 */
const SNAPSHOT_TRUST_MS = 3_600_000;

export function openTable(store: ObjectStore, path: string, environment: LakeEnvironment): Table {
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

  // Writers of one process take turns at the log, where they would only lose races to each other.
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(work);
    // Whoever asked for the turn gets its failure; the next one goes on.
    lastTurn = turn.catch(() => undefined);
    return turn;
  };

  const write = async (mode: WriteIntent['mode'], request: AppendWrite): Promise<WriteOutcome> => {
    const base = (request.base ? trusted() : null) ?? (await snapshot());
    const superseded = findSuperseded(base, request.txns ?? []);
    if (superseded !== null) return superseded;
    if (base !== null) requireAccepts(base, mode, request.schema);
    const intent = await prepare(store, path, mode, request, base, environment);
    return inTurn(() => commitAndCheckpoint(held?.snapshot ?? base, intent));
  };

  const commitAndCheckpoint = async (base: Snapshot | null, intent: WriteIntent): Promise<WriteOutcome> => {
    const newestAfter = (winner: Snapshot): Promise<Snapshot | null> => {
      hold(winner);
      return snapshot();
    };
    const committed = await commitOptimistically(store, path, base, intent, environment, newestAfter);
    if (committed.outcome === 'superseded') return committed;
    hold(committed.snapshot);
    if (!isCheckpointDue(committed.snapshot)) return committed;
    try {
      const checkpointVersion = await writeCheckpoint(store, committed.snapshot, environment.now());
      return { ...committed, snapshot: hold({ ...committed.snapshot, checkpointVersion }) };
    } catch (cause) {
      const message = `checkpoint of version ${committed.version} of table ${path}: ${messageOf(cause)}`;
      return {
        ...committed,
        checkpointFailure: new PlatformError('lake_checkpoint_failed', message, { retryable: true, cause }),
      };
    }
  };

  return {
    path,
    snapshot,
    append: (request) => write('append', request),
    overwrite: (request) => write('overwrite', request),
  };
}

/** Refuses before any data file is written. */
function requireAccepts(base: Snapshot, mode: WriteIntent['mode'], schema: Schema): void {
  requireWritable(base.protocol, base.metadata, base.path);
  if (mode === 'overwrite') requireRemovable(base.metadata, base.path);
  mergeSchemas(base.schema, schema);
}

async function prepare(
  store: ObjectStore,
  path: string,
  mode: WriteIntent['mode'],
  request: AppendWrite,
  base: Snapshot | null,
  environment: LakeEnvironment,
): Promise<WriteIntent> {
  const { now, newId } = environment;
  const configuration = base?.metadata.configuration ?? request.configuration ?? {};
  const indexedColumns = Number.parseInt(configuration['delta.dataSkippingNumIndexedCols'] ?? '', 10);
  const written = await writeDataFiles(store, path, request.schema, request.batches, {
    now,
    newId,
    ...(Number.isNaN(indexedColumns) ? {} : { indexedColumns }),
  });
  return {
    mode,
    schema: request.schema,
    adds: written.adds,
    rows: written.rows,
    txns: request.txns ?? [],
    operation: request.operation ?? 'WRITE',
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
    configuration: request.configuration ?? {},
    newTableId: newId(),
    engineInfo: environment.engineInfo ?? 'customer-insight-platform lake',
  };
}

/** Decides, puts, and on a lost race decides anew against the newer version; the data files stay the same. */
async function commitOptimistically(
  store: ObjectStore,
  path: string,
  first: Snapshot | null,
  intent: WriteIntent,
  environment: LakeEnvironment,
  newestAfter: (winner: Snapshot) => Promise<Snapshot | null>,
): Promise<WriteOutcome> {
  const attempts = environment.maxCommitAttempts ?? DEFAULT_COMMIT_ATTEMPTS;
  let base = first;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const txnId = environment.newId();
    const plan = planCommit(base, intent, { now: environment.now(), txnId });
    if (plan.outcome === 'superseded') return plan;
    const put = await commit(store, path, plan.version, plan.actions, txnId);
    if (put.outcome === 'committed') {
      return {
        outcome: 'committed',
        version: plan.version,
        snapshot: snapshotAfter(path, base, plan.actions),
      };
    }
    await environment.sleep(environment.random() * Math.min(MAX_BACKOFF_MS, 2 ** Math.min(attempt, 10)));
    base = await newestAfter(snapshotAfter(path, base, put.actions));
  }
  throw new PlatformError(
    'lake_commit_contended',
    `table ${path}: lost ${attempts} races to commit, try again later`,
    {
      retryable: true,
    },
  );
}

function snapshotAfter(
  path: string,
  base: Snapshot | null,
  actions: Parameters<typeof nextSnapshot>[1],
): Snapshot {
  if (base !== null) return nextSnapshot(base, actions);
  const replay = new Replay(path);
  replay.apply(actions);
  return replay.snapshot(0, null);
}
