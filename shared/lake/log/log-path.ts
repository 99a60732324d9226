// Names in _delta_log: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
import { joinPath } from '../store/object-store.ts';

/** Versions are zero-padded so that names sort as versions do. */
const VERSION_DIGITS = 20;

export type LogFile =
  | { readonly kind: 'commit'; readonly version: number }
  /** Part `part` of `parts`, both from 1; a classic checkpoint is part 1 of 1. */
  | { readonly kind: 'checkpoint'; readonly version: number; readonly part: number; readonly parts: number }
  /** A checkpoint with a UUID in its name (V2). */
  | { readonly kind: 'v2-checkpoint'; readonly version: number };

export function logFolder(table: string): string {
  return joinPath(table, '_delta_log');
}

export function commitPath(table: string, version: number): string {
  return `${logFolder(table)}/${padded(version)}.json`;
}

export function checkpointPath(table: string, version: number): string {
  return `${logFolder(table)}/${padded(version)}.checkpoint.parquet`;
}

export function lastCheckpointPath(table: string): string {
  return `${logFolder(table)}/_last_checkpoint`;
}

/** Sorts before every log file of `version` and after those of the version before it. */
export function beforeVersion(table: string, version: number): string {
  return `${logFolder(table)}/${padded(version)}`;
}

/** What a path in `_delta_log` is; null for anything that does not define a version of the table. */
export function parseLogPath(path: string): LogFile | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const match = /^(\d{20})\.(.+)$/.exec(name);
  if (match === null) return null;
  const version = Number(match[1]);
  const rest = match[2] ?? '';
  if (rest === 'json') return { kind: 'commit', version };
  if (rest === 'checkpoint.parquet') return { kind: 'checkpoint', version, part: 1, parts: 1 };
  const part = /^checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(rest);
  if (part !== null) return { kind: 'checkpoint', version, part: Number(part[1]), parts: Number(part[2]) };
  return /^checkpoint\.[0-9a-f-]{36}\.(json|parquet)$/.test(rest) ? { kind: 'v2-checkpoint', version } : null;
}

function padded(version: number): string {
  return version.toString().padStart(VERSION_DIGITS, '0');
}
