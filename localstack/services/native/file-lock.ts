import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../../../shared/errors.ts';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

const ASK_AGAIN_MS = 50;

/**
 * Does `work` while no other process (nor another caller in this one) holds the lock file. The lock of a process that
 * has died is taken over.
 * @throws PlatformError `locked` naming the holder after `withinMs`
 */
export async function withFileLock<T>(file: string, withinMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = performance.now() + withinMs;
  while (!acquireLock(file)) {
    if (performance.now() > deadline) {
      throw new PlatformError(
        'locked',
        `${file} is held by process ${lockHolderOf(file)?.pid} · wait for it, or end it`,
      );
    }
    await sleep(ASK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * Whether this process has taken the lock; false also where a dead holder's was in the way, which is gone by then. A lock
 * appears with its content: written beside and linked, which fails where there is one.
 */
export function acquireLock(file: string): boolean {
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, JSON.stringify(identityOf(process.pid)));
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  removeIfAbandoned(file);
  return false;
}

/** null: there is no lock. One that cannot be read, as after a power cut, is a dead process's. */
export function lockHolderOf(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (error instanceof SyntaxError) return { pid: 0, startedAt: 'unknown' };
    // ENOTDIR: where its folder should be is a file, which whoever takes the lock is told of.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * Takes a dead holder's file away by renaming it, which one of several takers succeeds in. Should the one taken away
 * turn out to be a living holder's, it is put back.
 */
function removeIfAbandoned(file: string): void {
  const holder = lockHolderOf(file);
  if (holder === null || isRunning(holder)) return;
  const aside = `${file}.${process.pid}.abandoned`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const taken = lockHolderOf(aside);
  if (taken !== null && isRunning(taken)) linkSync(aside, file);
  rmSync(aside, { force: true });
}
