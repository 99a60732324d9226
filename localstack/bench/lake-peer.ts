import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../../shared/errors.ts';

/** delta-rs in a Python process of its own (`lake_peer.py`). */
export interface LakePeer {
  readonly pid: number;
  /** One request at a time; throws `bench_peer_failed` with what Python says. */
  ask<Answer>(request: Readonly<Record<string, unknown>>): Promise<Answer>;
  close(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('lake_peer.py', import.meta.url));
const REQUIREMENTS = 'localstack/e2e/deltalake/requirements.txt';

/** @param python an interpreter with the packages of `requirements.txt`; undefined: the one that `.ci/run` installs */
export async function startLakePeer(python?: string): Promise<LakePeer> {
  const interpreter = python ?? join(homedir(), '.cache/customer-insight/deltalake-1.6.6/bin/python');
  await requireInterpreter(interpreter);
  const child = spawn(interpreter, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    ask: async <Answer>(request: Readonly<Record<string, unknown>>) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines.next();
      const answer = (line.done ? { error: 'the process has ended' } : JSON.parse(line.value)) as {
        readonly error?: string;
      };
      if (answer.error !== undefined) {
        throw new PlatformError('bench_peer_failed', `delta-rs could not ${request.do}: ${answer.error}`);
      }
      return answer as Answer;
    },
    close: async () => {
      child.stdin.end();
      if (isRunning(child)) await exit;
    },
  };
}

async function requireInterpreter(interpreter: string): Promise<void> {
  // A bare name is looked up in PATH when it is started.
  if (!interpreter.includes('/')) return;
  try {
    await access(interpreter);
  } catch (cause) {
    const venv = join(homedir(), '.cache/customer-insight/deltalake-1.6.6');
    throw new PlatformError(
      'bench_peer_missing',
      `there is no Python with delta-rs at ${interpreter}: name one in DELTALAKE_PYTHON, or install it: ` +
        `python3 -m venv ${venv} && ${venv}/bin/pip install -r ${REQUIREMENTS}`,
      { cause },
    );
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
