import { memoryObjectStore } from '../store/memory-object-store.ts';
import { dataFilesContract } from './data-files.contract.ts';
import { parquetDataFiles } from './parquet-data-files.ts';

dataFilesContract('Parquet in JavaScript', async () => {
  const store = memoryObjectStore();
  return { store, dataFiles: parquetDataFiles(store), dispose: async () => {} };
});
