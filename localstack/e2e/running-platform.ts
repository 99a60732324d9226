import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Overrides } from '../../shared/runtime/config.ts';
import { isAlive } from '../services/data-folder-lock.ts';
import { RUNTIME_FILE, type RuntimeState } from '../services/runtime-state.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');
const POLL_MS = 100;
/** A real shop's history takes longer than a generated one, and longer still on a busy machine. */
const READY_WITHIN_MS = 280_000;
const LOG_LINES_TOLD = 60;

export interface PlatformProcessOptions {
  readonly dataDir: string;
  /** Default: everything embedded. */
  readonly settings?: Overrides;
  /** Of `npm start`. */
  readonly args?: readonly string[];
}

/** A platform started as a user starts it, on a data folder and ports of its own. */
export interface RunningPlatform {
  readonly state: RuntimeState;
  /** Everything that `npm start` has printed. */
  readonly output: () => string;
  /** Runs another command beside it, as `npm run` would. */
  readonly command: (script: string, ...args: string[]) => Promise<string>;
  /** Runs the serverless CLI beside it, e.g. `invoke local`, and gives what it prints as JSON. */
  readonly serverless: (...args: string[]) => Promise<unknown>;
  readonly get: (path: string) => Promise<{ status: number; body: unknown; text: string }>;
  /** Ctrl-C. */
  readonly stop: () => Promise<number | null>;
  /** kill -9 of the process that hosts the functions. */
  readonly kill: () => Promise<void>;
}

export async function startPlatformProcess({
  dataDir,
  settings = {},
  args = [],
}: PlatformProcessOptions): Promise<RunningPlatform> {
  const env = {
    ...process.env,
    ...settings,
    DATA_DIR: dataDir,
    PORT: '0',
    LAMBDA_PORT: '0',
    SHOP_DATABASE_PORT: '0',
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'localstack/cli/start.ts', ...args], {
    cwd: ROOT,
    env,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const state = await untilReady(child, dataDir).catch(async (error: Error) => {
    child.kill('SIGTERM');
    await exited;
    const log = lastLines(join(dataDir, 'platform.log'));
    throw new Error(`${error.message}; it said:\n${output}\nand its log ended with:\n${log}`, {
      cause: error,
    });
  });
  return {
    state,
    output: () => output,
    command: async (script, ...args) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', `localstack/cli/${script}.ts`, ...args],
        { cwd: ROOT, env },
      );
      return stdout;
    },
    serverless: async (...args) => {
      const { stdout } = await promisify(execFile)(process.execPath, [SERVERLESS, ...args], {
        cwd: ROOT,
        env,
      });
      return JSON.parse(stdout);
    },
    get: async (path) => {
      const response = await fetch(new URL(path, state.urls.api));
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, body: json ? JSON.parse(text) : null, text };
    },
    stop: () => {
      child.kill('SIGINT');
      return exited;
    },
    kill: async () => {
      process.kill(state.pid, 'SIGKILL');
      await exited;
    },
  };
}

/** The first value that `probe` gives other than undefined; fails with what it last saw when the deadline passes. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await sleep(POLL_MS);
  }
}

function lastLines(path: string): string {
  return existsSync(path)
    ? readFileSync(path, 'utf8').split('\n').slice(-LOG_LINES_TOLD).join('\n')
    : 'nothing';
}

async function untilReady(child: ChildProcess, dataDir: string): Promise<RuntimeState> {
  return eventually('the platform becoming ready', READY_WITHIN_MS, async () => {
    if (child.exitCode !== null) throw new Error(`the platform ended with code ${child.exitCode}`);
    const path = join(dataDir, RUNTIME_FILE);
    if (!existsSync(path)) return undefined;
    const state = JSON.parse(readFileSync(path, 'utf8')) as RuntimeState;
    // A killed platform leaves its file behind.
    return state.ready && isAlive(state.pid) ? state : undefined;
  });
}
