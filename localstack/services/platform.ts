import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Config, loadConfig, settingsEnvironment } from '../../shared/runtime/config.ts';
import { jsonLogger, type Logger } from '../../shared/runtime/logger.ts';
import type { FunctionHost, Platform, PlatformModule, PlatformOptions } from '../plugin/platform.ts';
import { awsDestinations } from './aws-destinations.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { startControlTable } from './embedded/control-table/index.ts';
import { startEmbeddedPostgres } from './embedded/postgres/index.ts';
import { freePort } from './free-port.ts';
import { hasLiveModel } from './live-model.ts';
import { progressReporter, type ReportProgress, stage } from './progress.ts';
import { exampleOf, readyLines, recommendationsUrl } from './ready-lines.ts';
import {
  type RuntimeState,
  readRuntimeState,
  removeRuntimeState,
  writeRuntimeState,
} from './runtime-state.ts';
import { startShopCapture } from './shop-capture.ts';
import { shopStage } from './shop-stage.ts';
import { planTopics } from './topics.ts';
import { type Undo, undoAll } from './undo.ts';
import { reportCapture, warmUp } from './warm-up.ts';

/** Starts every embedded part that the settings do not replace, in the order in which they need each other. */
export async function startPlatform({ cwd, log, signal }: PlatformOptions): Promise<Platform> {
  const report = progressReporter(log);
  const undo: Undo = [];
  const stop = () => undoAll(undo);
  try {
    return { ...(await startParts({ cwd, log, signal }, report, undo)), stop };
  } catch (error) {
    if (!signal.aborted) report({ type: 'failed', message: messageOf(error) });
    await stop();
    throw error;
  }
}

/** What `serverless invoke local` gives a function that it runs beside the platform. */
export const runningEnvironment: NonNullable<PlatformModule['runningEnvironment']> = async (cwd) =>
  readRuntimeState(loadConfig({}, cwd).dataDir).environment;

async function startParts({ cwd, log, signal }: PlatformOptions, report: ReportProgress, undo: Undo) {
  const config = loadConfig({}, cwd);
  const logger = jsonLogger('platform', config.logLevel, log);
  undo.push(lockDataFolder(config.dataDir));
  await mkdir(config.query.tempDir, { recursive: true });
  const ports = await choosePorts(config, report);

  const postgres = await startShopDatabase(config, ports.postgres, report, undo, logger);
  const mayFill = config.shop.databaseUrl === null || config.shop.fill;
  await shopStage(config, postgres.url, mayFill, report, signal);

  signal.throwIfAborted();
  const eventLog = await openEventLog(config, (message, fields) => logger.log('warn', message, fields));
  undo.push(() => eventLog.close());
  await eventLog.createTopics(planTopics(config.eventLog.partitions));
  // Of a bucket on AWS, whoever owns the account decides.
  const createBucket = config.lakehouse.kind === 's3' && config.lakehouse.endpoint !== null;
  await openObjectStore(config, { createBucket });
  const controlTable = await startControl(config, undo);
  const capture = await startShopCapture(config, postgres.url, eventLog, logger);
  undo.push(() => capture.stop());
  const captured = reportCapture(capture, report);

  const state: RuntimeState = {
    pid: process.pid,
    ready: false,
    urls: {
      api: `http://127.0.0.1:${ports.api}`,
      dashboard: `http://127.0.0.1:${ports.api}/`,
      lambda: `http://127.0.0.1:${ports.lambda}`,
      postgres: postgres.url,
      controlTable,
    },
    pids: postgres.pids,
    consumers: [],
    environment: settingsEnvironment(
      {
        DATA_DIR: config.dataDir,
        PORT: String(ports.api),
        LAMBDA_PORT: String(ports.lambda),
        SHOP_DATABASE_URL: postgres.url,
        CONTROL_TABLE_ENDPOINT: controlTable,
        EVENT_LOG_INCARNATION: eventLog.incarnation,
      },
      cwd,
    ),
  };
  writeRuntimeState(config.dataDir, state);
  undo.push(() => removeRuntimeState(config.dataDir));
  return {
    eventLog,
    destinations: awsDestinations({ endpoint: config.awsEndpoint, signing: config.lambdaSigning }),
    env: state.environment,
    afterReady: async (host: FunctionHost) => {
      const consumers = host.mappings.map(({ topic, groupId }) => ({ topic, groupId }));
      writeRuntimeState(config.dataDir, { ...state, consumers });
      try {
        const example = await exampleOf(postgres.url);
        await warmUp({
          eventLog,
          captured,
          report,
          consumers,
          invoke: host.invoke,
          hasModel: () => hasLiveModel({ name: config.controlTable.name, endpoint: controlTable }),
          recommendationsUrl: recommendationsUrl(state.urls, example),
        });
        writeRuntimeState(config.dataDir, { ...state, consumers, ready: true });
        report({ type: 'ready', lines: readyLines(state.urls, example) });
      } catch (error) {
        report({ type: 'failed', message: messageOf(error) });
        throw error;
      }
    },
  };
}

async function choosePorts(config: Config, report: ReportProgress) {
  const taken = new Set<number>();
  const choose = async (name: string, wanted: number) => {
    const port = await freePort(wanted, taken);
    taken.add(port);
    if (wanted !== 0 && port !== wanted)
      report({ type: 'warning', message: `port ${wanted} (${name}) is taken; using ${port}` });
    return port;
  };
  return {
    api: await choose('API', config.port),
    lambda: await choose('Lambda Invoke API', config.lambdaPort),
    postgres: config.shop.databaseUrl === null ? await choose('Postgres', config.shop.databasePort) : 0,
  };
}

async function startShopDatabase(
  config: Config,
  port: number,
  report: ReportProgress,
  undo: Undo,
  log: Logger,
) {
  if (config.shop.databaseUrl !== null) return { url: config.shop.databaseUrl, pids: [] };
  const dataDir = resolve(config.dataDir, 'postgres');
  const server = await stage(
    report,
    'postgres (embedded)',
    () => startEmbeddedPostgres({ dataDir, port, log }),
    () => `127.0.0.1:${port}`,
  );
  undo.push(() => server.stop());
  return { url: server.url, pids: [server.pid] };
}

async function startControl(config: Config, undo: Undo): Promise<string> {
  if (config.controlTable.endpoint !== null) return config.controlTable.endpoint;
  const server = await startControlTable({ path: resolve(config.dataDir, 'control-table'), port: 0 });
  undo.push(() => server.stop());
  return server.endpoint;
}
