// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#metadata-cleanup
import type { CommitFile } from '../log/commit-times.ts';
import { logFilesOf } from '../log/log-segment.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface LogCleanUpPlan {
  /** The version of the checkpoint from which the oldest readable version is read; null: there is nothing to delete. */
  readonly keepFrom: number | null;
  /**
   * Groups of files to delete, each whole before the next: after any part of it the versions that can be read are those
   * from `keepFrom` on, or all there were.
   */
  readonly expired: readonly (readonly string[])[];
}

export interface LogCleanUpRequest {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly retentionMs: number;
}

/**
 * Which files of `_delta_log` may go: all before the newest complete checkpoint that is not younger than the newest commit
 * at or before the cutoff. Every version since that commit stays readable. The json at the version of the checkpoint stays
 * too, since it tells when the version was committed.
 */
export function planLogCleanUp(
  paths: readonly string[],
  commits: readonly CommitFile[],
  { now, retentionMs }: LogCleanUpRequest,
): LogCleanUpPlan {
  const cutoff = cutoffTime(now, retentionMs);
  const newestExpired = commits.findLast((commit) => commit.timestamp <= cutoff)?.version ?? -1;
  const keepFrom = logFilesOf(paths).checkpoints.findLast(({ version }) => version <= newestExpired)?.version;
  if (keepFrom === undefined) return { keepFrom: null, expired: [] };
  const old = paths.filter((path) => (lastVersionServed(path) ?? keepFrom) < keepFrom);
  const checkpoints = old.filter((path) => path.includes('.checkpoint.'));
  const expiredCommits = commits.filter(({ version }) => version < keepFrom).map(({ path }) => path);
  const others = old.filter((path) => !/\.checkpoint\.|\/\d{20}\.json$/.test(path));
  // Without the oldest commit no other is read but by a checkpoint, and those are gone by then.
  const groups = [checkpoints, expiredCommits.slice(0, 1), [...expiredCommits.slice(1), ...others]];
  return { keepFrom, expired: groups.filter((group) => group.length > 0) };
}

/** Midnight UTC, as Spark has it, so that a log is cleaned once a day; the full hour where less than a day is kept. */
function cutoffTime(now: number, retentionMs: number): number {
  const granularity = retentionMs < DAY_MS ? HOUR_MS : DAY_MS;
  return Math.floor((now - retentionMs) / granularity) * granularity;
}

/** The version up to which a file of the log is of use; null for one that serves all, such as `_last_checkpoint`. */
function lastVersionServed(path: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const match = /^(?:\d{20}\.)?(\d{20})\.(json|crc|compacted\.json|checkpoint\..+)$/.exec(name);
  return match === null ? null : Number(match[1]);
}
