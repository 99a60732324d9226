import { PlatformError } from '../../errors.ts';
import { parseLogPath } from './log-path.ts';

/** The files whose replay gives one version of a table: a checkpoint and the commits after it. */
export interface LogSegment {
  readonly version: number;
  readonly checkpoint: Checkpoint | null;
  /** Ascending and without gaps. */
  readonly commits: readonly { readonly version: number; readonly path: string }[];
}

export interface Checkpoint {
  readonly version: number;
  /** One, or as many as it has parts. */
  readonly paths: readonly string[];
}

/** What a listing of `_delta_log` holds. */
export interface LogFiles {
  /** Paths by version. */
  readonly commits: ReadonlyMap<number, string>;
  /** Those of which every part is there, one for a version, ascending. */
  readonly checkpoints: readonly Checkpoint[];
}

export function logFilesOf(paths: readonly string[]): LogFiles {
  const commits = new Map<number, string>();
  /** By version, and by how many parts there should be. */
  const parts = new Map<number, Map<number, string[]>>();
  for (const path of paths) {
    const file = parseLogPath(path);
    if (file?.kind === 'commit') commits.set(file.version, path);
    if (file?.kind !== 'checkpoint') continue;
    const ofVersion = parts.get(file.version) ?? new Map<number, string[]>();
    ofVersion.set(file.parts, [...(ofVersion.get(file.parts) ?? []), path]);
    parts.set(file.version, ofVersion);
  }
  const checkpoints = [...parts].flatMap(
    ([version, ofVersion]) => completeCheckpoint(version, ofVersion) ?? [],
  );
  return { commits, checkpoints: checkpoints.sort((left, right) => left.version - right.version) };
}

/**
 * Chooses the newest complete checkpoint at or below `version` (default: the newest version) and the commits after it. Null
 * where there is neither commit nor complete checkpoint.
 */
export function planLogSegment(files: LogFiles, table: string, version?: number): LogSegment | null {
  const newest = newestVersion(files);
  if (newest === null) return null;
  const wanted = version ?? newest;
  const oldest = oldestReadable(files);
  if (wanted > newest || (oldest !== null && wanted < oldest)) {
    throw new PlatformError(
      'lake_version_missing',
      `table ${table} has no version ${wanted}, available are ${oldest ?? 'none'} to ${newest}`,
    );
  }
  const checkpoint = files.checkpoints.findLast((candidate) => candidate.version <= wanted) ?? null;
  const commits: { version: number; path: string }[] = [];
  for (let next = checkpoint === null ? 0 : checkpoint.version + 1; next <= wanted; next++) {
    const path = files.commits.get(next);
    if (path === undefined) {
      throw new PlatformError(
        'lake_log_corrupt',
        `table ${table}: the log lacks version ${next} (checkpoint ${checkpoint?.version ?? 'none'}, newest ${newest})`,
      );
    }
    commits.push({ version: next, path });
  }
  return { version: wanted, checkpoint, commits };
}

/** The oldest version that can be loaded: the first, or that of the oldest checkpoint after clean-up. Null where none can. */
export function oldestReadable(files: LogFiles): number | null {
  return files.commits.has(0) ? 0 : (files.checkpoints[0]?.version ?? null);
}

function newestVersion({ commits, checkpoints }: LogFiles): number | null {
  let newest = checkpoints.at(-1)?.version ?? null;
  for (const version of commits.keys()) newest = Math.max(newest ?? 0, version);
  return newest;
}

/** All checkpoints of a version hold the same; of several in one file the first will do. */
function completeCheckpoint(version: number, ofVersion: ReadonlyMap<number, string[]>): Checkpoint | null {
  const whole = ofVersion.get(1)?.[0];
  if (whole !== undefined) return { version, paths: [whole] };
  for (const [parts, paths] of ofVersion) {
    if (paths.length === parts) return { version, paths };
  }
  return null;
}
