import { PlatformError } from '../../errors.ts';
import type { Batch, Value } from './batch.ts';
import { type Comparable, orderOf } from './comparable.ts';
import { type Field, type Schema, typeName } from './schema.ts';

/** Equal for equal keys, and fit for a Set. */
export type RowKey = string | number | bigint | null;

/** Gives the key of a row: values of `columns`, of which equal ones are equal however they are written; null equals null. */
export function rowKeys(schema: Schema, columns: readonly string[]): (batch: Batch, row: number) => RowKey {
  const parts = columns.map((name) => keyPart(columnNamed(schema, name)));
  const [only] = parts;
  if (only === undefined) throw new PlatformError('lake_merge_key_invalid', 'a key has at least one column');
  if (parts.length === 1) return only;
  // Lengths keep ("a", "bc") apart from ("ab", "c").
  return (batch, row) =>
    parts
      .map((part) => {
        const value = part(batch, row);
        return value === null ? 'null' : `${`${value}`.length}:${value}`;
      })
      .join(',');
}

/** The rows of a batch at `rows`, ordinals in the batch. */
export function takeRows(batch: Batch, rows: readonly number[]): Batch {
  const columns: Record<string, Value[]> = {};
  for (const [name, values] of Object.entries(batch.columns)) {
    columns[name] = rows.map((row) => values[row] ?? null);
  }
  return { rowCount: rows.length, columns };
}

function columnNamed(schema: Schema, name: string): Field {
  const column = schema.fields.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw new PlatformError(
    'lake_merge_key_invalid',
    `key column ${name} is not among the columns of the rows`,
  );
}

function keyPart({ name, type }: Field): (batch: Batch, row: number) => RowKey {
  const { toComparable } = orderOf(type, name);
  return (batch, row) => {
    const value = batch.columns[name]?.[row] ?? null;
    if (value === null) return null;
    const comparable = toComparable(value);
    if (comparable !== undefined) return hashable(comparable);
    throw new PlatformError(
      'lake_value_invalid',
      `row ${row}: key column ${name} is ${typeName(type)}, got ${typeof value} ${String(value).slice(0, 40)}`,
    );
  };
}

/** Minus zero is zero, as it is to a Set. */
function hashable(value: Comparable): RowKey {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value === 0 ? 0 : value;
}
