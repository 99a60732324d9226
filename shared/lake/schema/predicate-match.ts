import { PlatformError } from '../../errors.ts';
import type { Batch, Value } from './batch.ts';
import { type Comparable, type Order, orderOf } from './comparable.ts';
import type { Predicate } from './predicate.ts';
import { type DataType, type Schema, typeName } from './schema.ts';

/** Whether a row of a batch is one for which the predicate is true. A column that the batch lacks is null. */
export type RowMatcher = (batch: Batch, row: number) => boolean;

/** A predicate made ready for rows of `schema`; throws `lake_predicate_invalid` where a column or value does not fit. */
export function matches(predicate: Predicate, schema: Schema): RowMatcher {
  const test = testOf(predicate, schema);
  return (batch, row) => test(batch, row) === true;
}

/** Names of the columns that a predicate reads. */
export function columnsOf(predicate: Predicate): ReadonlySet<string> {
  switch (predicate.op) {
    case 'and':
    case 'or':
      return new Set(predicate.of.flatMap((part) => [...columnsOf(part)]));
    case 'not':
      return columnsOf(predicate.of);
    default:
      return new Set([predicate.column]);
  }
}

/** The type of a predicate's column; throws `lake_predicate_invalid` where the schema has none of the name. */
export function columnType(schema: Schema, name: string): DataType {
  const column = schema.fields.find((candidate) => candidate.name === name);
  if (column === undefined) throw invalid(`there is no column ${name}`);
  return column.type;
}

/** A predicate's value in comparable form; throws `lake_predicate_invalid` where it is not of the column's type. */
export function comparableOf(
  order: Order,
  value: NonNullable<Value>,
  column: string,
  type: DataType,
): Comparable {
  const comparable = order.toComparable(value);
  if (comparable !== undefined) return comparable;
  const shown = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
  throw invalid(`column ${column} is ${typeName(type)}, which ${shown} is not`);
}

/** What comparing the row's value with the predicate's must give. */
export const SIGNS = {
  '=': (sign: number) => sign === 0,
  '<': (sign: number) => sign < 0,
  '<=': (sign: number) => sign <= 0,
  '>': (sign: number) => sign > 0,
  '>=': (sign: number) => sign >= 0,
} as const;

/** Null is unknown. */
type Test = (batch: Batch, row: number) => boolean | null;

function testOf(predicate: Predicate, schema: Schema): Test {
  switch (predicate.op) {
    case 'and':
    case 'or': {
      const parts = predicate.of.map((part) => testOf(part, schema));
      return junction(parts, predicate.op === 'or');
    }
    case 'not': {
      const test = testOf(predicate.of, schema);
      return (batch, row) => {
        const truth = test(batch, row);
        return truth === null ? null : !truth;
      };
    }
    case 'is-null': {
      const { column } = predicate;
      columnType(schema, column);
      return (batch, row) => (batch.columns[column]?.[row] ?? null) === null;
    }
    case 'in':
      return membership(predicate.column, predicate.values, columnType(schema, predicate.column));
    default: {
      const { column, value, op } = predicate;
      const type = columnType(schema, column);
      const order = orderOf(type, column);
      const bound = comparableOf(order, value, column, type);
      return valueTest(column, type, order, (found) => SIGNS[op](order.compare(found, bound)));
    }
  }
}

/** True as soon as a part is `decisive`, else unknown as soon as a part is. */
function junction(parts: readonly Test[], decisive: boolean): Test {
  return (batch, row) => {
    let truth: boolean | null = !decisive;
    for (const part of parts) {
      const found = part(batch, row);
      if (found === decisive) return decisive;
      if (found === null) truth = null;
    }
    return truth;
  };
}

function membership(column: string, values: readonly NonNullable<Value>[], type: DataType): Test {
  const order = orderOf(type, column);
  const members = values.map((value) => comparableOf(order, value, column, type));
  if (type === 'binary') {
    return valueTest(column, type, order, (found) =>
      members.some((member) => order.compare(found, member) === 0),
    );
  }
  // A Set finds NaN and takes minus zero for zero, as the order does.
  const known = new Set(members);
  return valueTest(column, type, order, (found) => known.has(found));
}

function valueTest(
  column: string,
  type: DataType,
  { toComparable }: Order,
  holds: (found: Comparable) => boolean,
): Test {
  return (batch, row) => {
    const value = batch.columns[column]?.[row] ?? null;
    if (value === null) return null;
    const found = toComparable(value);
    if (found !== undefined) return holds(found);
    throw new PlatformError(
      'lake_value_invalid',
      `row ${row}: column ${column} is ${typeName(type)}, got ${typeof value} ${String(value).slice(0, 40)}`,
    );
  };
}

function invalid(message: string): PlatformError {
  return new PlatformError('lake_predicate_invalid', message);
}
