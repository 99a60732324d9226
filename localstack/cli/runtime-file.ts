import { loadConfig } from '../../shared/runtime/config.ts';
import { type RuntimeState, readRuntimeState } from '../services/runtime-state.ts';

/**
 * Where the running platform can be reached.
 * @throws PlatformError `not_running` when no platform runs on this data folder.
 */
export function readRuntime(): RuntimeState {
  return readRuntimeState(loadConfig().dataDir);
}
