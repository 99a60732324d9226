import { PlatformError } from '../../errors.ts';
import type { AddFile } from '../log/actions.ts';
import { encodeColumn } from '../parquet/column-encoder.ts';
import { type EncodedColumns, ParquetFileWriter } from '../parquet/parquet-file.ts';
import { parquetSchemaOf } from '../parquet/parquet-schema.ts';
import type { Batch } from '../schema/batch.ts';
import type { Schema } from '../schema/schema.ts';
import { FileStats } from '../stats/stats.ts';
import { joinPath, type ObjectStore } from '../store/object-store.ts';

/** A file is closed when it has grown beyond this many bytes. */
const TARGET_FILE_BYTES = 64 * 1024 * 1024;

export interface DataFileOptions {
  readonly now: () => number;
  readonly newId: () => string;
  /** Table property `delta.dataSkippingNumIndexedCols`. */
  readonly indexedColumns?: number;
}

export interface WrittenFiles {
  readonly adds: readonly AddFile[];
  readonly rows: number;
  readonly bytes: number;
}

/** Writes batches to new data files of a table. They belong to no version until a commit names them. */
export async function writeDataFiles(
  store: ObjectStore,
  table: string,
  schema: Schema,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  options: DataFileOptions,
): Promise<WrittenFiles> {
  const adds: AddFile[] = [];
  let file: OpenFile | null = null;
  let rows = 0;
  for await (const batch of batches) {
    if (batch.rowCount === 0) continue;
    const columns = encodeBatch(schema, batch);
    file ??= openFile(schema, options);
    file.writer.write(columns);
    file.stats.add(batch.rowCount, columns);
    rows += batch.rowCount;
    if (file.writer.size >= TARGET_FILE_BYTES) {
      adds.push(await closeFile(store, table, file, options));
      file = null;
    }
  }
  if (file !== null) adds.push(await closeFile(store, table, file, options));
  return { adds, rows, bytes: adds.reduce((sum, add) => sum + add.size, 0) };
}

interface OpenFile {
  readonly writer: ParquetFileWriter;
  readonly stats: FileStats;
}

function openFile(schema: Schema, options: DataFileOptions): OpenFile {
  const names = schema.fields.map((column) => column.name);
  return {
    writer: new ParquetFileWriter(parquetSchemaOf(schema), names),
    stats: new FileStats(schema, options.indexedColumns),
  };
}

async function closeFile(
  store: ObjectStore,
  table: string,
  file: OpenFile,
  options: DataFileOptions,
): Promise<AddFile> {
  const bytes = file.writer.finish();
  const path = `part-${options.newId()}.snappy.parquet`;
  await store.put(joinPath(table, path), bytes);
  return {
    path,
    partitionValues: {},
    size: bytes.byteLength,
    modificationTime: options.now(),
    dataChange: true,
    stats: file.stats.json(),
  };
}

function encodeBatch(schema: Schema, batch: Batch): EncodedColumns {
  const names = new Set(schema.fields.map((column) => column.name));
  const stray = Object.keys(batch.columns).find((name) => !names.has(name));
  if (stray !== undefined) {
    throw new PlatformError(
      'lake_schema_mismatch',
      `the rows have a column ${stray} that their schema does not name`,
    );
  }
  return Object.fromEntries(
    schema.fields.map((column) => [
      column.name,
      encodeColumn(column, batch.columns[column.name], batch.rowCount),
    ]),
  );
}
