import { existsSync, readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of proc_pid_stat(5)), or `ended`; null where there is no /proc. */
  readonly startedAt: string | null;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: readStat(pid)?.startedAt ?? (HAS_PROC ? ENDED : null) };
}

/**
 * Whether it still runs. A zombie has a number and a start time, but has ended: unless threads of it are left, which hold its
 * sockets for some milliseconds more.
 */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  if (startedAt === null) return isAlive(pid);
  const stat = readStat(pid);
  if (stat === null || stat.startedAt !== startedAt || stat.state === 'X') return false;
  return stat.state !== 'Z' || stat.threads > 1;
}

/** Whether any process has the number. Numbers below 1 would mean whole groups of processes. */
export function isAlive(pid: number): boolean {
  if (pid < 1) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @returns whether there was somebody to receive it */
export function sendSignal(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

const HAS_PROC = existsSync('/proc/self/stat');
/** Of a process that was gone when it was looked for: no start time is equal to it. */
const ENDED = 'ended';

/** The name of the program, which stands in parentheses before the state, may itself hold any character. */
function readStat(pid: number): { state: string; threads: number; startedAt: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, threads: Number(fields[16] ?? 0), startedAt: fields[18] ?? '' };
  } catch {
    return null;
  }
}
