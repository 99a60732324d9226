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
  const mine = JSON.stringify(identityOf(process.pid));
  const deadline = performance.now() + withinMs;
  while (!acquire(file, mine)) {
    if (performance.now() > deadline) {
      throw new PlatformError(
        'locked',
        `${file} is held by process ${readHolder(file)?.pid} · wait for it, or end it`,
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

/** A lock appears with its content: written beside and linked, which fails where there is one. */
function acquire(file: string, content: string): boolean {
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, content);
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

/**
 * Takes a dead holder's file away by renaming it, which one of several takers succeeds in. Should the one taken away
 * turn out to be a living holder's, it is put back.
 */
function removeIfAbandoned(file: string): void {
  const holder = readHolder(file);
  if (holder === null || isRunning(holder)) return;
  const aside = `${file}.${process.pid}.abandoned`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const taken = readHolder(aside);
  if (taken !== null && isRunning(taken)) linkSync(aside, file);
  rmSync(aside, { force: true });
}

/** null: there is no lock by now. */
function readHolder(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
