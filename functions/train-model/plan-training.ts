import type { ModelVersion } from '../../shared/control/index.ts';
import { DAY_MS, type EpochMillis } from '../../shared/domain/index.ts';

/** All that a training depends on. */
export interface TrainingSource {
  /** Lake table to the version that would be read. */
  readonly lakeVersions: Readonly<Record<string, number>>;
  /** The moment that the history would be looked back from. */
  readonly shopTime: EpochMillis;
}

export type TrainingPlan =
  | { readonly kind: 'train' }
  /** A training would give this version again. */
  | { readonly kind: 'reuse'; readonly version: ModelVersion; readonly reason: string };

/**
 * The newest version is as good as another one when trees were tried for it and it was trained from the same table versions on the
 * same UTC day of the shop: half-lives and windows are counted in days, so within one the same sales give all but the same model.
 */
export function planTraining(newest: ModelVersion | null, source: TrainingSource): TrainingPlan {
  if (newest?.shopTime === undefined) return { kind: 'train' };
  const day = utcDay(source.shopTime);
  const tables = Object.entries(source.lakeVersions);
  const same =
    newest.parameters.triedTrees !== false &&
    day === utcDay(newest.shopTime) &&
    tables.every(([table, version]) => newest.lakeVersions[table] === version);
  if (!same) return { kind: 'train' };
  const read = tables.map(([table, version]) => `${table} at version ${version}`).join(' and ');
  const reason = `${newest.version} was trained from ${read} on ${new Date(day * DAY_MS).toISOString().slice(0, 10)}`;
  return { kind: 'reuse', version: newest, reason };
}

/** Days since 1970-01-01. */
function utcDay(at: EpochMillis): number {
  return Math.floor(at / DAY_MS);
}
