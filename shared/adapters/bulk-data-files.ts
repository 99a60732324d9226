import type { Batch, DataFiles, ScanFile, Schema } from '../lake/index.ts';
import type { BulkDataFiles } from './duckdb-data-files.ts';

/** From where on the bulk implementation does it. */
export interface BulkThresholds {
  readonly writtenRows: number;
  /** Of all files together, as the three below. */
  readonly readBytes: number;
  readonly filteredBytes: number;
  readonly rewrittenBytes: number;
}

/**
 * Where DuckDB and the lake's own Parquet take the same time, on two cores, with six columns at 25 bytes a row: DuckDB costs four
 * milliseconds to begin, then writes and filters four times as fast. Rows that all become JavaScript values are as many for
 * either, and the lake's own reader makes them in fewer steps.
 */
const MEASURED: BulkThresholds = {
  writtenRows: 2_000,
  readBytes: Number.POSITIVE_INFINITY,
  filteredBytes: 512 * 1024,
  rewrittenBytes: 64 * 1024,
};

/** Much goes one way and little the other, and so do tables that the bulk implementation does not take. */
export function bulkDataFiles(
  bulk: BulkDataFiles,
  few: DataFiles,
  thresholds: BulkThresholds = MEASURED,
): DataFiles & { close(): Promise<void> } {
  const forFiles = (files: readonly ScanFile[], schema: Schema, threshold: number): DataFiles =>
    bulk.takes(schema) && bytesOf(files) >= threshold ? bulk : few;
  return {
    read: (request) => {
      const { files, tableSchema, where } = request;
      const threshold = where === undefined ? thresholds.readBytes : thresholds.filteredBytes;
      return forFiles(files, tableSchema, threshold).read(request);
    },
    write: async (target, batches) => {
      if (!bulk.takes(target.schema)) return few.write(target, batches);
      const { first, rows, rest } = await firstRows(batches, thresholds.writtenRows);
      const isMuch = rows >= thresholds.writtenRows;
      return isMuch ? bulk.write(target, chain(first, rest)) : few.write(target, first);
    },
    rewrite: (target, request) =>
      forFiles(request.files, target.schema, thresholds.rewrittenBytes).rewrite(target, request),
    close: () => bulk.close(),
  };
}

interface FirstRows {
  readonly first: readonly Batch[];
  readonly rows: number;
  /** Of more batches, if there may be any. */
  readonly rest: AsyncIterator<Batch> | Iterator<Batch>;
}

async function firstRows(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  enough: number,
): Promise<FirstRows> {
  const rest = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  const first: Batch[] = [];
  let rows = 0;
  while (rows < enough) {
    const next = await rest.next();
    if (next.done === true) break;
    first.push(next.value);
    rows += next.value.rowCount;
  }
  return { first, rows, rest };
}

async function* chain(first: readonly Batch[], rest: FirstRows['rest']): AsyncGenerator<Batch> {
  try {
    yield* first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Of a source that ends by itself it does nothing.
    await rest.return?.();
  }
}

function bytesOf(files: readonly ScanFile[]): number {
  return files.reduce((sum, { add }) => sum + add.size, 0);
}
