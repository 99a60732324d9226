import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { Value } from '../lake/index.ts';

/** Gathers one column of a result, vector by vector. */
export interface ColumnReader {
  read(vector: Vector, count: number): void;
  /** What was read since the last call: a typed array where the type has one and no value is null. */
  take(): ArrayLike<Value>;
}

/** Columns that have no typed array. */
export abstract class ValuesReader implements ColumnReader {
  readonly #capacity: number;
  #values: Value[] = [];
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(vector: Vector, count: number): void {
    const from = this.#count;
    const values = this.#provide(from + count);
    this.readInto(vector, count, values, from);
    forEachNull(vector, count, (row) => {
      values[from + row] = null;
    });
    this.#count += count;
  }

  take(): Value[] {
    const values = this.#values;
    values.length = this.#count;
    this.#values = [];
    this.#count = 0;
    return values;
  }

  /** Sets `count` values from `values[from]` on; what it sets for a null does not matter. */
  protected abstract readInto(vector: Vector, count: number, values: Value[], from: number): void;

  /** Room for all of a batch once it is more than a vector: growing bit by bit would copy it over and over. */
  #provide(count: number): Value[] {
    if (this.#values.length >= count) return this.#values;
    const larger = new Array<Value>(this.#count === 0 ? count : Math.max(count, this.#capacity));
    for (let row = 0; row < this.#count; row += 1) larger[row] = this.#values[row] ?? null;
    this.#values = larger;
    return larger;
  }
}

/** One bit a row, 1 for a value; null where no row is null. */
export function validityOf(vector: Vector, count: number): Uint8Array | null {
  // The binding types it as bytes; it is null where no row is.
  return duckdb.vector_get_validity(vector, 8 * Math.ceil(count / 64)) as Uint8Array | null;
}

export function forEachNull(vector: Vector, count: number, visit: (row: number) => void): void {
  const validity = validityOf(vector, count);
  if (validity === null) return;
  for (let row = 0; row < count; row += 1) {
    if (((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) visit(row);
  }
}
