import { PlatformError } from '../../errors.ts';
import type { AddFile } from '../log/actions.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { readParquetColumns } from '../parquet/parquet-file.ts';
import type { Batch, Value } from '../schema/batch.ts';
import { partitionValue } from '../schema/partition-value.ts';
import type { Field } from '../schema/schema.ts';
import { joinPath, type ObjectStore } from '../store/object-store.ts';

/** Files fetched ahead of the one being decoded. */
const FILES_AHEAD = 8;

/**
 * The rows of a snapshot, a row group at a time, in no particular order; a column that is younger than its file is
 * null there. `columns` (default: all) chooses and must exist in the snapshot.
 */
export async function* readSnapshot(
  store: ObjectStore,
  snapshot: Snapshot,
  options: { readonly columns?: readonly string[] } = {},
): AsyncGenerator<Batch> {
  const fields = chosenFields(snapshot, options.columns);
  const inPath = new Set(snapshot.metadata.partitionColumns);
  const inFile = fields.filter((column) => !inPath.has(column.name));
  const files = [...snapshot.files];
  const paths = files.map((file) => dataFilePath(snapshot, file));
  const ahead: Promise<Uint8Array | null>[] = [];
  for (const [index, path] of paths.entries()) {
    while (ahead.length <= FILES_AHEAD && index + ahead.length < paths.length) {
      const fetched = store.get(paths[index + ahead.length]!);
      // Awaited in its turn; until then a failure must not count as unhandled.
      fetched.catch(() => undefined);
      ahead.push(fetched);
    }
    const bytes = await ahead.shift();
    if (bytes === null || bytes === undefined) {
      throw new PlatformError(
        'lake_data_file_missing',
        `version ${snapshot.version} of table ${snapshot.path} lists a data file that is not in the store: ${path}`,
      );
    }
    const partition = fields.filter((column) => inPath.has(column.name));
    for await (const batch of readParquetColumns(bytes, inFile, path)) {
      yield partition.length === 0 ? batch : withPartition(batch, fields, files[index]!);
    }
  }
}

/** What a SQL engine opens to read the snapshot; files may lack younger columns, and would lack those of partitions. */
export function dataFileUris(store: ObjectStore, snapshot: Snapshot): string[] {
  requireUnpartitioned(snapshot);
  return [...snapshot.files].map((file) => store.uri(dataFilePath(snapshot, file)));
}

/** Partition columns are not in the file but in the log; the columns come in the order of `fields`. */
function withPartition(batch: Batch, fields: readonly Field[], file: AddFile): Batch {
  const columns = fields.map((column) => {
    const read = batch.columns[column.name];
    if (read !== undefined) return [column.name, read] as const;
    const value = partitionValue(column, file.partitionValues[column.name]);
    return [column.name, new Array<Value>(batch.rowCount).fill(value)] as const;
  });
  return { rowCount: batch.rowCount, columns: Object.fromEntries(columns) };
}

/** `add.path` is a URI: one decoding gives the path. */
function dataFilePath(snapshot: Snapshot, file: AddFile): string {
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(file.path)) {
    throw new PlatformError(
      'lake_feature_unsupported',
      `absolute data file path ${file.path} is not supported`,
    );
  }
  if (file.deletionVector !== undefined) {
    throw new PlatformError(
      'lake_feature_unsupported',
      `${file.path} has a deletion vector, which is not supported`,
    );
  }
  return joinPath(snapshot.path, decodeURIComponent(file.path));
}

function chosenFields(snapshot: Snapshot, columns: readonly string[] | undefined): readonly Field[] {
  if (columns === undefined) return snapshot.schema.fields;
  return columns.map((name) => {
    const found = snapshot.schema.fields.find((column) => column.name === name);
    if (found === undefined) {
      throw new PlatformError('lake_schema_mismatch', `table ${snapshot.path} has no column ${name}`);
    }
    return found;
  });
}

function requireUnpartitioned({ metadata, path }: Snapshot): void {
  if (metadata.partitionColumns.length > 0) {
    throw new PlatformError(
      'lake_feature_unsupported',
      `opening the files of table ${path}, partitioned by ${metadata.partitionColumns.join(', ')}, is not supported`,
    );
  }
}
