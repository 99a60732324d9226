import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';

export const LOCK_FILE = 'lock';
/** Names a folder as ours, so that `reset` deletes nothing else. */
export const MARKER_FILE = '.customer-insight';

/**
 * One platform at a time on a data folder. A lock whose process has died is taken over.
 * @returns releases the lock
 * @throws PlatformError `data_folder_in_use` naming the process that holds it
 */
export function lockDataFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(
    resolve(dataDir, MARKER_FILE),
    'state of the customer insight platform; npm run reset deletes it\n',
  );
  const path = resolve(dataDir, LOCK_FILE);
  const mine = JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) });
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = lockHolder(dataDir);
    if (holder?.holds) {
      throw new PlatformError(
        'data_folder_in_use',
        `${dataDir} is in use by process ${holder.pid} · stop that platform (Ctrl-C in its terminal), or set DATA_DIR to another folder`,
        { details: { pid: holder.pid } },
      );
    }
    rmSync(path, { force: true });
  }
}

/** Who has locked a data folder, and whether that process still runs; null when nobody has. */
export function lockHolder(dataDir: string): { pid: number; holds: boolean } | null {
  const holder = readHolder(resolve(dataDir, LOCK_FILE));
  if (holder === null) return null;
  const { pid, startedAt } = holder;
  return { pid, holds: isAlive(pid) && processStart(pid) === startedAt };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Start time of a process in clock ticks since boot, so that a reused pid is told apart; null where /proc has none. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function readHolder(path: string): { pid: number; startedAt: string | null } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startedAt: string | null };
  } catch {
    return null;
  }
}
