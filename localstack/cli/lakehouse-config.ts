import { PlatformError } from '../../shared/errors.ts';
import { type Config, loadConfig, parseConfig } from '../../shared/runtime/config.ts';
import { readRuntime } from './runtime-file.ts';

/** The settings of the platform that runs; else those that it would start with. */
export function lakehouseConfig(): Config {
  try {
    return parseConfig(readRuntime().environment, process.cwd());
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_running') return loadConfig();
    throw error;
  }
}
