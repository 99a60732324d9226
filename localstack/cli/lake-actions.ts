import { PlatformError } from '../../shared/errors.ts';
import {
  type CompactionReport,
  compact,
  type HistoryEntry,
  history,
  loadSnapshot,
  type ObjectStore,
  type RestoreOutcome,
  restore,
  type Snapshot,
  type Table,
  targetFileBytes,
  type VacuumReport,
  vacuum,
} from '../../shared/lake/index.ts';
import { type LakeCommand, missingTable } from './lake-command.ts';

export interface LakeActionPorts {
  readonly store: ObjectStore;
  readonly openTable: (path: string) => Table;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly progress: (done: number, total: number, unit: string) => void;
}

/** What a command found or did; in a dry run (`act` false) what it would do. */
export type LakeResult =
  | { readonly verb: 'history'; readonly table: string; readonly entries: readonly HistoryEntry[] }
  | { readonly verb: 'files'; readonly table: string; readonly snapshot: Snapshot }
  | { readonly verb: 'vacuum'; readonly table: string; readonly report: VacuumReport }
  | {
      readonly verb: 'compact';
      readonly table: string;
      readonly act: boolean;
      readonly report: CompactionReport;
    }
  | { readonly verb: 'restore'; readonly table: string; readonly outcome: Restored };

/** A conflict is an error here: nobody but the caller can try again. */
export type Restored = Exclude<RestoreOutcome, { outcome: 'conflict' }>;

const DEFAULT_TARGET_BYTES = 64 * 2 ** 20;
/** Two are enough for who asks by hand. */
const MIN_INPUT_FILES = 2;

/** @throws PlatformError `invalid_arguments` for a table that is not there, `restore_refused`, and what the lake throws */
export async function lakeAction(command: LakeCommand, ports: LakeActionPorts): Promise<LakeResult> {
  try {
    return await act(command, ports);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    if (error.code === 'lake_table_missing')
      throw missingTable(command.table, ports.store.uri(command.table));
    if (error.code !== 'lake_vacuum_retention_too_short') throw error;
    throw new PlatformError(error.code, `${error.message} (--allow-shorter-retention)`, { cause: error });
  }
}

async function act(
  command: LakeCommand,
  { store, openTable, now, progress }: LakeActionPorts,
): Promise<LakeResult> {
  const { table, verb } = command;
  switch (verb) {
    case 'history':
      return { verb, table, entries: await history(store, table, { limit: command.limit }) };
    case 'files':
      return { verb, table, snapshot: await loadSnapshot(store, table, command.choice ?? {}) };
    case 'vacuum': {
      const report = await vacuum(store, table, {
        now: now(),
        ...(command.retentionMs === null ? {} : { retentionMs: command.retentionMs }),
        allowShorterRetention: command.allowShorterRetention,
        dryRun: !command.act,
        onProgress: (deleted, files) => progress(deleted, files, 'files'),
      });
      return { verb, table, report };
    }
    case 'compact': {
      // Named first, since there is nothing to join in a table that is not there.
      const { metadata } = await loadSnapshot(store, table);
      const report = await compact(openTable(table), store, {
        targetFileBytes: command.targetFileBytes ?? targetFileBytes(metadata) ?? DEFAULT_TARGET_BYTES,
        minInputFiles: MIN_INPUT_FILES,
        settledBefore: now(),
        dryRun: !command.act,
        onProgress: (done, files) => progress(done, files, 'files'),
      });
      return { verb, table, act: command.act, report };
    }
    case 'restore': {
      refuseFollower(table, store);
      const outcome = await restore(openTable(table), store, command.choice, { dryRun: !command.act });
      if (outcome.outcome !== 'conflict') return { verb, table, outcome };
      throw new PlatformError(
        'lake_commit_contended',
        `${table} was not restored: others wrote each time (last: version ${outcome.version}); try again when it is quieter`,
        { retryable: true },
      );
    }
  }
}

/**
 * A `current/*` table says by its txn up to which version of its raw table it has come, and that stays as it is: nobody would
 * bring the restored rows up to date.
 */
function refuseFollower(table: string, store: ObjectStore): void {
  if (!table.startsWith('current/')) return;
  const source = table.replace('current/', 'raw/');
  throw new PlatformError(
    'restore_refused',
    `${table} follows ${source}, and would not be brought up to date again: its rows as of a time are in ${source}; ` +
      `to have it made anew, delete ${store.uri(table)}`,
  );
}
