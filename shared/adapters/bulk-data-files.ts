import type { Batch, DataFiles, ScanFile } from '../lake/index.ts';
import type { BulkDataFiles } from './duckdb-data-files.ts';

export interface BulkThreshold {
  /** Fewer rows are written without the bulk implementation. */
  readonly rows: number;
  /** Fewer bytes of files are read, or written anew, without it. */
  readonly bytes: number;
}

/** Where both take the same time, measured on two cores with six columns; see `npm run bench -- lake`. */
const MEASURED: BulkThreshold = { rows: 2_000, bytes: 256 * 1024 };

/** Many rows go one way and few the other, and so do tables that the bulk implementation does not take. */
export function bulkDataFiles(
  bulk: BulkDataFiles,
  few: DataFiles,
  threshold: BulkThreshold = MEASURED,
): DataFiles & { close(): Promise<void> } {
  const forFiles = (files: readonly ScanFile[], schema: Parameters<BulkDataFiles['takes']>[0]): DataFiles =>
    bulk.takes(schema) && bytesOf(files) >= threshold.bytes ? bulk : few;
  return {
    read: (request) => forFiles(request.files, request.tableSchema).read(request),
    write: async (target, batches) => {
      if (!bulk.takes(target.schema)) return few.write(target, batches);
      const { first, rows, rest } = await firstRows(batches, threshold.rows);
      return rows >= threshold.rows ? bulk.write(target, chain(first, rest)) : few.write(target, first);
    },
    rewrite: (target, request) => forFiles(request.files, target.schema).rewrite(target, request),
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
