import { PlatformError } from '../../errors.ts';
import type { DataFiles } from '../data-files/data-files.ts';
import { storePathOf } from '../data-files/file-path.ts';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import type { Snapshot } from '../log/snapshot.ts';
import type { Batch } from '../schema/batch.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { planScan, type ScanOptions } from './scan-plan.ts';

export interface ReadOptions extends ScanOptions {
  /** What opens the files; Parquet in JavaScript where left out. */
  readonly dataFiles?: DataFiles;
}

/**
 * The rows of a snapshot, some at a time, in no particular order; a column that is younger than its file is null there.
 * `columns` chooses, `where` leaves out the rows for which it is not true.
 */
export async function* readSnapshot(
  store: ObjectStore,
  snapshot: Snapshot,
  options: ReadOptions = {},
): AsyncGenerator<Batch> {
  const { dataFiles = parquetDataFiles(store), where } = options;
  const { files, schema } = await planScan(store, snapshot, options);
  yield* dataFiles.read({
    files,
    schema,
    tableSchema: snapshot.schema,
    ...(where === undefined ? {} : { where }),
  });
}

/**
 * What a SQL engine opens to read the snapshot; files may lack younger columns. Refused where the files alone do not tell
 * the rows: partitioned tables, deletion vectors, mapped columns.
 */
export function dataFileUris(store: ObjectStore, snapshot: Snapshot): string[] {
  requirePlainFiles(snapshot);
  return [...snapshot.files].map((add) => store.uri(storePathOf(store, snapshot.path, add.path)));
}

function requirePlainFiles({ metadata, path, files }: Snapshot): void {
  const refuse = (what: string) =>
    new PlatformError(
      'lake_feature_unsupported',
      `opening the files of table ${path}, ${what}, is not supported`,
    );
  if (metadata.partitionColumns.length > 0)
    throw refuse(`partitioned by ${metadata.partitionColumns.join(', ')}`);
  const mode = metadata.configuration['delta.columnMapping.mode'] ?? 'none';
  if (mode !== 'none') throw refuse(`whose columns are mapped by ${mode}`);
  for (const add of files) {
    if (add.deletionVector !== undefined) throw refuse(`where ${add.path} has a deletion vector`);
  }
}
