import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EpochMillis, epochMillis } from '../domain/index.ts';
import { type LakeEnvironment, type ObjectStore, openTable, type Table } from '../lake/index.ts';
import {
  openBulkDataFiles,
  openControlTable,
  openEventLog,
  openObjectStore,
  openOnlineStore,
  openQueryEngine,
  type Warn,
} from './compose-adapters.ts';
import { loadConfig } from './config.ts';
import { jsonLogger } from './logger.ts';

/** Lambda's own limit, with a margin. */
export const LONGEST_FUNCTION_MS = 16 * 60_000;

export interface Clock {
  readonly now: () => EpochMillis;
}

export const systemClock: Clock = { now: () => epochMillis(Date.now()) };

export type Platform = ReturnType<typeof compose>;

/**
 * The adapters that the configuration names, each loaded and opened once per cold start, at its first use: a function pays
 * in time and memory only for the packages that it needs.
 * @param service name of the function, for its log
 */
export function compose(service: string) {
  const config = loadConfig();
  const logger = jsonLogger(service, config.logLevel, (line) => process.stdout.write(`${line}\n`));
  const warn: Warn = (message, fields) => logger.log('warn', message, fields);
  const objectStore = once(() => openObjectStore(config));
  return {
    config,
    clock: systemClock,
    newId: () => randomUUID(),
    logger,
    objectStore,
    /** For appends of small batches. */
    lakeTable: once(async () => lakeTables(await objectStore(), {})),
    /** For what writes and rewrites many rows at once. */
    bulkLakeTable: once(async () =>
      lakeTables(await objectStore(), { dataFiles: await openBulkDataFiles(config) }),
    ),
    onlineStore: once(() => openOnlineStore(config, warn)),
    eventLog: once(() => openEventLog(config, warn)),
    queryEngine: once(() => openQueryEngine(config, objectStore)),
    controlTable: once(() => openControlTable(config.controlTable.name, config.controlTable.endpoint)),
    invoke: once(async () => {
      const { createLambdaInvoke } = await import('../adapters/lambda-invoke.ts');
      return createLambdaInvoke({
        endpoint: config.lambdaEndpoint,
        signing: config.lambdaSigning,
        timeoutMs: LONGEST_FUNCTION_MS,
      });
    }),
    notifiers: once(async () => {
      const { openNotifiers } = await import('../adapters/notifiers.ts');
      return openNotifiers(config.alerts);
    }),
  };
}

/** What tables take from this process. */
export const lakeEnvironment: LakeEnvironment = {
  now: Date.now,
  newId: randomUUID,
  random: Math.random,
  sleep: (ms) => sleep(ms),
  engineInfo: 'customer-insight-platform',
};

/** One handle per table for the life of the process: it keeps its snapshot and reads only the new tail of the log. */
function lakeTables(store: ObjectStore, files: Pick<LakeEnvironment, 'dataFiles'>): (path: string) => Table {
  const tables = new Map<string, Table>();
  return (path) => {
    const known = tables.get(path);
    if (known !== undefined) return known;
    const table = openTable(store, path, { ...lakeEnvironment, ...files });
    tables.set(path, table);
    return table;
  };
}

/** An adapter that could not be opened is tried again at its next use. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}
