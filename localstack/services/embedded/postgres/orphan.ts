import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '../../../../shared/errors.ts';
import { isAlive } from '../../native/process-identity.ts';

/**
 * Makes way for a start in `cluster`: a server that outlived the process which started it is stopped, and a
 * `postmaster.pid` whose number belongs to some other program by now is removed. A pid file of a process that is gone
 * is left to Postgres, which then checks the shared memory of that server too.
 */
export async function clearOrphan(
  cluster: string,
  deadlineMs: number,
): Promise<'none' | 'stopped' | 'stale'> {
  const pidFile = path.join(cluster, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number(content.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) {
    return 'none';
  }
  if (!(await servesCluster(pid, cluster))) {
    await rm(pidFile, { force: true });
    return 'stale';
  }
  await stopServer(pid, deadlineMs);
  return 'stopped';
}

/**
 * Fast shutdown: sessions are ended, a checkpoint is written. After `deadlineMs` an immediate shutdown, which costs the
 * next start a recovery but no data. https://www.postgresql.org/docs/current/server-shutdown.html
 */
export async function stopServer(pid: number, deadlineMs: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await gone(pid, deadlineMs)) {
    return;
  }
  signal(pid, 'SIGQUIT');
  if (!(await gone(pid, deadlineMs))) {
    throw new PlatformError(
      'postgres_does_not_stop',
      `postgres ${pid} does not stop · end it by hand: kill -9 ${pid}`,
    );
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
      throw error;
    }
  }
}

async function gone(pid: number, deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (await isRunning(pid)) {
    if (performance.now() > deadline) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** A zombie still has its number but is no longer running. */
async function isRunning(pid: number): Promise<boolean> {
  if (!isAlive(pid)) {
    return false;
  }
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(state);
}

/** A server's working directory is its cluster; where that cannot be seen, its command line must name postgres. */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  if (folder !== null) {
    return folder === (await realpath(cluster));
  }
  if (process.platform === 'win32') {
    return false;
  }
  const listed = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => null);
  return listed?.stdout.includes('postgres') ?? false;
}
