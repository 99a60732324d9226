import { PlatformError } from '../../errors.ts';
import { parseLogPath } from './log-path.ts';

/** The files whose replay gives one version of a table: a checkpoint and the commits after it. */
export interface LogSegment {
  readonly version: number;
  readonly checkpoint: { readonly version: number; readonly paths: readonly string[] } | null;
  /** Ascending and without gaps. */
  readonly commits: readonly { readonly version: number; readonly path: string }[];
}

/**
 * Chooses from a listing of `_delta_log` the newest complete checkpoint at or below `version` (default: the newest
 * version) and the commits after it. Null where the listing has neither commit nor complete checkpoint.
 */
export function planLogSegment(paths: readonly string[], table: string, version?: number): LogSegment | null {
  const commits = new Map<number, string>();
  const checkpoints = new Map<number, Map<string, string[]>>();
  let v2Checkpoint: number | null = null;
  for (const path of paths) {
    const file = parseLogPath(path);
    if (file === null || (version !== undefined && file.version > version)) continue;
    if (file.kind === 'commit') commits.set(file.version, path);
    else if (file.kind === 'v2-checkpoint') v2Checkpoint = file.version;
    else {
      const kinds = checkpoints.get(file.version) ?? new Map<string, string[]>();
      kinds.set(`${file.parts}`, [...(kinds.get(`${file.parts}`) ?? []), path]);
      checkpoints.set(file.version, kinds);
    }
  }
  const checkpoint = newestComplete(checkpoints);
  if (checkpoint === null && commits.size === 0 && v2Checkpoint === null) return null;
  const first = checkpoint === null ? 0 : checkpoint.version + 1;
  let newest = Math.max(checkpoint?.version ?? 0, v2Checkpoint ?? 0);
  for (const committed of commits.keys()) newest = Math.max(newest, committed);
  const tail: { version: number; path: string }[] = [];
  for (let next = first; next <= newest; next++) {
    const path = commits.get(next);
    if (path === undefined && v2Checkpoint !== null) {
      throw new PlatformError('lake_feature_unsupported', `table ${table}: V2 checkpoints are not supported`);
    }
    if (path === undefined) {
      throw new PlatformError(
        'lake_log_corrupt',
        `table ${table}: the log lacks version ${next} (checkpoint ${checkpoint?.version ?? 'none'}, newest ${newest})`,
      );
    }
    tail.push({ version: next, path });
  }
  if (version !== undefined && newest !== version) {
    throw new PlatformError(
      'lake_version_missing',
      `table ${table} has no version ${version}, newest is ${newest}`,
    );
  }
  return { version: newest, checkpoint, commits: tail };
}

function newestComplete(
  checkpoints: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>,
): LogSegment['checkpoint'] {
  for (const version of [...checkpoints.keys()].sort((left, right) => right - left)) {
    for (const [parts, paths] of checkpoints.get(version) ?? []) {
      if (paths.length === Number(parts)) return { version, paths };
    }
  }
  return null;
}
