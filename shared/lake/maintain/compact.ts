import { PlatformError } from '../../errors.ts';
import { storePathOf } from '../data-files/file-path.ts';
import type { AddFile } from '../log/actions.ts';
import { FileSet } from '../log/file-set.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { planScan } from '../read/scan-plan.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Conflict } from '../write/conflicts.ts';
import { tableTarget } from '../write/data-file-target.ts';
import type { Table } from '../write/table.ts';
import { requireWritable } from '../write/writable.ts';
import { type CompactionBin, type CompactionRequest, planCompaction } from './compaction-plan.ts';
import { deleteObjects } from './delete-objects.ts';

export interface CompactOptions extends CompactionRequest {
  /** Says what would be joined, and joins nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (doneFiles: number, files: number) => void;
}

export interface CompactionReport {
  /** The newest version afterwards; null where there is no table. */
  readonly version: number | null;
  readonly bins: readonly JoinedBin[];
  /** Files before and after, of the bins that were joined (in a dry run: `filesAdded` is one for each). */
  readonly filesRemoved: number;
  readonly filesAdded: number;
  readonly bytesRemoved: number;
  readonly bytesAdded: number;
}

/** What became of one bin. After a conflict its files are as they were, or as the other commit has left them. */
export type JoinedBin =
  | { readonly outcome: 'planned'; readonly bin: CompactionBin }
  | {
      readonly outcome: 'joined';
      readonly bin: CompactionBin;
      readonly version: number;
      readonly added: readonly AddFile[];
    }
  | { readonly outcome: 'conflict'; readonly bin: CompactionBin; readonly conflict: Conflict };

/**
 * Joins the small files of a table, one commit per bin. The commits move rows and change none (`dataChange` is false), so
 * they fight no appends; one whose files another commit has removed meanwhile is given up.
 * @throws lake_protocol_unsupported and the like for a table that may not be written
 */
export async function compact(
  table: Table,
  store: ObjectStore,
  options: CompactOptions,
): Promise<CompactionReport> {
  const snapshot = await table.snapshot();
  if (snapshot === null) return reportOf(null, []);
  const plan = planCompaction(snapshot, options);
  if (options.dryRun !== true) return joinBins(table, store, snapshot, plan, options);
  return reportOf(
    snapshot.version,
    plan.map((bin) => ({ outcome: 'planned', bin })),
  );
}

/** Does what `planCompaction` has decided on `snapshot`, up to the bin before which `signal` is aborted. */
export async function joinBins(
  table: Table,
  store: ObjectStore,
  snapshot: Snapshot,
  plan: readonly CompactionBin[],
  options: Pick<CompactOptions, 'targetFileBytes' | 'onProgress'> & { readonly signal?: AbortSignal },
): Promise<CompactionReport> {
  requireWritable(snapshot.protocol, snapshot.metadata, snapshot.path);
  const files = plan.reduce((sum, bin) => sum + bin.files.length, 0);
  const bins: JoinedBin[] = [];
  let done = 0;
  for (const bin of plan) {
    if (options.signal?.aborted === true) break;
    bins.push(await join(table, store, snapshot, bin, options.targetFileBytes));
    done += bin.files.length;
    options.onProgress?.(done, files);
  }
  const newest = bins.findLast((bin) => bin.outcome === 'joined');
  return reportOf(newest?.version ?? snapshot.version, bins);
}

async function join(
  table: Table,
  store: ObjectStore,
  snapshot: Snapshot,
  bin: CompactionBin,
  targetFileBytes: number,
): Promise<JoinedBin> {
  const { files } = await planScan(store, { ...snapshot, files: FileSet.of(bin.files) });
  const target = {
    ...tableTarget(snapshot, table.environment),
    partitionValues: bin.partitionValues,
    targetFileBytes,
  };
  const written = await table.dataFiles.rewrite(target, { files, drop: { kind: 'none' } });
  const outcome = await table.commit(snapshot, {
    read: { kind: 'nothing' },
    removes: bin.files,
    adds: written.adds,
    dataChange: false,
    operation: 'OPTIMIZE',
    operationParameters: { predicate: '[]', zOrderBy: '[]', auto: 'false' },
    metrics: {
      numRemovedFiles: bin.files.length,
      numRemovedBytes: bin.bytes,
      numAddedFiles: written.adds.length,
      numAddedBytes: written.bytes,
    },
  });
  if (outcome.outcome === 'committed') {
    return { outcome: 'joined', bin, version: outcome.version, added: written.adds };
  }
  if (outcome.outcome === 'superseded') {
    throw new PlatformError(
      'lake_commit_failed',
      `compaction of table ${snapshot.path} moved no transaction, and was superseded by one`,
    );
  }
  // No version names them, and none will.
  await deleteObjects(
    store,
    written.adds.map((add) => storePathOf(store, snapshot.path, add.path)),
  );
  return { outcome: 'conflict', bin, conflict: outcome };
}

function reportOf(version: number | null, bins: readonly JoinedBin[]): CompactionReport {
  const done = bins.filter((bin) => bin.outcome !== 'conflict');
  const sum = (of: (bin: Exclude<JoinedBin, { outcome: 'conflict' }>) => number): number =>
    done.reduce((total, bin) => total + of(bin), 0);
  return {
    version,
    bins,
    filesRemoved: sum(({ bin }) => bin.files.length),
    filesAdded: sum((bin) => (bin.outcome === 'joined' ? bin.added.length : 1)),
    bytesRemoved: sum(({ bin }) => bin.bytes),
    bytesAdded: sum((bin) =>
      bin.outcome === 'joined' ? bin.added.reduce((bytes, { size }) => bytes + size, 0) : bin.bin.bytes,
    ),
  };
}
