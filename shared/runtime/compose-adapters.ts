import type { ObjectFileCache } from '../adapters/object-file-cache.ts';
import type { StoreFiles } from '../adapters/store-files.ts';
import type { ControlTable } from '../control/index.ts';
import type { QueryEngine } from '../features/index.ts';
import type { SourceEventLog } from '../kafka/index.ts';
import { type DataFiles, type ObjectStore, parquetDataFiles } from '../lake/index.ts';
import type { OnlineStore } from '../online/index.ts';
import { type Config, quietAwsSdk } from './config.ts';

/** Told what a server does not do as it should, while the adapter goes on. */
export type Warn = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Loads the adapters that the settings choose, each only where it is opened: a function pays for what it uses. */

export async function openEventLog(
  { eventLog: { place } }: Pick<Config, 'eventLog'>,
  warn: Warn = warnProcess,
): Promise<SourceEventLog> {
  if (place.kind === 'kafka') {
    const { openKafkaEventLog } = await import('../adapters/kafka-event-log.ts');
    return openKafkaEventLog({ brokers: place.brokers, onProblem: warn });
  }
  const { openLmdbEventLog } = await import('../adapters/lmdb-event-log.ts');
  return openLmdbEventLog({ path: place.path });
}

/** @param createBucket whether a bucket that is not there is made; else it is an error */
export async function openObjectStore(
  { lakehouse }: Pick<Config, 'lakehouse'>,
  { createBucket = false } = {},
): Promise<ObjectStore> {
  if (lakehouse.kind === 's3') {
    quietAwsSdk();
    const { openS3ObjectStore } = await import('../adapters/s3-object-store.ts');
    return openS3ObjectStore({ ...lakehouse, createBucket });
  }
  const { openFolderStore } = await import('../adapters/fs-object-store.ts');
  return openFolderStore(lakehouse.path);
}

export async function openOnlineStore(
  { onlineStore }: Pick<Config, 'onlineStore'>,
  warn: Warn = warnProcess,
): Promise<OnlineStore> {
  if (onlineStore.kind === 'redis') {
    const { openRedisOnlineStore } = await import('../adapters/redis-online-store.ts');
    return openRedisOnlineStore({
      url: onlineStore.url,
      onWarning: ({ code, message }) => warn(message, { code }),
    });
  }
  const { openLmdbOnlineStore } = await import('../adapters/lmdb-online-store.ts');
  return openLmdbOnlineStore({ path: onlineStore.path });
}

/** @param objectStore of the lakehouse */
export async function openQueryEngine(
  { lakehouse, query }: Pick<Config, 'lakehouse' | 'query'>,
  objectStore: () => Promise<ObjectStore>,
): Promise<QueryEngine> {
  const { openDuckDbQueryEngine } = await import('../adapters/duckdb-query-engine.ts');
  const duckDb = await openDuckDbQueryEngine({
    memoryLimit: query.memory,
    tempDir: query.tempDir,
    readableFolders: [lakehouse.kind === 'folder' ? (await objectStore()).uri('') : query.cacheDir],
    threads: 2,
  });
  if (lakehouse.kind === 'folder') return duckDb;
  const { queryEngineOverObjects } = await import('../adapters/object-file-query-engine.ts');
  return queryEngineOverObjects(duckDb, await openFileCache(await objectStore(), query));
}

/**
 * The Parquet files of tables by DuckDB where there are many rows, else in JavaScript. For what writes or rewrites whole
 * tables; a function that appends small batches does without DuckDB's memory.
 */
export async function openBulkDataFiles({
  lakehouse,
  query,
}: Pick<Config, 'lakehouse' | 'query'>): Promise<DataFiles & { close(): Promise<void> }> {
  const { openDuckDbDataFiles } = await import('../adapters/duckdb-data-files.ts');
  const { bulkDataFiles } = await import('../adapters/bulk-data-files.ts');
  const { filesOfFolder, filesOfObjects } = await import('../adapters/store-files.ts');
  const over = async (store: ObjectStore, files: StoreFiles) =>
    bulkDataFiles(
      await openDuckDbDataFiles({ files, memoryLimit: query.memory, tempDir: query.tempDir, threads: 2 }),
      parquetDataFiles(store),
    );
  if (lakehouse.kind === 'folder') {
    const { openFolderStore } = await import('../adapters/fs-object-store.ts');
    const store = await openFolderStore(lakehouse.path);
    return over(store, filesOfFolder(store));
  }
  const store = await openObjectStore({ lakehouse });
  return over(store, filesOfObjects(store, await openFileCache(store, query), query.tempDir));
}

async function openFileCache(store: ObjectStore, { cacheDir }: Config['query']): Promise<ObjectFileCache> {
  const { openObjectFileCache } = await import('../adapters/object-file-cache.ts');
  return openObjectFileCache({ store, folder: cacheDir, maxBytes: CACHED_BYTES });
}

/** Local copies of a bucket's data files; those of one large query may exceed it while it runs. */
const CACHED_BYTES = 2 ** 30;

/** @param endpoint null: the one of AWS */
export async function openControlTable(tableName: string, endpoint: string | null): Promise<ControlTable> {
  quietAwsSdk();
  const { openDynamoDbControlTable } = await import('../adapters/dynamodb-control-table.ts');
  // A local endpoint checks no signature, yet the SDK wants something to sign with.
  const credentials = endpoint === null ? null : { accessKeyId: 'local', secretAccessKey: 'local' };
  return openDynamoDbControlTable({ tableName, region: REGION, endpoint, credentials });
}

const REGION = 'eu-central-1';

function warnProcess(message: string): void {
  process.emitWarning(message);
}
