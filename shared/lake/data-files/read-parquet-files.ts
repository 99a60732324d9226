import { PlatformError } from '../../errors.ts';
import { ParquetFile, type ParquetRowGroup } from '../parquet/parquet-reader.ts';
import type { Batch, Value } from '../schema/batch.ts';
import { valuesAt } from '../schema/column-values.ts';
import { columnsOf, matches, type RowMatcher } from '../schema/predicate-match.ts';
import type { Field, Schema } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ReadFiles, ScanFile } from './data-files.ts';

/** Files that are fetched ahead of the one being decoded, and the bytes beyond which no further one is. */
const FILES_AHEAD = 8;
const BYTES_AHEAD = 64 * 1024 * 1024;

/** The rows of the files, a row group at a time; columns of a group of which no row is wanted are not decoded. */
export async function* readParquetFiles(store: ObjectStore, request: ReadFiles): AsyncGenerator<Batch> {
  const { files, schema, tableSchema, where } = request;
  const filter =
    where === undefined ? null : filterOf(matches(where, tableSchema), columnsOf(where), tableSchema);
  for await (const { file, bytes } of fetchedAhead(store, files)) {
    let firstRow = 0;
    for (const group of new ParquetFile(bytes, file.path).rowGroups) {
      const column = columnReader(group, file);
      const kept = keptRows(group.rowCount, firstRow, file.deleted, filter?.(group.rowCount, column) ?? null);
      firstRow += group.rowCount;
      const rowCount = kept?.length ?? group.rowCount;
      if (rowCount === 0) continue;
      const columns = schema.fields.map((field) => {
        const values = column(field);
        return [field.name, kept === null ? values : valuesAt(values, kept)] as const;
      });
      yield { rowCount, columns: Object.fromEntries(columns) };
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
      ahead.length === 0 ||
      (next < files.length && ahead.length <= FILES_AHEAD && bytesAhead < BYTES_AHEAD)
    ) {
      const { path, add } = files[next++]!;
      const fetched = store.get(path);
      // Awaited in its turn; until then a failure must not count as unhandled.
      fetched.catch(() => undefined);
      ahead.push(fetched);
      bytesAhead += add.size;
    }
    const bytes = await ahead.shift();
    bytesAhead -= file.add.size;
    if (bytes === null || bytes === undefined) {
      throw new PlatformError(
        'lake_data_file_missing',
        `the table lists a data file that is not in the store: ${file.path}`,
      );
    }
    yield { file, bytes };
  }
}

type ColumnReader = (field: Field) => ArrayLike<Value>;

/** Columns of a row group, each decoded once; those of the partition are not in the file but in the log. */
function columnReader(group: ParquetRowGroup, { partition }: ScanFile): ColumnReader {
  const decoded = new Map<string, ArrayLike<Value>>();
  return (field) => {
    const { name } = field;
    const known = decoded.get(name);
    if (known !== undefined) return known;
    const values = Object.hasOwn(partition, name)
      ? new Array<Value>(group.rowCount).fill(partition[name] ?? null)
      : group.column(field);
    decoded.set(name, values);
    return values;
  };
}

/** Tells of each row of a group whether it is wanted, from the columns of the condition alone. */
function filterOf(
  match: RowMatcher,
  names: ReadonlySet<string>,
  { fields }: Schema,
): (rowCount: number, column: ColumnReader) => (row: number) => boolean {
  const needed = fields.filter(({ name }) => names.has(name));
  return (rowCount, column) => {
    const columns = needed.map((field) => [field.name, column(field)] as const);
    const batch: Batch = { rowCount, columns: Object.fromEntries(columns) };
    return (row) => match(batch, row);
  };
}

/** Rows that are neither deleted nor unwanted; null for all. `firstRow`: the ordinal in the file of the group's first. */
function keptRows(
  rowCount: number,
  firstRow: number,
  deleted: Uint32Array | null,
  isWanted: ((row: number) => boolean) | null,
): Uint32Array | null {
  if (deleted === null && isWanted === null) return null;
  const kept = new Uint32Array(rowCount);
  let count = 0;
  let hidden = deleted === null ? 0 : lowerBound(deleted, firstRow);
  for (let row = 0; row < rowCount; row++) {
    if (deleted?.[hidden] === firstRow + row) hidden++;
    else if (isWanted === null || isWanted(row)) kept[count++] = row;
  }
  return count === rowCount ? null : kept.subarray(0, count);
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
