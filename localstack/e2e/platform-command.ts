import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../services/native/process-identity.ts';
import { RUNTIME_FILE, type RuntimeState } from '../services/runtime-state.ts';
import { eventually } from './eventually.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A real shop's history takes longer than a generated one, and longer still on a busy machine. */
const READY_WITHIN_MS = 570_000;
const LOG_LINES_TOLD = 60;

/** A command of ours that runs a platform until Ctrl-C, as a user starts it. */
export interface PlatformCommand {
  readonly state: RuntimeState;
  /** Everything that the command has printed. */
  readonly output: () => string;
  /** Runs another command beside it, as `npm run` would. */
  readonly command: (script: string, ...args: string[]) => Promise<string>;
  readonly get: (path: string) => Promise<{ status: number; body: unknown; text: string }>;
  /** Ctrl-C. */
  readonly stop: () => Promise<number | null>;
  readonly exited: Promise<number | null>;
}

/** @param script of `localstack/cli`; resolves when the platform is ready on `env.DATA_DIR` */
export async function startPlatformCommand(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv & { readonly DATA_DIR: string },
): Promise<PlatformCommand> {
  const child = spawn(process.execPath, cli(script, args), { cwd: ROOT, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const becomesReady = eventually(`${script} becoming ready`, READY_WITHIN_MS, async () => {
    if (child.exitCode !== null) throw new Error(`${script} ended with code ${child.exitCode}`);
    return readyState(env.DATA_DIR);
  });
  const state = await becomesReady.catch(async (error: Error) => {
    child.kill('SIGTERM');
    await exited;
    const log = lastLines(join(env.DATA_DIR, 'platform.log'));
    throw new Error(`${error.message}; it said:\n${output}\nand its log ended with:\n${log}`, {
      cause: error,
    });
  });
  return {
    state,
    output: () => output,
    command: async (other, ...words) => {
      const { stdout } = await promisify(execFile)(process.execPath, cli(other, words), { cwd: ROOT, env });
      return stdout;
    },
    get: async (path) => {
      const response = await fetch(`${state.urls.api}${path}`);
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, body: json ? JSON.parse(text) : null, text };
    },
    stop: () => {
      child.kill('SIGINT');
      return exited;
    },
    exited,
  };
}

export function cli(script: string, args: readonly string[]): string[] {
  return ['--import', 'tsx', `localstack/cli/${script}.ts`, ...args];
}

/** A killed platform leaves its file behind. */
function readyState(dataDir: string): RuntimeState | undefined {
  const path = join(dataDir, RUNTIME_FILE);
  if (!existsSync(path)) return undefined;
  const state = JSON.parse(readFileSync(path, 'utf8')) as RuntimeState;
  return state.ready && isAlive(state.pid) ? state : undefined;
}

function lastLines(path: string): string {
  return existsSync(path)
    ? readFileSync(path, 'utf8').split('\n').slice(-LOG_LINES_TOLD).join('\n')
    : 'nothing';
}
