import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Overrides } from '../../shared/runtime/config.ts';
import { type PlatformCommand, ROOT, startPlatformCommand } from './platform-command.ts';

const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

export interface PlatformProcessOptions {
  readonly dataDir: string;
  /** Default: everything embedded. */
  readonly settings?: Overrides;
  /** Of `npm start`. */
  readonly args?: readonly string[];
}

/** A platform started by `npm start`, on a data folder and ports of its own. */
export interface RunningPlatform extends PlatformCommand {
  /** Runs the serverless CLI beside it, e.g. `invoke local`, and gives what it prints as JSON. */
  readonly serverless: (...args: string[]) => Promise<unknown>;
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
  const platform = await startPlatformCommand('start', args, env);
  return {
    ...platform,
    serverless: async (...words) => {
      const { stdout } = await promisify(execFile)(process.execPath, [SERVERLESS, ...words], {
        cwd: ROOT,
        env,
      });
      return JSON.parse(stdout);
    },
    kill: async () => {
      process.kill(platform.state.pid, 'SIGKILL');
      await platform.exited;
    },
  };
}
