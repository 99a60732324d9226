/** Data files in MinIO: written by DuckDB through local files, read by it from local copies. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { dataFilesContract } from '../lake/data-files/data-files.contract.ts';
import { parquetDataFiles } from '../lake/index.ts';
import { bulkDataFiles } from './bulk-data-files.ts';
import { openDuckDbDataFiles } from './duckdb-data-files.ts';
import { openObjectFileCache } from './object-file-cache.ts';
import { openS3ObjectStore } from './s3-object-store.ts';
import { testBuckets } from './s3-object-store-testing.ts';
import { filesOfObjects } from './store-files.ts';

const buckets = testBuckets(runningService('minio'));
afterAll(() => buckets.remove());

dataFilesContract('DuckDB over MinIO', async () => {
  const root = await mkdtemp(join(tmpdir(), 'duckdb-minio-'));
  const store = await openS3ObjectStore(await buckets.create('shop/lake'));
  const cache = await openObjectFileCache({ store, folder: join(root, 'objects'), maxBytes: 100_000_000 });
  const files = filesOfObjects(store, cache, join(root, 'staging'));
  const duckDb = await openDuckDbDataFiles({ files, tempDir: join(root, 'spill') });
  const always = { writtenRows: 1, readBytes: 1, filteredBytes: 1, rewrittenBytes: 1 };
  const dataFiles = bulkDataFiles(duckDb, parquetDataFiles(store), always);
  return {
    store,
    dataFiles,
    dispose: async () => {
      await dataFiles.close();
      await cache.close();
      await rm(root, { recursive: true });
    },
  };
});
