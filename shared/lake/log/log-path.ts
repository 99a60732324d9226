// Names in _delta_log: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
import { joinPath } from '../store/object-store.ts';

/** Versions are zero-padded so that names sort as versions do. */
const VERSION_DIGITS = 20;

export type LogFile =
  | { readonly kind: 'commit'; readonly version: number }
  /** Part `part` of `parts`, both from 1; a checkpoint in one file, with a UUID in its name (V2) or not, is part 1 of 1. */
  | { readonly kind: 'checkpoint'; readonly version: number; readonly part: number; readonly parts: number };

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

/** Of the file that a V2 checkpoint names by `uri`: its name alone, or a whole URI that ends in it. */
export function sidecarPath(table: string, uri: string): string {
  return `${logFolder(table)}/_sidecars/${decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1))}`;
}

/** Sorts before every log file of `version` and after those of the version before it. */
export function beforeVersion(table: string, version: number): string {
  return `${logFolder(table)}/${padded(version)}`;
}

/** What a path in `_delta_log` is; null for anything that does not define a version of the table. */
export function parseLogPath(path: string): LogFile | null {
  const match = /(?:^|(?:^|\/)_delta_log\/)(\d{20})\.([^/]+)$/.exec(path);
  if (match === null) return null;
  const version = Number(match[1]);
  const rest = match[2] ?? '';
  if (rest === 'json') return { kind: 'commit', version };
  if (/^checkpoint(\.[0-9a-f-]{36}\.json|(\.[0-9a-f-]{36})?\.parquet)$/.test(rest)) {
    return { kind: 'checkpoint', version, part: 1, parts: 1 };
  }
  const part = /^checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(rest);
  return part === null
    ? null
    : { kind: 'checkpoint', version, part: Number(part[1]), parts: Number(part[2]) };
}

function padded(version: number): string {
  return version.toString().padStart(VERSION_DIGITS, '0');
}
