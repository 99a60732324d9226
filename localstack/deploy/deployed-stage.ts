import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import type { Overrides } from '../../shared/runtime/config.ts';
import type { Cloud } from './function-settings.ts';

/** Where a deployment can be reached, as the last `sls deploy` of its stage found it. */
export interface DeployedStage {
  readonly cloud: Cloud;
  readonly stage: string;
  readonly region: string;
  /** Of the HTTP API, without a slash at its end; routes come after it. */
  readonly apiUrl: string;
  /** What stands before the name of each function, e.g. `customer-insight-local-`. */
  readonly functionPrefix: string;
  /** With these a process beside the emulator reads the same event log, lake and control table, and invokes the same functions. */
  readonly settings: Overrides;
}

export function writeDeployedStage(dataDir: string, deployed: DeployedStage): void {
  const path = fileOf(dataDir, deployed.stage);
  mkdirSync(dirname(path), { recursive: true });
  // It holds the passwords of the settings. Replaced as a whole, never seen half written.
  writeFileSync(`${path}.tmp`, `${JSON.stringify(deployed, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** @throws PlatformError `not_deployed` */
export function readDeployedStage(dataDir: string, stage: string): DeployedStage {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir, stage), 'utf8')) as DeployedStage;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new PlatformError(
      'not_deployed',
      `nothing was deployed from here to stage ${stage} · npm run deploy:local -- --stage ${stage}`,
    );
  }
}

export function removeDeployedStage(dataDir: string, stage: string): void {
  rmSync(fileOf(dataDir, stage), { force: true });
}

function fileOf(dataDir: string, stage: string): string {
  return resolve(dataDir, 'deployed', `${stage}.json`);
}
