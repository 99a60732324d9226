import { PlatformError } from '../../shared/errors.ts';
import { type Overrides, parseConfig } from '../../shared/runtime/config.ts';
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
}

type Running = Readonly<Partial<Record<ServiceName, RunningService>>>;

/** Beside the emulator, which brings bucket and functions. MiniStack's table is used, LocalStack's is not. */
const NEEDED: Readonly<Record<Emulator, readonly ServiceName[]>> = {
  ministack: ['postgres', 'kafka', 'connect', 'redis'],
  localstack: ['postgres', 'kafka', 'connect', 'redis', 'dynamodb'],
};

/**
 * A deployment to an emulator of this machine: the servers that run here, as far as the settings do not name others.
 * @throws PlatformError `service_not_running` with the command that starts what is missing
 */
export function planLocalDeployment(
  { emulator, stage }: Pick<LocalDeployment, 'emulator' | 'stage'>,
  running: Running,
  own: Overrides,
): LocalDeployment {
  const found = NEEDED[emulator].flatMap((name) => {
    const service = running[name];
    return service === undefined ? [] : [[name, service] as const];
  });
  const settings = { ...settingsFor(Object.fromEntries(found)), ...own };
  const endpoint = running[emulator]?.url;
  const missing = missingServices(settings, emulator);
  if (endpoint === undefined || missing.length > 0) {
    const names = [...missing, ...(endpoint === undefined ? [emulator] : [])];
    throw new PlatformError(
      'service_not_running',
      `a deployment to ${emulator} needs ${names.join(', ')} · npm run services -- up ${names.join(' ')}`,
    );
  }
  return { emulator, stage, endpoint, settings };
}

/** A setting serves as well as a server of `npm run services`. */
function missingServices(settings: Overrides, emulator: Emulator): ServiceName[] {
  const { eventLog, onlineStore, changeCapture, shop, controlTable } = parseConfig(settings, '/');
  const has: Readonly<Partial<Record<ServiceName, boolean>>> = {
    postgres: shop.databaseUrl !== null,
    kafka: eventLog.place.kind === 'kafka',
    // Nobody would host the embedded capture once this command has ended.
    connect: changeCapture.kind === 'debezium',
    redis: onlineStore.kind === 'redis',
    dynamodb: controlTable.endpoint !== null,
  };
  return NEEDED[emulator].filter((name) => has[name] === false);
}
