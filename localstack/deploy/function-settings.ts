import { PlatformError } from '../../shared/errors.ts';
import { type Overrides, parseConfig } from '../../shared/runtime/config.ts';
import type { SettingName } from '../../shared/runtime/settings.ts';

/** Who runs the functions: AWS itself, or an emulator of it on this machine. */
export const CLOUDS = ['aws', 'ministack', 'localstack'] as const;
export type Cloud = (typeof CLOUDS)[number];

export interface Deployment {
  readonly cloud: Cloud;
  readonly region: string;
  /** Of the emulator, e.g. `http://127.0.0.1:4566`; null on AWS. */
  readonly endpoint: string | null;
}

/** A text, or what CloudFormation makes a text of when it creates the stack. */
export type EnvironmentValue = string | { readonly Ref: string } | { readonly 'Fn::Join': JoinedText };

type JoinedText = readonly [separator: string, parts: readonly (string | { readonly Ref: string })[]];

/** Resources of serverless.yml. */
export const LAKE_BUCKET = 'LakeBucket';
export const CONTROL_TABLE = 'ControlTable';

/** Emulators check no signature; whose account it is they read from the key. */
export const EMULATOR_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** The only place that Lambda lets a function write to. */
const WRITABLE = '/tmp/customer-insight';

/** Settings of the local platform alone, among them the password of the shop's database, which no function needs. */
const NOT_OF_FUNCTIONS: ReadonlySet<SettingName> = new Set([
  'PORT',
  'LAMBDA_PORT',
  'SHOP_DATABASE_URL',
  'SHOP_DATABASE_PORT',
  'SHOP_SIZE',
  'SHOP_SEED',
  'SHOP_ORDERS',
  'SHOP_SHIFT_TO_NOW',
  'SHOP_FILL',
  'CHANGE_CAPTURE',
  'CONNECT_URL',
  'CONNECT_DATABASE_URL',
]);

/**
 * The environment of every deployed function: the settings of this project, with the stack's bucket for the lake and its table for
 * control unless they name others. It is stored with the function as plain text, passwords in URLs included.
 * @throws PlatformError `deployment_needs_servers` where a setting names a folder of this machine
 */
export function functionSettings(
  settings: Overrides,
  { cloud, region, endpoint }: Deployment,
): Readonly<Record<string, EnvironmentValue>> {
  refuseFolders(settings);
  const kept = Object.entries(settings).filter(([name]) => !NOT_OF_FUNCTIONS.has(name as SettingName));
  const isOwnLake = !settings.LAKEHOUSE_URL?.startsWith('s3:');
  // Behind AWS's gateway no other name leads here; an emulator listens on this machine, where a page of another site could ask it.
  const allowedHosts = cloud === 'aws' ? { ALLOWED_HOSTS: '*' } : {};
  const lake: Record<string, EnvironmentValue> = {
    LAKEHOUSE_URL: { 'Fn::Join': ['', ['s3://', { Ref: LAKE_BUCKET }]] },
    S3_REGION: region,
    ...(endpoint !== null && { S3_ENDPOINT: endpoint }),
  };
  const isOwnTable = settings.CONTROL_TABLE_ENDPOINT === undefined;
  const environment: Record<string, EnvironmentValue> = {
    LOG_LEVEL: 'info',
    ...allowedHosts,
    ...Object.fromEntries(kept),
    DATA_DIR: WRITABLE,
    LAMBDA_ENDPOINT: endpoint ?? `https://lambda.${region}.amazonaws.com`,
    // The SDK finds the stack's table, and the keys for both, by the variables that AWS and emulators give every function.
    ...(isOwnTable && { CONTROL_TABLE_NAME: { Ref: CONTROL_TABLE } }),
    ...(isOwnLake && lake),
  };
  if (isOwnLake) for (const name of KEYS_OF_ANOTHER_LAKE) delete environment[name];
  return environment;
}

const KEYS_OF_ANOTHER_LAKE = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

function refuseFolders(settings: Overrides): void {
  const { eventLog, onlineStore } = parseConfig(settings, '/');
  const problems = [
    ...(eventLog.place.kind === 'kafka' ? [] : ['EVENT_LOG_URL=kafka://host:port']),
    ...(onlineStore.kind === 'redis' ? [] : ['ONLINE_STORE_URL=redis://host:port']),
  ];
  if (problems.length === 0) return;
  throw new PlatformError(
    'deployment_needs_servers',
    `deployed functions share no folder with this machine · set ${problems.join(' and ')}`,
  );
}
