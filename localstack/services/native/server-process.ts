import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../../../shared/errors.ts';
import { childEnvironment } from '../../../shared/runtime/config.ts';
import { memoryOfTree } from '../process-memory.ts';
import { identityOf, isRunning, type ProcessIdentity, sendSignal } from './process-identity.ts';
import type { ServerPlan } from './service.ts';

const ASK_AGAIN_MS = 10;
/** How long a killed process may take to disappear: the kernel has to free its memory. */
const DIES_WITHIN_MS = 10_000;
const TAIL_LINES = 20;

/** Starts a server that outlives this process, its output appended to `logFile`. */
export async function spawnServer(
  plan: ServerPlan,
  folder: string,
  logFile: string,
): Promise<ProcessIdentity> {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.cwd ?? folder,
      env: { ...childEnvironment({}), ...plan.env },
      detached: true,
      stdio: ['ignore', log, log],
      ...plan.user,
    });
    await once(child, 'spawn');
    child.unref();
    return identityOf(child.pid ?? 0);
  } catch (cause) {
    throw new PlatformError('server_not_started', `cannot run ${plan.command}: ${String(cause)}`, { cause });
  } finally {
    closeSync(log);
  }
}

/**
 * Ends a server and everything that it started.
 * @returns `killed` where it did not end by itself within `withinMs`
 */
export async function endServer(
  server: ProcessIdentity,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<'ended' | 'killed'> {
  const children = descendants(server);
  sendSignal(server, signal);
  const ended = await untilGone([server], withinMs);
  await killAll([server, ...children]);
  return ended ? 'ended' : 'killed';
}

/** As the power cut: no process of the server gets to say anything. */
export async function killServer(server: ProcessIdentity): Promise<void> {
  await killAll([server, ...descendants(server)]);
}

/** The last lines that a server has written. */
export function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

function descendants(server: ProcessIdentity): readonly ProcessIdentity[] {
  return memoryOfTree(server.pid).flatMap(({ pid }) => (pid === server.pid ? [] : [identityOf(pid)]));
}

async function killAll(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const each of processes) sendSignal(each, 'SIGKILL');
  if (await untilGone(processes, DIES_WITHIN_MS)) return;
  const left = processes.filter(isRunning).map(({ pid }) => pid);
  throw new PlatformError('server_does_not_die', `processes ${left.join(', ')} do not end after SIGKILL`);
}

async function untilGone(processes: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (processes.some(isRunning)) {
    if (performance.now() > deadline) return false;
    await sleep(ASK_AGAIN_MS);
  }
  return true;
}
