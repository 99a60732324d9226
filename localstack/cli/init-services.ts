import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Config, loadConfig, quietAwsSdk } from '../../shared/runtime/config.ts';
import { LAKE_TABLES } from '../../shared/tables/index.ts';
import { prepareCaptureRole } from '../compose/capture-role.ts';
import { ensureShopConnector } from '../compose/shop-connector.ts';
import { registerTables } from '../compose/trino/register-tables.ts';
import { trinoClient } from '../compose/trino/trino-client.ts';
import { planTopics } from '../services/topics.ts';
import { invalidArguments, parseCommand, runCommand } from './arguments.ts';

const CATALOG = 'lake';
const CONNECTOR_PATIENCE_MS = 60_000;

const SPEC = {
  usage:
    'node --import tsx localstack/cli/init-services.ts capture-role|topics|bucket|connector|register-tables',
  options: {
    trino: { type: 'string', description: 'where Trino answers (http://127.0.0.1:18080)' },
    every: {
      type: 'integer',
      description: 'register-tables: again and again, so many seconds apart',
      min: 1,
    },
    stamp: { type: 'string', description: 'register-tables: a file to write after each success' },
  },
  positionals: true,
} as const;

interface Options {
  readonly trino: string;
  readonly every: number | null;
  readonly stamp: string | null;
}

/** What each word does: prepares one server for the platform that the settings describe. All may be repeated. */
const STEPS: Readonly<Record<string, (config: Config, options: Options) => Promise<void>>> = {
  'capture-role': createCaptureRole,
  topics: createTopics,
  bucket: createBucket,
  connector: registerConnector,
  'register-tables': keepTablesRegistered,
};

await runCommand(async () => {
  const { values, positionals } = parseCommand(SPEC);
  const [word = ''] = positionals;
  const step = STEPS[word];
  if (step === undefined || positionals.length > 1) {
    throw invalidArguments(
      `expected one of ${Object.keys(STEPS).join(', ')}, got ${positionals.join(' ')}`,
      SPEC,
    );
  }
  await step(loadConfig(), {
    trino: values.trino ?? 'http://127.0.0.1:18080',
    every: values.every ?? null,
    stamp: values.stamp ?? null,
  });
});

async function createCaptureRole({ shop, changeCapture }: Config): Promise<void> {
  const ownersUrl = given(shop.databaseUrl, 'SHOP_DATABASE_URL');
  const captureUrl = new URL(
    given(changeCapture.kind === 'debezium' ? changeCapture.databaseUrl : null, 'CONNECT_DATABASE_URL'),
  );
  const role = decodeURIComponent(captureUrl.username);
  if (role === decodeURIComponent(new URL(ownersUrl).username)) {
    throw new PlatformError(
      'invalid_setting',
      `CONNECT_DATABASE_URL logs in as ${role}, the owner of the shop`,
    );
  }
  await prepareCaptureRole({
    databaseUrl: ownersUrl,
    role,
    password: decodeURIComponent(captureUrl.password),
  });
  say(`role ${role} may stream the changes of the shop and read its tables`);
}

async function createTopics(config: Config): Promise<void> {
  if (config.eventLog.place.kind !== 'kafka') throw missing('EVENT_LOG_URL=kafka://host:port');
  const topics = planTopics(config.eventLog.partitions);
  const eventLog = await openEventLog(config);
  try {
    await eventLog.createTopics(topics);
  } finally {
    await eventLog.close();
  }
  say(`${topics.length} topics are there`);
}

async function createBucket({ lakehouse }: Config): Promise<void> {
  if (lakehouse.kind !== 's3') throw missing('LAKEHOUSE_URL=s3://bucket');
  quietAwsSdk();
  const { openS3ObjectStore } = await import('../../shared/adapters/s3-object-store.ts');
  await openS3ObjectStore({ ...lakehouse, createBucket: true });
  say(`bucket ${lakehouse.bucket} is there, and keeps what is put if absent`);
}

async function registerConnector({ shop, changeCapture }: Config): Promise<void> {
  if (changeCapture.kind !== 'debezium') throw missing('CHANGE_CAPTURE=debezium');
  const outcome = await ensureShopConnector({
    connectUrl: changeCapture.connectUrl,
    databaseUrl: changeCapture.databaseUrl ?? given(shop.databaseUrl, 'SHOP_DATABASE_URL'),
    patienceMs: CONNECTOR_PATIENCE_MS,
  });
  say(`the shop's connector runs (${outcome})`);
}

async function keepTablesRegistered(config: Config, { trino, every, stamp }: Options): Promise<void> {
  const { lakehouse } = config;
  if (lakehouse.kind !== 's3') throw missing('LAKEHOUSE_URL=s3://bucket');
  const location = [`s3://${lakehouse.bucket}`, lakehouse.prefix].filter((part) => part !== '').join('/');
  const tables = LAKE_TABLES.map(({ name }) => name);
  const client = trinoClient({ url: trino });
  const store = await openObjectStore(config);
  for (;;) {
    try {
      const report = await registerTables({ trino: client, catalog: CATALOG, store, location, tables });
      const { registered, moved, unchanged, absent } = report;
      if (every === null || registered.length + moved.length > 0) {
        say(
          `registered ${registered.join(', ') || 'none'}; moved ${moved.join(', ') || 'none'}; ` +
            `${unchanged.length} as before; ${absent.length} not written yet`,
        );
      }
      if (stamp !== null) writeFileSync(stamp, new Date().toISOString());
    } catch (error) {
      if (every === null) throw error;
      process.stderr.write(`error: ${messageOf(error)}; trying again in ${every} s\n`);
    }
    if (every === null) return;
    await delay(every * 1000);
  }
}

function given(value: string | null, name: string): string {
  if (value === null) throw missing(name);
  return value;
}

function missing(setting: string): PlatformError {
  return new PlatformError('invalid_setting', `this needs ${setting} · see localstack/compose/local.env`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
