import {
  type CompactionBin,
  isCheckpointDue,
  missingProperties,
  planCompaction,
  type Snapshot,
  targetFileBytes,
} from '../../shared/lake/index.ts';
import type { LakeTable } from '../../shared/tables/index.ts';

/** What one table needs, decided on one of its versions. */
export interface MaintenancePlan {
  readonly version: number;
  /** Properties of the catalogue that the table does not set: it was created before they were in it, or by another program. */
  readonly setProperties: Readonly<Record<string, string>>;
  readonly targetFileBytes: number;
  /** Small files to join, one new file and one commit for each. */
  readonly joins: readonly CompactionBin[];
  readonly checkpoint: boolean;
  /** Vacuum and log clean-up, which list all of the table's folder. */
  readonly sweep: boolean;
}

/** Files grow up to this size. */
const TARGET_FILE_BYTES = 64 * 2 ** 20;
/** Fewer small files are no burden to a reader. */
const MIN_INPUT_FILES = 8;
/** A file that is so old is taken for closed; appends after it make files of their own. */
const SETTLED_MS = 30_000;
export const SWEEP_EVERY_MS = 3_600_000;

/** `sweptAt`: when the table was last swept, epoch milliseconds; null: never. */
export function planMaintenance(
  { configuration }: Pick<LakeTable, 'configuration'>,
  snapshot: Snapshot,
  { now, sweptAt }: { readonly now: number; readonly sweptAt: number | null },
): MaintenancePlan {
  const setProperties = missingProperties(snapshot.metadata.configuration, configuration);
  const asked = targetFileBytes({ configuration: { ...setProperties, ...snapshot.metadata.configuration } });
  const target = Math.min(TARGET_FILE_BYTES, asked ?? TARGET_FILE_BYTES);
  return {
    version: snapshot.version,
    setProperties,
    targetFileBytes: target,
    joins: planCompaction(snapshot, {
      targetFileBytes: target,
      minInputFiles: MIN_INPUT_FILES,
      settledBefore: now - SETTLED_MS,
    }),
    checkpoint: isCheckpointDue(snapshot),
    sweep: sweptAt === null || now - sweptAt >= SWEEP_EVERY_MS,
  };
}
