import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import type { ConsumedTopic } from './consumer-lag.ts';
import { isAlive } from './native/process-identity.ts';

export const RUNTIME_FILE = 'runtime.json';

/** What a running platform tells the commands beside it, in `<DATA_DIR>/runtime.json`. */
export interface RuntimeState {
  readonly pid: number;
  /** False until the first features and model are there. */
  readonly ready: boolean;
  readonly urls: {
    readonly api: string;
    readonly dashboard: string;
    readonly lambda: string;
    readonly postgres: string;
    readonly controlTable: string;
  };
  /** Process ids of the servers that the platform started. */
  readonly pids: readonly number[];
  /** Which topics are consumed, and under which consumer group. */
  readonly consumers: readonly ConsumedTopic[];
  /** The settings that its functions run with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Readable by its owner only: the database URL holds a password. Replaced as a whole, never seen half written. */
export function writeRuntimeState(dataDir: string, state: RuntimeState): void {
  const path = resolve(dataDir, RUNTIME_FILE);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

export function removeRuntimeState(dataDir: string): void {
  rmSync(resolve(dataDir, RUNTIME_FILE), { force: true });
}

/**
 * What the platform that runs on `dataDir` tells. A killed platform leaves its file behind: it does not count.
 * @throws PlatformError `not_running`
 */
export function readRuntimeState(dataDir: string): RuntimeState {
  let state: RuntimeState;
  try {
    state = JSON.parse(readFileSync(resolve(dataDir, RUNTIME_FILE), 'utf8')) as RuntimeState;
  } catch (error) {
    throw notRunning(error);
  }
  if (!isAlive(state.pid)) throw notRunning();
  return state;
}

function notRunning(cause?: unknown): PlatformError {
  return new PlatformError('not_running', 'the platform is not running · start it with: npm start', {
    cause,
  });
}
