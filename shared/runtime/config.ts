import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { PlatformError } from '../errors.ts';
import { editDistance, nearestName } from './nearest-name.ts';
import {
  type ChangeCapturePlace,
  changeCapturePlace,
  type EventLogPlace,
  eventLogPlace,
  type LakehousePlace,
  lakehousePlace,
  type OnlineStorePlace,
  onlineStorePlace,
} from './places.ts';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts';

export interface Config {
  readonly dataDir: string;
  readonly port: number;
  readonly lambdaPort: number;
  readonly lambdaEndpoint: string;
  /** With what calls of the Lambda Invoke API are signed: the AWS variables that every Lambda function has; null: not at all. */
  readonly lambdaSigning: LambdaSigning | null;
  /** Where S3, SQS and SNS of on-failure destinations are, by the AWS SDK's own variable; null: at AWS. */
  readonly awsEndpoint: string | null;
  /** Host names by which the API may be asked; `*` stands for any. */
  readonly allowedHosts: readonly string[];
  readonly shop: {
    readonly databaseUrl: string | null;
    readonly databasePort: number;
    readonly size: 'default' | 'small';
    readonly seed: number;
    readonly orders: string | null;
    readonly shiftToNow: boolean;
    /** An external database that is empty may be given tables and a history. */
    readonly fill: boolean;
  };
  readonly changeCapture: ChangeCapturePlace;
  readonly eventLog: {
    readonly place: EventLogPlace;
    readonly partitions: number;
    readonly incarnation: string;
  };
  readonly lakehouse: LakehousePlace;
  readonly onlineStore: OnlineStorePlace;
  readonly controlTable: { readonly endpoint: string | null; readonly name: string };
  readonly query: { readonly memory: string; readonly tempDir: string; readonly cacheDir: string };
  /** What new products are given of a customer's lists: a share of the places, while they are younger than so many days. */
  readonly newProducts: { readonly share: number; readonly days: number };
  readonly alerts: {
    readonly logFile: string;
    readonly slackWebhookUrl: string | null;
    readonly smtpUrl: string | null;
    readonly emailFrom: string;
    readonly emailTo: string | null;
  };
  readonly logLevel: Settings['LOG_LEVEL'];
}

export interface LambdaSigning {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | null;
  };
}

export type Overrides = Partial<Record<SettingName, string>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration of this process: `overrides` (a command's arguments) over its environment over the project's `.env`
 * file. This module is the only reader of `process.env`.
 */
export function loadConfig(overrides: Overrides = {}, cwd: string = process.cwd()): Config {
  const file = readEnvFile(resolve(cwd, '.env'));
  refuseUnknownNames(file);
  return parseConfig({ ...file, ...process.env, ...overrides }, cwd);
}

/**
 * Stops the AWS SDK from advising, at every start, against the oldest Node that this project supports.
 * Its `emitWarningIfUnsupportedVersion` (@aws-sdk/core/client) reads the variable when a client is made.
 */
export function quietAwsSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
}

/** The whole environment of a child process, with some settings replaced. */
export function childEnvironment(overrides: Overrides): Record<string, string | undefined> {
  return { ...process.env, ...overrides };
}

/**
 * The settings of this process as an environment for another one (a function, a child), with some of them replaced.
 * Paths stay relative to the same project folder.
 */
export function settingsEnvironment(
  overrides: Partial<Record<SettingName, string>>,
  cwd: string = process.cwd(),
) {
  const environment: Environment = { ...readEnvFile(resolve(cwd, '.env')), ...process.env, ...overrides };
  const chosen: Overrides = {};
  for (const name of SETTING_NAMES) {
    const value = environment[name];
    if (value !== undefined && value !== '') chosen[name] = value;
  }
  return chosen;
}

/**
 * @throws PlatformError `invalid_setting` listing every wrong value, and every name that is a near miss of a setting.
 */
export function parseConfig(environment: Environment, cwd: string): Config {
  const settings = parseSettings(environment);
  const dataDir = resolve(cwd, settings.DATA_DIR);
  const folders = { cwd, dataDir };
  return {
    dataDir,
    port: settings.PORT,
    lambdaPort: settings.LAMBDA_PORT,
    lambdaEndpoint: settings.LAMBDA_ENDPOINT ?? `http://127.0.0.1:${settings.LAMBDA_PORT}`,
    lambdaSigning: lambdaSigningOf(environment),
    awsEndpoint: environment.AWS_ENDPOINT_URL || null,
    allowedHosts: settings.ALLOWED_HOSTS.split(','),
    shop: {
      databaseUrl: settings.SHOP_DATABASE_URL ?? null,
      databasePort: settings.SHOP_DATABASE_PORT,
      size: settings.SHOP_SIZE,
      seed: settings.SHOP_SEED,
      orders: settings.SHOP_ORDERS === undefined ? null : resolve(cwd, settings.SHOP_ORDERS),
      shiftToNow: settings.SHOP_SHIFT_TO_NOW === 'true',
      fill: settings.SHOP_FILL === 'true',
    },
    changeCapture: changeCapturePlace(settings),
    eventLog: {
      place: eventLogPlace(settings, folders),
      partitions: settings.EVENT_LOG_PARTITIONS,
      incarnation: settings.EVENT_LOG_INCARNATION,
    },
    lakehouse: lakehousePlace(settings, folders),
    onlineStore: onlineStorePlace(settings, folders),
    controlTable: { endpoint: settings.CONTROL_TABLE_ENDPOINT ?? null, name: settings.CONTROL_TABLE_NAME },
    query: {
      memory: settings.QUERY_MEMORY,
      tempDir: resolve(dataDir, 'query-temp'),
      cacheDir: resolve(dataDir, 'lakehouse-cache'),
    },
    newProducts: { share: settings.COLD_PRODUCT_SHARE, days: settings.COLD_PRODUCT_DAYS },
    alerts: {
      logFile: resolve(cwd, settings.ALERT_LOG_FILE ?? resolve(dataDir, 'alerts.log')),
      slackWebhookUrl: settings.ALERT_SLACK_WEBHOOK_URL ?? null,
      smtpUrl: settings.ALERT_SMTP_URL ?? null,
      emailFrom: settings.ALERT_EMAIL_FROM,
      emailTo: settings.ALERT_EMAIL_TO ?? null,
    },
    logLevel: settings.LOG_LEVEL,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function lambdaSigningOf(environment: Environment): LambdaSigning | null {
  const {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (!region || !accessKeyId || !secretAccessKey) return null;
  return { region, credentials: { accessKeyId, secretAccessKey, sessionToken: sessionToken || null } };
}

function parseSettings(environment: Environment): Settings {
  const problems: string[] = [];
  for (const name of Object.keys(environment)) {
    const meant = nearMiss(name);
    if (meant !== null) problems.push(`${name} is no setting; did you mean ${meant}?`);
  }
  const settings: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const text = environment[name] === '' ? undefined : environment[name];
    const parsed = SETTINGS[name].safeParse(text);
    if (parsed.success) settings[name] = parsed.data;
    else
      problems.push(
        `${shown(name, text)} is wrong: ${parsed.error.issues[0]?.message}${suggestion(name, text)}`,
      );
  }
  if (problems.length === 0) problems.push(...disagreements(settings as Settings));
  if (problems.length > 0) {
    throw new PlatformError('invalid_setting', `wrong settings:\n  ${problems.join('\n  ')}`, {
      details: { problems },
    });
  }
  return settings as Settings;
}

/** A setting for people and logs: a URL may hold a password before its host, and a webhook's address is one. */
function shown(name: SettingName, text: string | undefined): string {
  if (name === 'ALERT_SLACK_WEBHOOK_URL') return name;
  return `${name}=${name.endsWith('_URL') ? text?.replace(/^.*@/s, '…@') : text}`;
}

/** Settings that are right each for itself, and wrong together. */
function disagreements(settings: Settings): string[] {
  const problems: string[] = [];
  const together = (one: SettingName, other: SettingName) =>
    `${one} is set but ${other} is not: set both, or neither`;
  if (settings.ALERT_EMAIL_TO !== undefined && settings.ALERT_SMTP_URL === undefined)
    problems.push(together('ALERT_EMAIL_TO', 'ALERT_SMTP_URL'));
  if (settings.S3_ACCESS_KEY_ID !== undefined && settings.S3_SECRET_ACCESS_KEY === undefined)
    problems.push(together('S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'));
  if (settings.S3_SECRET_ACCESS_KEY !== undefined && settings.S3_ACCESS_KEY_ID === undefined)
    problems.push(together('S3_SECRET_ACCESS_KEY', 'S3_ACCESS_KEY_ID'));
  if (settings.CHANGE_CAPTURE === 'debezium') {
    if (settings.EVENT_LOG_URL?.startsWith('kafka://') !== true)
      problems.push('CHANGE_CAPTURE=debezium writes to Kafka only: set EVENT_LOG_URL=kafka://host:port');
    if (settings.CONNECT_URL === undefined)
      problems.push('CHANGE_CAPTURE=debezium runs in Kafka Connect: set CONNECT_URL=http://host:port');
  }
  return problems;
}

function suggestion(name: SettingName, text: string | undefined): string {
  const schema: { options?: readonly string[] } =
    SETTINGS[name] instanceof Object && 'unwrap' in SETTINGS[name] ? (SETTINGS[name].unwrap() as object) : {};
  const nearest = schema.options && text !== undefined ? nearestName(text, schema.options) : null;
  return nearest === null ? '' : `; did you mean ${nearest}?`;
}

/** A variable of the environment that differs from a setting's name by a slip of one or two letters. */
function nearMiss(name: string): SettingName | null {
  if (name.length < 6 || SETTING_NAMES.some((setting) => setting === name)) return null;
  return SETTING_NAMES.find((setting) => setting.length >= 8 && editDistance(name, setting) <= 2) ?? null;
}

function refuseUnknownNames(file: Environment): void {
  for (const name of Object.keys(file)) {
    if (SETTING_NAMES.some((setting) => setting === name)) continue;
    const meant = nearestName(name, SETTING_NAMES);
    throw new PlatformError(
      'invalid_setting',
      `.env names ${name}, which is no setting${meant === null ? '' : `; did you mean ${meant}?`} (all settings: README, "Settings")`,
    );
  }
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
