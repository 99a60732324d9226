import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Far longer than a function may run: whoever has changed nothing for so long reads nothing. */
const LEFT_AFTER_MS = 24 * 3_600_000;

/**
 * Removes what processes that were killed left in the folder of holders, whose names are `<process id>-<random>`. Ids are given
 * again (in a container all processes may be number 1), so that age counts beside them.
 * @param now epoch milliseconds
 */
export async function removeLeftHolders(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (isAlive(Number.parseInt(name, 10)) && !(await isOlderThan(path, now - LEFT_AFTER_MS))) continue;
    await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isOlderThan(path: string, time: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < time;
  } catch (error) {
    // Its process was just closed.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}
