import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import { acquireLock, lockHolderOf } from './native/file-lock.ts';
import { isRunning } from './native/process-identity.ts';

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
  for (;;) {
    if (acquireLock(path)) return () => rmSync(path, { force: true });
    const holder = lockHolder(dataDir);
    if (holder?.holds) {
      throw new PlatformError(
        'data_folder_in_use',
        `${dataDir} is in use by process ${holder.pid} · stop that platform (Ctrl-C in its terminal), or set DATA_DIR to another folder`,
        { details: { pid: holder.pid } },
      );
    }
  }
}

/** Who has locked a data folder, and whether that process still runs; null when nobody has. */
export function lockHolder(dataDir: string): { pid: number; holds: boolean } | null {
  const holder = lockHolderOf(resolve(dataDir, LOCK_FILE));
  return holder === null ? null : { pid: holder.pid, holds: isRunning(holder) };
}
