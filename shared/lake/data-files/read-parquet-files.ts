import { PlatformError } from '../../errors.ts';
import { readParquetColumns } from '../parquet/parquet-file.ts';
import type { Batch, Value } from '../schema/batch.ts';
import { columnsOf, matches, type RowMatcher } from '../schema/predicate-match.ts';
import type { Field } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ReadFiles, ScanFile } from './data-files.ts';

/** Bytes of files that are fetched ahead of the one being decoded; one file more may go beyond it. */
const BYTES_AHEAD = 64 * 1024 * 1024;
const FILES_AHEAD = 8;

/** The rows of the files, a row group at a time. */
export async function* readParquetFiles(store: ObjectStore, request: ReadFiles): AsyncGenerator<Batch> {
  const { schema, tableSchema, where } = request;
  const match = where === undefined ? null : matches(where, tableSchema);
  const needed = where === undefined ? new Set<string>() : columnsOf(where);
  const chosen = new Set(schema.fields.map(({ name }) => name));
  const fields = [
    ...schema.fields,
    ...tableSchema.fields.filter(({ name }) => needed.has(name) && !chosen.has(name)),
  ];
  for await (const { file, bytes } of fetchedAhead(store, request.files)) {
    const inFile = fields.filter(({ name }) => !Object.hasOwn(file.partition, name));
    let firstRow = 0;
    for await (const read of readParquetColumns(bytes, inFile, file.path)) {
      const whole = withPartition(read, fields, file);
      const kept = keptRows(whole, firstRow, file.deleted, match);
      firstRow += read.rowCount;
      const batch = rowsAt(whole, kept, schema.fields);
      if (batch.rowCount > 0) yield batch;
    }
  }
}

interface FetchedFile {
  readonly file: ScanFile;
  readonly bytes: Uint8Array;
}

async function* fetchedAhead(store: ObjectStore, files: readonly ScanFile[]): AsyncGenerator<FetchedFile> {
  const ahead: Promise<Uint8Array | null>[] = [];
  let bytesAhead = 0;
  let next = 0;
  for (const file of files) {
    while (
      next < files.length &&
      (ahead.length === 0 || (ahead.length < FILES_AHEAD && bytesAhead < BYTES_AHEAD))
    ) {
      const fetched = store.get(files[next]!.path);
      // Awaited in its turn; until then a failure must not count as unhandled.
      fetched.catch(() => undefined);
      ahead.push(fetched);
      bytesAhead += files[next]!.add.size;
      next++;
    }
    const bytes = await ahead.shift();
    bytesAhead -= file.add.size;
    if (bytes === null || bytes === undefined) {
      throw new PlatformError(
        'lake_data_file_missing',
        `a version of the table lists a data file that is not in the store: ${file.path}`,
      );
    }
    yield { file, bytes };
  }
}

/** Partition columns are not in the file but in the log. */
function withPartition(batch: Batch, fields: readonly Field[], file: ScanFile): Batch {
  const columns: Record<string, ArrayLike<Value>> = { ...batch.columns };
  for (const { name } of fields) {
    if (Object.hasOwn(file.partition, name)) {
      columns[name] = new Array<Value>(batch.rowCount).fill(file.partition[name] ?? null);
    }
  }
  return { rowCount: batch.rowCount, columns };
}

/** Rows of the batch that are neither deleted nor left out by the condition; null for all. `firstRow`: its ordinal in the file. */
function keptRows(
  batch: Batch,
  firstRow: number,
  deleted: Uint32Array | null,
  match: RowMatcher | null,
): Uint32Array | null {
  if (deleted === null && match === null) return null;
  const kept = new Uint32Array(batch.rowCount);
  let count = 0;
  let hidden = deleted === null ? 0 : lowerBound(deleted, firstRow);
  for (let row = 0; row < batch.rowCount; row++) {
    if (deleted?.[hidden] === firstRow + row) hidden++;
    else if (match === null || match(batch, row)) kept[count++] = row;
  }
  return count === batch.rowCount ? null : kept.subarray(0, count);
}

/** Index of the first element that is at least `value`. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowsAt(batch: Batch, rows: Uint32Array | null, fields: readonly Field[]): Batch {
  const columns = fields.map(({ name }) => {
    const values = batch.columns[name]!;
    return [name, rows === null ? values : valuesAt(values, rows)] as const;
  });
  return { rowCount: rows?.length ?? batch.rowCount, columns: Object.fromEntries(columns) };
}

function valuesAt(values: ArrayLike<Value>, rows: Uint32Array): ArrayLike<Value> {
  const picked = new Array<Value>(rows.length);
  for (let index = 0; index < rows.length; index++) picked[index] = values[rows[index]!] ?? null;
  return picked;
}
