// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#metadata-cleanup
import type { CommitFile } from '../log/commit-times.ts';
import { parseLogPath } from '../log/log-path.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface LogCleanUpPlan {
  /** The checkpoint that the oldest readable version is read from; null: there is nothing to delete. */
  readonly keepFrom: number | null;
  /** Commits, checkpoints, checksums and compacted commits before it; ascending by version. */
  readonly expired: readonly string[];
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
  const newestExpired = commits.findLast((commit) => commit.timestamp <= cutoff)?.version;
  const keepFrom =
    newestExpired === undefined
      ? undefined
      : completeCheckpoints(paths).findLast((version) => version <= newestExpired);
  if (keepFrom === undefined) return { keepFrom: null, expired: [] };
  const expired = paths
    .map((path) => ({ path, version: expiringVersion(path) }))
    .filter((file): file is { path: string; version: number } => (file.version ?? keepFrom) < keepFrom)
    .sort((left, right) => left.version - right.version);
  return { keepFrom, expired: expired.map(({ path }) => path) };
}

/**
 * Versions with a checkpoint of which no part is missing, ascending. A V2 checkpoint counts by its first file: its sidecars
 * were written before it.
 */
export function completeCheckpoints(paths: readonly string[]): number[] {
  const parts = new Map<string, number>();
  const complete = new Set<number>();
  for (const path of paths) {
    const file = parseLogPath(path);
    if (file === null || file.kind === 'commit') continue;
    if (file.kind === 'v2-checkpoint') {
      complete.add(file.version);
      continue;
    }
    const key = `${file.version}/${file.parts}`;
    const present = (parts.get(key) ?? 0) + 1;
    parts.set(key, present);
    if (present === file.parts) complete.add(file.version);
  }
  return [...complete].sort((left, right) => left - right);
}

/** Midnight UTC, as Spark has it, so that a log is cleaned once a day; the full hour where less than a day is kept. */
function cutoffTime(now: number, retentionMs: number): number {
  const granularity = retentionMs < DAY_MS ? HOUR_MS : DAY_MS;
  return Math.floor((now - retentionMs) / granularity) * granularity;
}

/** The version with which a file of the log loses its use; null for one that has none, such as `_last_checkpoint`. */
function expiringVersion(path: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const compacted = /^\d{20}\.(\d{20})\.compacted\.json$/.exec(name);
  if (compacted !== null) return Number(compacted[1]);
  const version = /^(\d{20})\.(json|crc|checkpoint\..+)$/.exec(name);
  return version === null ? null : Number(version[1]);
}
