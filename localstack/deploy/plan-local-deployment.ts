import { PlatformError } from '../../shared/errors.ts';
import type { Overrides } from '../../shared/runtime/config.ts';
import { type RunningService, type ServiceName, settingsFor } from '../services/native/index.ts';
import type { Cloud } from './function-settings.ts';

export const EMULATORS = ['ministack', 'localstack'] as const satisfies readonly Cloud[];
export type Emulator = (typeof EMULATORS)[number];

export interface LocalDeployment {
  readonly emulator: Emulator;
  readonly stage: string;
  /** Of the emulator. */
  readonly endpoint: string;
  /** Of the functions, and of what runs beside them here. */
  readonly settings: Overrides;
  /** When the pipeline runs, e.g. `rate(1 minute)`; null: as serverless.yml says. */
  readonly schedule: string | null;
}

type Running = Readonly<Partial<Record<ServiceName, RunningService>>>;

/** Beside the emulator, which brings functions, bucket and table. */
const NEEDED = ['postgres', 'kafka', 'connect', 'redis'] as const satisfies readonly ServiceName[];

/**
 * A deployment to an emulator of this machine: the servers that run here, as far as the settings do not name others.
 * @throws PlatformError `service_not_running` with the command that starts what is missing
 */
export function planLocalDeployment(
  { emulator, stage, schedule }: Pick<LocalDeployment, 'emulator' | 'stage' | 'schedule'>,
  running: Running,
  own: Overrides,
): LocalDeployment {
  const found = NEEDED.flatMap((name) => {
    const service = running[name];
    return service === undefined ? [] : [[name, service] as const];
  });
  const settings = { ...settingsFor(Object.fromEntries(found)), ...own };
  const endpoint = running[emulator]?.url;
  const missing = missingServices(settings);
  if (endpoint === undefined || missing.length > 0) {
    const names = [...missing, ...(endpoint === undefined ? [emulator] : [])];
    throw new PlatformError(
      'service_not_running',
      `a deployment to ${emulator} needs ${names.join(', ')} · npm run services -- up ${names.join(' ')}`,
    );
  }
  return { emulator, stage, endpoint, settings, schedule };
}

/** A setting serves as well as a server of `npm run services`. */
function missingServices(settings: Overrides): ServiceName[] {
  const has: Readonly<Record<(typeof NEEDED)[number], boolean>> = {
    postgres: settings.SHOP_DATABASE_URL !== undefined,
    kafka: settings.EVENT_LOG_URL?.startsWith('kafka:') ?? false,
    // Nobody would host the embedded capture once this command has ended.
    connect: settings.CHANGE_CAPTURE === 'debezium' && settings.CONNECT_URL !== undefined,
    redis: settings.ONLINE_STORE_URL?.startsWith('redis') ?? false,
  };
  return NEEDED.filter((name) => !has[name]);
}
