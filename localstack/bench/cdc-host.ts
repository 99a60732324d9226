// The process that hosts change capture, event log, event source mappings and functions, as `npm start` does, for the
// functions that the benchmark names. Started with a channel: says when it is ready, ends when the channel closes.
import { resolve } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { childEnvironment, loadConfig, settingsEnvironment } from '../../shared/runtime/config.ts';
import { jsonLogger } from '../../shared/runtime/logger.ts';
import { buildFunctions } from '../plugin/build-functions.ts';
import { type FunctionPool, openFunctionPool } from '../plugin/function-pool.ts';
import { planMappings } from '../plugin/plan-mappings.ts';
import { printedService } from '../plugin/printed-service.ts';
import type { PluginLog } from '../plugin/serverless-service.ts';
import { startMappings } from '../plugin/start-mappings.ts';
import { limitThreadHeaps } from '../plugin/thread-heaps.ts';
import type { EventSourceMapping } from '../poller/index.ts';
import { startShopCapture } from '../services/shop-capture.ts';
import { planTopics } from '../services/topics.ts';
import { threadsOf } from './process-usage.ts';

/** Its arguments: the shop's database, and the functions to be hosted. The data folder is that of the settings. */
const [databaseUrl = '', ...functionNames] = process.argv.slice(2);

/** Sent once everything runs. */
export interface HostReady {
  /** Threads that are not those of functions. */
  readonly ownThreads: readonly number[];
}

const ROOT = resolve(import.meta.dirname, '../..');
const print = (line: string) => process.stderr.write(`${line}\n`);

const ignore = (): void => {};
const pluginLog: PluginLog = {
  error: (...parts) => print(parts.map(String).join(' ')),
  warning: (...parts) => print(parts.map(String).join(' ')),
  notice: ignore,
  info: ignore,
  verbose: ignore,
  debug: ignore,
};

const config = loadConfig({}, ROOT);
const logger = jsonLogger('platform', config.logLevel, print);
const eventLog = await openEventLog(config);
await eventLog.createTopics(planTopics(config.eventLog.partitions));
await openObjectStore(config);
const capture = await startShopCapture(config, databaseUrl, eventLog, logger);
await capture.streaming;
const ownThreads = threadsOf(process.pid).map(({ id }) => id);
const mappings: EventSourceMapping[] = [];
const pool = await hostFunctions();

process.once('disconnect', () => {
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      print(messageOf(error));
      process.exit(1);
    },
  );
});
process.send?.({ ownThreads } satisfies HostReady);

async function hostFunctions(): Promise<FunctionPool> {
  const { service } = await printedService(ROOT, 'dev', childEnvironment({}));
  service.provider.environment = {
    ...service.provider.environment,
    ...settingsEnvironment({ EVENT_LOG_INCARNATION: eventLog.incarnation }, ROOT),
  };
  limitThreadHeaps();
  await buildFunctions(ROOT);
  const serverless = {
    serviceDir: ROOT,
    config: { serverlessPath: ROOT, servicePath: ROOT },
    service: { ...service, getAllFunctions: () => [...functionNames] },
  };
  const opened = openFunctionPool(serverless, { terminateIdleLambdaTime: 600 }, pluginLog);
  await startMappings(planMappings(serverless), {
    log: eventLog,
    invokerOf:
      ({ settings }) =>
      (event) =>
        opened.invoke(settings.functionName, event),
    onProblem: (message, fields) => print(`${message} ${JSON.stringify(fields)}`),
    signal: new AbortController().signal,
    onStarted: (mapping) => mappings.push(mapping),
  });
  return opened;
}

async function stop(): Promise<void> {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  await pool.close();
  await capture.stop();
  await eventLog.close();
}
