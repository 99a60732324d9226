import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const folderUrl = (scheme: string) =>
  z
    .string()
    .regex(new RegExp(`^${scheme}:.+`), { error: `must look like ${scheme}:<folder>` })
    .optional();

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
  SHOP_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: 'must look like postgres://user:password@host:port/database' })
    .optional()
    .describe('Postgres of the shop; unset: an embedded one'),
  SHOP_DATABASE_PORT: port.default(5433).describe('port of the embedded Postgres; taken: the next free one'),
  SHOP_SIZE: z.enum(['default', 'small']).default('default').describe('size of the generated shop'),
  SHOP_SEED: z.coerce.number().int().default(42).describe('seed of the generated shop'),
  SHOP_ORDERS: z.string().min(1).optional().describe('order-line CSV to import instead of a generated shop'),
  SHOP_SHIFT_TO_NOW: z
    .enum(['true', 'false'])
    .default('false')
    .describe('move an imported history so that its last order is now'),
  EVENT_LOG_URL: folderUrl('file').describe('event log; unset: file:<DATA_DIR>/event-log'),
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
  LAKEHOUSE_URL: folderUrl('file').describe('lakehouse; unset: file:<DATA_DIR>/lakehouse'),
  ONLINE_STORE_URL: folderUrl('lmdb').describe('online store; unset: lmdb:<DATA_DIR>/online-store'),
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
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('least level that is logged'),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> };
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
