import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFilesContract } from '../lake/data-files/data-files.contract.ts';
import { memoryObjectStore, parquetDataFiles } from '../lake/index.ts';
import { bulkDataFiles } from './bulk-data-files.ts';
import { openDuckDbDataFiles } from './duckdb-data-files.ts';
import { openFolderStore } from './fs-object-store.ts';
import { openObjectFileCache } from './object-file-cache.ts';
import { filesOfFolder, filesOfObjects } from './store-files.ts';

/** Whatever it takes goes to DuckDB, however little it is. */
const ALWAYS = { writtenRows: 1, readBytes: 1, filteredBytes: 1, rewrittenBytes: 1 };

dataFilesContract('DuckDB in a folder', async () => {
  // A quote and a space in the path must not end the list of files.
  const root = await mkdtemp(join(tmpdir(), "duckdb isn't "));
  const store = await openFolderStore(join(root, 'lake'));
  const duckDb = await openDuckDbDataFiles({ files: filesOfFolder(store), tempDir: join(root, 'spill') });
  const dataFiles = bulkDataFiles(duckDb, parquetDataFiles(store), ALWAYS);
  return {
    store,
    dataFiles,
    dispose: async () => {
      await dataFiles.close();
      await rm(root, { recursive: true });
    },
  };
});

dataFilesContract('DuckDB with copies of objects', async () => {
  const root = await mkdtemp(join(tmpdir(), 'duckdb-objects-'));
  const store = memoryObjectStore();
  const cache = await openObjectFileCache({ store, folder: join(root, 'objects'), maxBytes: 1_000_000 });
  const files = filesOfObjects(store, cache, join(root, 'staging'));
  const duckDb = await openDuckDbDataFiles({ files, tempDir: join(root, 'spill') });
  const dataFiles = bulkDataFiles(duckDb, parquetDataFiles(store), ALWAYS);
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
