import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually, type RunningPlatform } from '../e2e/running-platform.ts';
import { RUNTIME_FILE, type RuntimeState } from '../services/runtime-state.ts';
import { type DeployedStage, readDeployedStage } from './deployed-stage.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 280_000;

/** A platform that `npm run deploy:local` has deployed and runs beside. */
export interface DeployedPlatform
  extends Pick<RunningPlatform, 'state' | 'output' | 'command' | 'get' | 'stop'> {
  readonly deployed: DeployedStage;
}

/** @param dataDir names the servers: those that were started on this folder */
export async function deployPlatform(
  dataDir: string,
  stage: string,
  ...args: string[]
): Promise<DeployedPlatform> {
  const env = { ...process.env, DATA_DIR: dataDir, NO_COLOR: '1' };
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'localstack/cli/deploy-local.ts', '--stage', stage, ...args],
    {
      cwd: ROOT,
      env,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const state = await untilReady(child, dataDir).catch(async (error: Error) => {
    child.kill('SIGTERM');
    await exited;
    throw new Error(`${error.message}; it said:\n${output}`, { cause: error });
  });
  return {
    state,
    deployed: readDeployedStage(dataDir, stage),
    output: () => output,
    command: async (script, ...words) => {
      const cli = ['--import', 'tsx', `localstack/cli/${script}.ts`, ...words];
      return (await promisify(execFile)(process.execPath, cli, { cwd: ROOT, env })).stdout;
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
  };
}

/** `npm run deploy:local -- --remove`; gives what it prints. */
export async function removePlatform(dataDir: string, stage: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'localstack/cli/deploy-local.ts', '--stage', stage, '--remove', ...args],
    { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir } },
  );
  return stdout;
}

function untilReady(child: ChildProcess, dataDir: string): Promise<RuntimeState> {
  return eventually('the deployed platform becoming ready', READY_WITHIN_MS, async () => {
    if (child.exitCode !== null) throw new Error(`deploy:local ended with code ${child.exitCode}`);
    const path = resolve(dataDir, RUNTIME_FILE);
    if (!existsSync(path)) return undefined;
    const state = JSON.parse(readFileSync(path, 'utf8')) as RuntimeState;
    return state.ready ? state : undefined;
  });
}
