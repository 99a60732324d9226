import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Overrides } from '../../shared/runtime/config.ts';
import { type ServiceName, type StartedService, startService } from '../services/native/index.ts';
import { settingsFor } from '../services/native/settings-for.ts';

/** Real servers of one test alone: names of topics, slots and keys are fixed, so two platforms cannot share them. */
export interface RealServers {
  /** What makes the platform use these servers and, for the rest, embedded parts. */
  readonly settings: Overrides;
  service(name: ServiceName): StartedService;
  /** Starts a killed server again, on the same data and port. */
  restart(name: ServiceName): Promise<void>;
  /** Ends them and deletes their data. */
  stop(): Promise<void>;
}

export async function startRealServers(names: readonly ServiceName[]): Promise<RealServers> {
  const dataDir = mkdtempSync(join(tmpdir(), 'real-servers-'));
  const started = new Map<ServiceName, StartedService>();
  const start = async (name: ServiceName) => {
    started.set(name, await startService(name, { dataDir }));
  };
  const stop = async () => {
    for (const service of [...started.values()].reverse()) await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    for (const name of names) await start(name);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    settings: settingsFor(Object.fromEntries(started)),
    service: (name) => {
      const service = started.get(name);
      if (service === undefined) throw new Error(`${name} was not started`);
      return service;
    },
    restart: start,
    stop,
  };
}
