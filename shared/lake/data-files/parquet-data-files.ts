import type { ObjectStore } from '../store/object-store.ts';
import type { DataFiles } from './data-files.ts';
import { readParquetFiles } from './read-parquet-files.ts';
import { rewriteParquetFiles, writeParquetFiles } from './write-parquet-files.ts';

/** Parquet files in JavaScript: no native module, so that it runs wherever Node does. */
export function parquetDataFiles(store: ObjectStore): DataFiles {
  return {
    read: (request) => readParquetFiles(store, request),
    write: (target, batches) => writeParquetFiles(store, target, batches),
    rewrite: (target, request) => rewriteParquetFiles(store, target, request),
  };
}
