import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import { loadConfig } from '../../shared/runtime/config.ts';
import { isAlive } from '../services/data-folder-lock.ts';
import { RUNTIME_FILE, type RuntimeState } from '../services/runtime-state.ts';

/**
 * Where the running platform can be reached.
 * @throws PlatformError `not_running` when no platform runs on this data folder.
 */
export function readRuntime(): RuntimeState {
  const path = resolve(loadConfig().dataDir, RUNTIME_FILE);
  let state: RuntimeState;
  try {
    state = JSON.parse(readFileSync(path, 'utf8')) as RuntimeState;
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
