import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  FLOAT,
  INTEGER,
  LIST,
  SMALLINT,
  TIMESTAMPTZ,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { PlatformError } from '../errors.ts';
import {
  type DataType,
  decimalShape,
  type Field,
  fieldId,
  type Predicate,
  physicalName,
  typeName,
  type Value,
} from '../lake/index.ts';

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Whether columns of this kind pass between DuckDB and the lake; all others are the business of the lake's own reader. */
export function isBulkColumn(column: Field): boolean {
  return fieldId(column) === null && isBulkType(column.type);
}

function isBulkType(type: DataType): boolean {
  if (typeof type === 'string') return type in TYPES || decimalShape(type) !== null;
  return type.type === 'array' && isBulkType(type.elementType);
}

export function duckDbType(type: DataType): DuckDBType {
  if (typeof type !== 'string') {
    if (type.type === 'array') return LIST(duckDbType(type.elementType));
  } else {
    const shape = decimalShape(type);
    const known = shape === null ? TYPES[type] : DECIMAL(shape.precision, shape.scale);
    if (known !== undefined) return known;
  }
  throw new PlatformError(
    'lake_feature_unsupported',
    `DuckDB is not given columns of type ${typeName(type)}`,
  );
}

const TYPES: Readonly<Record<string, DuckDBType>> = {
  string: VARCHAR,
  long: BIGINT,
  integer: INTEGER,
  short: SMALLINT,
  byte: TINYINT,
  float: FLOAT,
  double: DOUBLE,
  boolean: BOOLEAN,
  binary: BLOB,
  date: DATE,
  timestamp: TIMESTAMPTZ,
};

/**
 * The columns of `fields` of Parquet files, by their names in the table, in the table's types; null where a file lacks one.
 * Nothing but the columns that a statement uses is read.
 */
export function parquetRelation(paths: readonly string[], fields: readonly Field[]): string {
  const columns = fields.map(
    (column) =>
      `${literal(physicalName(column))}: {name: ${literal(column.name)}, type: ${literal(`${duckDbType(column.type)}`)}, default_value: NULL}`,
  );
  // A statement that uses no column still counts rows; without any, DuckDB takes the names that it finds.
  const schema = columns.length === 0 ? '' : `, schema = MAP {${columns.join(', ')}}`;
  return `read_parquet([${paths.map(literal).join(', ')}]${schema})`;
}

/** `column` gives the SQL of a column by its name in the table. */
export function predicateSql(
  predicate: Predicate,
  typeOf: (column: string) => DataType,
  column: (name: string) => string,
): string {
  const inner = (of: Predicate): string => `(${predicateSql(of, typeOf, column)})`;
  switch (predicate.op) {
    case 'and':
      return predicate.of.length === 0 ? 'true' : predicate.of.map(inner).join(' AND ');
    case 'or':
      return predicate.of.length === 0 ? 'false' : predicate.of.map(inner).join(' OR ');
    case 'not':
      return `NOT ${inner(predicate.of)}`;
    case 'is-null':
      return `${column(predicate.column)} IS NULL`;
    case 'in': {
      const type = typeOf(predicate.column);
      const values = predicate.values.map((value) => valueSql(type, value));
      const name = column(predicate.column);
      // In SQL an empty list is a syntax error; as a condition it is false, and unknown for null.
      return values.length === 0
        ? `(${name} IS NULL AND NULL::BOOLEAN)`
        : `${name} IN (${values.join(', ')})`;
    }
    default:
      return `${column(predicate.column)} ${predicate.op} ${valueSql(typeOf(predicate.column), predicate.value)}`;
  }
}

/** A lake value as a constant of its column's type; exact. */
export function valueSql(type: DataType, value: Value): string {
  const sqlType = `${duckDbType(type)}`;
  if (value === null) return `NULL::${sqlType}`;
  if (type === 'timestamp') return `make_timestamptz(${value as bigint}::BIGINT)`;
  if (type === 'date') return `(DATE '1970-01-01' + ${Number(value)}::INTEGER)`;
  if (value instanceof Uint8Array) return `from_hex('${Buffer.from(value).toString('hex')}')`;
  if (typeof value === 'string') return `${textSql(value)}::${sqlType}`;
  if (typeof value === 'object') {
    throw new PlatformError('lake_predicate_invalid', `a condition on ${typeName(type)} has no constant`);
  }
  // In quotes also NaN, infinities and the least of all integers are a number's text.
  return `'${value}'::${sqlType}`;
}

/** The text of a statement ends at a NUL. */
function textSql(text: string): string {
  return text.includes('\0') ? `decode(from_hex('${Buffer.from(text).toString('hex')}'))` : literal(text);
}
