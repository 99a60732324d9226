import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../../shared/errors.ts';
import { loadConfig } from '../../../shared/runtime/config.ts';

export const SERVICE_NAMES = [
  'postgres',
  'kafka',
  'connect',
  'minio',
  'redis',
  'dynamodb',
  'ministack',
  'localstack',
  'trino',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** How to reach a server that `npm run services -- up` started. */
export interface RunningService {
  /** `kafka://host:port`, `redis://host:port`, `postgres://…` or `http://host:port`. */
  readonly url: string;
  readonly version: string;
  /** Of Postgres: the role that change capture reads with, which may replicate and select, and no more. */
  readonly captureUrl?: string;
  /** Of Postgres: its superuser. */
  readonly adminUrl?: string;
  /** Of MinIO. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** Rewritten as a whole whenever a server was started or stopped. */
export const RUNNING_FILE = 'services/running.json';

/** @throws PlatformError `service_not_running` */
export function runningService(name: ServiceName, dataDir = loadConfig().dataDir): RunningService {
  const service = readRunningServices(dataDir)[name];
  if (service !== undefined) return service;
  throw new PlatformError('service_not_running', `${name} is not running · npm run services -- up ${name}`);
}

export function readRunningServices(
  dataDir = loadConfig().dataDir,
): Partial<Record<ServiceName, RunningService>> {
  try {
    return JSON.parse(readFileSync(resolve(dataDir, RUNNING_FILE), 'utf8')) as Partial<
      Record<ServiceName, RunningService>
    >;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
