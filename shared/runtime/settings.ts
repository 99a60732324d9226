import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const HOSTS = '[^,/@\\s]+:\\d+(,[^,/@\\s]+:\\d+)*';

/** Where a port's adapter keeps its state: a URL of one of these forms, each with the way it is told to people. */
const placeUrl = (...forms: readonly (readonly [pattern: string, shown: string])[]) =>
  z
    .string()
    .regex(new RegExp(`^(${forms.map(([pattern]) => pattern).join('|')})$`), {
      error: `must look like ${forms.map(([, shown]) => shown).join(' or ')}`,
    })
    .optional();

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, { error: 'must look like postgres://user:password@host:port/database' });

/**
 * Every setting, with its default and what it is for. The adapter of a port is chosen by the scheme of its URL.
 * Folders are relative to the project's folder.
 */
export const SETTINGS = {
  DATA_DIR: z.string().min(1).default('.data').describe('folder that holds all state'),
  PORT: port.default(3000).describe('HTTP port of API and dashboard; taken: the next free one'),
  LAMBDA_PORT: port.default(3002).describe('port of the Lambda Invoke API; taken: the next free one'),
  ALLOWED_HOSTS: z
    .string()
    .regex(/^(\*|[a-z0-9.:[\]-]+(,[a-z0-9.:[\]-]+)*)$/, {
      error: 'must look like localhost,shop.example or *',
    })
    .default('localhost,127.0.0.1,[::1]')
    .describe('host names by which the API may be asked; * behind a gateway that checks them'),
  SHOP_DATABASE_URL: postgresUrl.optional().describe('Postgres of the shop; unset: an embedded one'),
  SHOP_DATABASE_PORT: port.default(5433).describe('port of the embedded Postgres; taken: the next free one'),
  SHOP_SIZE: z.enum(['default', 'small']).default('default').describe('size of the generated shop'),
  SHOP_SEED: z.coerce.number().int().default(42).describe('seed of the generated shop'),
  SHOP_ORDERS: z.string().min(1).optional().describe('order-line CSV to import instead of a generated shop'),
  SHOP_SHIFT_TO_NOW: z
    .enum(['true', 'false'])
    .default('false')
    .describe('move an imported history so that its last order is now'),
  SHOP_FILL: z
    .enum(['true', 'false'])
    .default('false')
    .describe('give an empty SHOP_DATABASE_URL the tables and history of the demonstration shop'),
  CHANGE_CAPTURE: z
    .enum(['embedded', 'debezium'])
    .default('embedded')
    .describe('who reads the changes of the shop; debezium needs EVENT_LOG_URL=kafka:… and CONNECT_URL'),
  CONNECT_URL: z.url().optional().describe('REST API of the Kafka Connect that runs Debezium'),
  CONNECT_DATABASE_URL: postgresUrl
    .optional()
    .describe('the shop database as Kafka Connect reaches it; unset: SHOP_DATABASE_URL'),
  EVENT_LOG_URL: placeUrl(['file:.+', 'file:<folder>'], [`kafka://${HOSTS}`, 'kafka://host:port,…']).describe(
    'event log; unset: file:<DATA_DIR>/event-log',
  ),
  EVENT_LOG_PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(3)
    .describe('partitions of each topic'),
  EVENT_LOG_INCARNATION: z
    .string()
    .min(1)
    .default('local')
    .describe(
      'identity of the event log; a new one when its topics are created anew (embedded: set by itself)',
    ),
  LAKEHOUSE_URL: placeUrl(
    ['file:.+', 'file:<folder>'],
    ['s3://[a-z0-9][a-z0-9.-]+(/.*)?', 's3://bucket/prefix'],
  ).describe('lakehouse; unset: file:<DATA_DIR>/lakehouse'),
  S3_ENDPOINT: z.url().optional().describe('S3 endpoint of the lakehouse; unset: the one of AWS'),
  S3_REGION: z.string().min(1).default('eu-central-1').describe('region of the lakehouse bucket'),
  S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe('key of the lakehouse; unset: as the AWS SDK finds it'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('secret of S3_ACCESS_KEY_ID'),
  ONLINE_STORE_URL: placeUrl(
    ['lmdb:.+', 'lmdb:<folder>'],
    ['rediss?://.+', 'redis://host:port'],
    [`redis\\+cluster://(.+@)?${HOSTS}`, 'redis+cluster://host:port,…'],
  ).describe('online store; unset: lmdb:<DATA_DIR>/online-store'),
  CONTROL_TABLE_ENDPOINT: z
    .url()
    .optional()
    .describe('DynamoDB endpoint of the control table; unset: an embedded one'),
  LAMBDA_ENDPOINT: z
    .url()
    .optional()
    .describe('Lambda Invoke API for jobs; unset: http://127.0.0.1:<LAMBDA_PORT>'),
  CONTROL_TABLE_NAME: z.string().min(3).default('insight-control').describe('name of the control table'),
  QUERY_ENGINE: z.enum(['duckdb']).default('duckdb').describe('SQL engine over the lakehouse'),
  QUERY_MEMORY: z
    .string()
    .regex(/^\d+(MB|GB)$/, { error: 'must look like 512MB or 1GB' })
    .default('384MB')
    .describe('memory limit of the SQL engine'),
  ALERT_LOG_FILE: z.string().min(1).optional().describe('alerts as JSON lines; unset: <DATA_DIR>/alerts.log'),
  ALERT_SLACK_WEBHOOK_URL: z.url().optional().describe('Slack webhook for alerts'),
  ALERT_SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, { error: 'must look like smtp://user:password@host:port' })
    .optional()
    .describe('SMTP server for alerts'),
  ALERT_EMAIL_FROM: z.email().default('insight@localhost.localdomain').describe('sender of alert e-mails'),
  ALERT_EMAIL_TO: z.email().optional().describe('receiver of alert e-mails; needs ALERT_SMTP_URL'),
  COLD_PRODUCT_SHARE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('share of the places of for-you and discover for products that are new in the shop'),
  COLD_PRODUCT_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .default(30)
    .describe('days for which a product with few orders is new'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('least level that is logged'),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> };
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
