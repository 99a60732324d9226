import { PlatformError } from '../../errors.ts';
import type { AddFile } from '../log/actions.ts';
import { encodeColumn } from '../parquet/column-encoder.ts';
import { type EncodedColumns, ParquetFileWriter } from '../parquet/parquet-file.ts';
import { parquetSchemaOf } from '../parquet/parquet-schema.ts';
import type { Batch } from '../schema/batch.ts';
import { matches, type RowMatcher } from '../schema/predicate-match.ts';
import { type RowKey, rowKeys, takeRows } from '../schema/row-key.ts';
import type { Schema } from '../schema/schema.ts';
import { indexedSchema } from '../stats/indexed-columns.ts';
import { FileStats } from '../stats/stats.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { DataFileTarget, RewriteFiles, RewrittenFiles, RowsToDrop, WrittenFiles } from './data-files.ts';
import { newDataFile } from './new-data-file.ts';
import { readParquetFiles } from './read-parquet-files.ts';
import { RowGroupBuffer } from './row-group-buffer.ts';

const DEFAULT_TARGET_FILE_BYTES = 64 * 1024 * 1024;

/** A file is built in memory, and put when it is whole. */
export async function writeParquetFiles(
  store: ObjectStore,
  target: DataFileTarget,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<WrittenFiles> {
  const schema = schemaInFile(target);
  const targetFileBytes = target.targetFileBytes ?? DEFAULT_TARGET_FILE_BYTES;
  const adds: AddFile[] = [];
  let file: OpenFile | null = null;
  let rows = 0;
  for await (const batch of batches) {
    if (batch.rowCount === 0) continue;
    requireKnownColumns(target.schema, batch);
    const columns = encodeBatch(schema, batch);
    file ??= openFile(schema, target);
    file.rows.add(batch.rowCount, columns);
    file.stats.add(batch.rowCount, columns);
    rows += batch.rowCount;
    if (file.rows.isFull || file.writer.size + file.rows.bytes >= targetFileBytes) writeRowGroup(file);
    if (file.writer.size >= targetFileBytes) {
      adds.push(await closeFile(store, target, file));
      file = null;
    }
  }
  if (file !== null) adds.push(await closeFile(store, target, file));
  return { adds, rows, bytes: adds.reduce((sum, add) => sum + add.size, 0) };
}

/** Reads all rows of the sources and writes those that are kept, in the order in which they are read. */
export async function rewriteParquetFiles(
  store: ObjectStore,
  target: DataFileTarget,
  { files, drop }: RewriteFiles,
): Promise<RewrittenFiles> {
  const { schema } = target;
  const isDropped = dropTest(drop, schema);
  let dropped = 0;
  const kept = async function* (): AsyncGenerator<Batch> {
    for await (const batch of readParquetFiles(store, { files, schema, tableSchema: schema })) {
      const rows = rowsKept(batch, isDropped);
      dropped += batch.rowCount - rows.length;
      yield rows.length === batch.rowCount ? batch : takeRows(batch, rows);
    }
  };
  const written = await writeParquetFiles(store, target, kept());
  return { ...written, dropped };
}

function dropTest(drop: RowsToDrop, schema: Schema): RowMatcher {
  switch (drop.kind) {
    case 'none':
      return () => false;
    case 'where':
      return matches(drop.predicate, schema);
    case 'keys': {
      const keyOf = rowKeys(schema, drop.columns);
      const keys = new Set<RowKey>();
      for (const batch of drop.keys) {
        for (let row = 0; row < batch.rowCount; row++) keys.add(keyOf(batch, row));
      }
      return (batch, row) => keys.has(keyOf(batch, row));
    }
  }
}

function rowsKept(batch: Batch, isDropped: RowMatcher): number[] {
  const rows: number[] = [];
  for (let row = 0; row < batch.rowCount; row++) if (!isDropped(batch, row)) rows.push(row);
  return rows;
}

interface OpenFile {
  readonly writer: ParquetFileWriter;
  /** Not yet written. */
  readonly rows: RowGroupBuffer;
  readonly stats: FileStats;
}

function openFile(schema: Schema, target: DataFileTarget): OpenFile {
  const names = schema.fields.map((column) => column.name);
  return {
    writer: new ParquetFileWriter(parquetSchemaOf(schema), names),
    rows: new RowGroupBuffer(),
    stats: new FileStats(indexedSchema(schema, target)),
  };
}

function writeRowGroup({ writer, rows }: OpenFile): void {
  const gathered = rows.take();
  if (gathered !== null) writer.write(gathered);
}

async function closeFile(store: ObjectStore, target: DataFileTarget, file: OpenFile): Promise<AddFile> {
  writeRowGroup(file);
  const bytes = file.writer.finish();
  const { path, uri } = newDataFile(target);
  await store.put(path, bytes);
  return {
    path: uri,
    partitionValues: target.partitionValues,
    size: bytes.byteLength,
    modificationTime: target.now(),
    dataChange: true,
    stats: file.stats.json(),
  };
}

/** Values of partition columns stand in the log. */
function schemaInFile({ schema, partitionValues }: DataFileTarget): Schema {
  return {
    type: 'struct',
    fields: schema.fields.filter(({ name }) => !Object.hasOwn(partitionValues, name)),
  };
}

function requireKnownColumns(schema: Schema, batch: Batch): void {
  const names = new Set(schema.fields.map((column) => column.name));
  const stray = Object.keys(batch.columns).find((name) => !names.has(name));
  if (stray === undefined) return;
  throw new PlatformError(
    'lake_schema_mismatch',
    `the rows have a column ${stray} that their schema does not name`,
  );
}

function encodeBatch(schema: Schema, batch: Batch): EncodedColumns {
  return Object.fromEntries(
    schema.fields.map((column) => [
      column.name,
      encodeColumn(column, batch.columns[column.name], batch.rowCount),
    ]),
  );
}
