import type { Physical } from '../parquet/column-encoder.ts';
import type { EncodedColumns } from '../parquet/parquet-file.ts';

/** Rows that are worth a row group: readers pay for each of them, and hold one at a time. */
const ROW_GROUP_ROWS = 131_072;
const ROW_GROUP_BYTES = 16 * 1024 * 1024;

/** Rows of a batch that are looked at to tell its size. */
const ROWS_SAMPLED = 16;

/** Gathers batches until they are worth a row group, so that many small ones do not become as many row groups. */
export class RowGroupBuffer {
  #batches: EncodedColumns[] = [];
  #rows = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.#rows >= ROW_GROUP_ROWS || this.#bytes >= ROW_GROUP_BYTES;
  }

  /** Of what is gathered, uncompressed; an estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  add(rowCount: number, columns: EncodedColumns): void {
    this.#batches.push(columns);
    this.#rows += rowCount;
    for (const values of Object.values(columns)) this.#bytes += bytesOf(values, rowCount);
  }

  /** What was gathered since; null where that is nothing. */
  take(): EncodedColumns | null {
    const batches = this.#batches;
    const [first] = batches;
    this.#batches = [];
    this.#rows = 0;
    this.#bytes = 0;
    if (first === undefined || batches.length === 1) return first ?? null;
    return Object.fromEntries(
      Object.keys(first).map((name) => [
        name,
        batches.flatMap((columns): readonly Physical[] => columns[name] ?? []),
      ]),
    );
  }
}

function bytesOf(values: readonly Physical[], rowCount: number): number {
  const step = Math.max(1, Math.floor(rowCount / ROWS_SAMPLED));
  let sampled = 0;
  let bytes = 0;
  for (let row = 0; row < rowCount; row += step) {
    bytes += sizeOf(values[row] ?? null);
    sampled++;
  }
  return sampled === 0 ? 0 : (bytes / sampled) * rowCount;
}

function sizeOf(value: Physical): number {
  if (typeof value === 'string') return value.length + 4;
  if (value instanceof Uint8Array) return value.byteLength + 4;
  if (typeof value !== 'object' || value === null) return 8;
  const parts: readonly Physical[] = Array.isArray(value) ? value : Object.values(value);
  return parts.reduce((sum: number, part) => sum + sizeOf(part), 4);
}
