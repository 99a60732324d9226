import type { ControlTable } from '../../shared/control/index.ts';
import {
  cleanUpLog,
  joinBins,
  type ObjectStore,
  setMissingProperties,
  type Table,
  vacuum,
  writeCheckpoint,
} from '../../shared/lake/index.ts';
import type { LakeTable } from '../../shared/tables/index.ts';
import { planMaintenance } from './plan-maintenance.ts';
import { readSweptAt, writeSweptAt } from './swept-at.ts';

export interface MaintainTablePorts {
  /** A table of the lakehouse by its path; one handle for the life of the process. */
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  readonly controlTable: ControlTable;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface MaintainedTable {
  readonly outcome: 'maintained';
  readonly table: string;
  /** The newest version afterwards. */
  readonly version: number;
  /** Names of the properties that it has from the catalogue since. */
  readonly propertiesSet: readonly string[];
  readonly activeFiles: number;
  readonly joined: {
    readonly filesRemoved: number;
    readonly filesAdded: number;
    readonly bytesRemoved: number;
    readonly bytesAdded: number;
    /** Bins that another commit took files from; the next run looks again. */
    readonly conflicts: number;
  };
  /** The newest checkpoint; null where none is due and none is known. */
  readonly checkpoint: number | null;
  /** null: not due. */
  readonly swept: {
    readonly filesDeleted: number;
    readonly bytesDeleted: number;
    readonly logFilesDeleted: number;
  } | null;
}

/**
 * Does what the plan of one table says: properties first, since they tell how long files are kept; the log last, since a
 * checkpoint has to take its place. Null where there is no such table yet. `signal` ends the joining early: the next run
 * goes on.
 */
export async function maintainTable(
  { name, configuration }: LakeTable,
  ports: MaintainTablePorts,
  signal: AbortSignal,
): Promise<MaintainedTable | null> {
  const table = ports.lakeTable(name);
  const snapshot = await table.snapshot();
  if (snapshot === null) return null;
  const sweptAt = await readSweptAt(ports.controlTable, name);
  const plan = planMaintenance({ configuration }, snapshot, { now: ports.now(), sweptAt });

  const propertiesSet = Object.keys(plan.setProperties);
  if (propertiesSet.length > 0) await setMissingProperties(table, plan.setProperties);
  const { targetFileBytes } = plan;
  const base = propertiesSet.length > 0 ? ((await table.snapshot()) ?? snapshot) : snapshot;
  const joined = await joinBins(table, ports.objectStore, base, plan.joins, { targetFileBytes, signal });
  const newest = (await table.snapshot()) ?? snapshot;
  const checkpoint = plan.checkpoint
    ? await writeCheckpoint(ports.objectStore, newest, ports.now())
    : newest.checkpointVersion;
  const swept = plan.sweep && !signal.aborted ? await sweep(name, ports) : null;
  return {
    outcome: 'maintained',
    table: name,
    version: newest.version,
    propertiesSet,
    activeFiles: newest.files.size,
    joined: {
      filesRemoved: joined.filesRemoved,
      filesAdded: joined.filesAdded,
      bytesRemoved: joined.bytesRemoved,
      bytesAdded: joined.bytesAdded,
      conflicts: joined.bins.filter(({ outcome }) => outcome === 'conflict').length,
    },
    checkpoint,
    swept,
  };
}

async function sweep(
  table: string,
  { objectStore, controlTable, now }: MaintainTablePorts,
): Promise<NonNullable<MaintainedTable['swept']>> {
  const startedAt = now();
  const { files, bytes } = await vacuum(objectStore, table, { now: startedAt });
  const log = await cleanUpLog(objectStore, table, { now: startedAt });
  await writeSweptAt(controlTable, table, startedAt);
  return { filesDeleted: files.length, bytesDeleted: bytes, logFilesDeleted: log.files.length };
}
