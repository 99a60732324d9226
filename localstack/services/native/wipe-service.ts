import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { PlatformError } from '../../../shared/errors.ts';
import type { ServiceName } from './running-services.ts';
import { runningRecord, serviceFolder } from './service-state.ts';

/** The folders that these servers have made. */
export function foldersOf(names: readonly ServiceName[], dataDir: string): readonly string[] {
  return names.map((name) => serviceFolder(dataDir, name)).filter((folder) => existsSync(folder));
}

/**
 * Deletes the data, configuration and log of a stopped server.
 * @throws PlatformError `service_running`
 */
export async function wipeService(name: ServiceName, dataDir: string): Promise<void> {
  const folder = serviceFolder(dataDir, name);
  if (runningRecord(folder) !== null) {
    throw new PlatformError(
      'service_running',
      `${name} runs on ${folder} · npm run services -- down ${name}`,
    );
  }
  await rm(folder, { recursive: true, force: true });
}
