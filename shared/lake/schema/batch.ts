import type { Schema } from './schema.ts';

/**
 * One value of a column, by Delta type: integer, short, byte, double, float: number; long: bigint; decimal: text such
 * as `"-12.50"`; timestamp: microseconds since 1970 UTC as bigint; date: days since 1970 as number; string; boolean;
 * binary: Uint8Array; array: its elements; struct: an object; map: an object where keys are text, else [key, value] pairs.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Float32Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** Rows by column. A column may be any array or typed array of `rowCount` values; one that is absent is all null. */
export interface Batch {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, ArrayLike<Value>>>;
}

export type BatchRow = Readonly<Record<string, Value>>;

/** A key that a row lacks is null; a key that the schema lacks is left out. */
export function batchOfRows(schema: Schema, rows: readonly BatchRow[]): Batch {
  const columns: Record<string, Value[]> = {};
  for (const { name } of schema.fields) columns[name] = rows.map((row) => row[name] ?? null);
  return { rowCount: rows.length, columns };
}

export function rowsOfBatch(batch: Batch): Record<string, Value>[] {
  const columns = Object.entries(batch.columns);
  return Array.from({ length: batch.rowCount }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row] ?? null])),
  );
}
