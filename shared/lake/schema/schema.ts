// Schema serialization format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
import { PlatformError } from '../../errors.ts';
import { isRecord } from '../log/is-record.ts';

export type DecimalType = `decimal(${number},${number})`;

export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'float'
  | 'double'
  | 'boolean'
  | 'binary'
  | 'date'
  | 'timestamp'
  /** A date and time of day in no time zone: microseconds as `timestamp` would hold if the zone were UTC. */
  | 'timestamp_ntz'
  /** Always null, and in no file. */
  | 'void'
  | DecimalType;

export type DataType = PrimitiveType | ArrayType | StructType | MapType;

export interface ArrayType {
  readonly type: 'array';
  readonly elementType: DataType;
  readonly containsNull: boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
}

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type Schema = StructType;

/** A column; nullable unless said otherwise. */
export function field(name: string, type: DataType, options: { readonly nullable?: boolean } = {}): Field {
  return { name, type, nullable: options.nullable ?? true, metadata: {} };
}

export function schemaOf(...fields: readonly Field[]): Schema {
  const schema: Schema = { type: 'struct', fields };
  requireDistinctNames(schema);
  return schema;
}

export function arrayOf(elementType: DataType, containsNull = false): ArrayType {
  return { type: 'array', elementType, containsNull };
}

/**
 * What a data file, its statistics and `partitionValues` call a column: its own name unless the table maps columns.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#column-mapping
 */
export function physicalName(column: Field): string {
  const name = column.metadata['delta.columnMapping.physicalName'];
  return typeof name === 'string' ? name : column.name;
}

/** What a data file calls a column in its `field_id` where the table maps columns by id; null where it does not. */
export function fieldId(column: Field): number | null {
  const id = column.metadata['delta.columnMapping.id'];
  return typeof id === 'number' ? id : null;
}

/** Total digits and digits after the point of a `decimal(p,s)`; null for any other type. */
export function decimalShape(type: DataType): { readonly precision: number; readonly scale: number } | null {
  if (typeof type !== 'string') return null;
  const match = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type);
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) };
}

/** Reads `metaData.schemaString`; a type that this library cannot read is refused by name. */
export function parseSchema(schemaString: string): Schema {
  let parsed: unknown;
  try {
    parsed = JSON.parse(schemaString);
  } catch (cause) {
    throw new PlatformError('lake_log_corrupt', 'schemaString is not JSON', { cause });
  }
  const schema = parseType(parsed, '');
  if (typeof schema === 'string' || schema.type !== 'struct') {
    throw new PlatformError(
      'lake_log_corrupt',
      `schemaString must be a struct, got ${schemaString.slice(0, 80)}`,
    );
  }
  return schema;
}

export function schemaString(schema: Schema): string {
  return JSON.stringify(schema);
}

/**
 * The schema of a table after rows of `incoming` are written to it: nullable columns that are new are added at the
 * end, columns that `incoming` lacks stay (and read as null). Any other difference is refused by name.
 */
export function mergeSchemas(table: Schema, incoming: Schema): Schema {
  const known = new Map(table.fields.map((existing) => [existing.name, existing]));
  const added = incoming.fields.filter((candidate) => !known.has(candidate.name));
  for (const candidate of incoming.fields) {
    const existing = known.get(candidate.name);
    if (existing === undefined) {
      if (!candidate.nullable) refuse(`new column ${candidate.name} must be nullable: older files lack it`);
      continue;
    }
    if (typeName(existing.type) !== typeName(candidate.type)) {
      refuse(
        `column ${candidate.name} is ${typeName(existing.type)} in the table, ${typeName(candidate.type)} in the rows`,
      );
    }
    if (candidate.nullable && !existing.nullable)
      refuse(`column ${candidate.name} is not nullable in the table`);
    const looser = looserPart(existing.type, candidate.type, candidate.name);
    if (looser !== null) refuse(`${looser} is not nullable in the table`);
  }
  const written = new Set(incoming.fields.map((candidate) => candidate.name));
  for (const existing of table.fields) {
    if (!existing.nullable && !written.has(existing.name)) {
      refuse(`column ${existing.name} is missing in the rows and not nullable in the table`);
    }
  }
  if (added.length === 0) return table;
  const merged: Schema = { type: 'struct', fields: [...table.fields, ...added] };
  requireDistinctNames(merged);
  return merged;
}

/** The first part within a column that may be null in the rows and not in the table; both are of one type but for that. */
function looserPart(table: DataType, rows: DataType, at: string): string | null {
  if (typeof table === 'string' || typeof rows === 'string') return null;
  if (table.type === 'array' && rows.type === 'array') {
    if (rows.containsNull && !table.containsNull) return `an element of ${at}`;
    return looserPart(table.elementType, rows.elementType, `${at}.element`);
  }
  if (table.type === 'map' && rows.type === 'map') {
    if (rows.valueContainsNull && !table.valueContainsNull) return `a value of ${at}`;
    return (
      looserPart(table.keyType, rows.keyType, `${at}.key`) ??
      looserPart(table.valueType, rows.valueType, `${at}.value`)
    );
  }
  if (table.type !== 'struct' || rows.type !== 'struct') return null;
  for (const [index, part] of table.fields.entries()) {
    const candidate = rows.fields[index];
    if (candidate === undefined) continue;
    const name = `${at}.${part.name}`;
    if (candidate.nullable && !part.nullable) return name;
    const looser = looserPart(part.type, candidate.type, name);
    if (looser !== null) return looser;
  }
  return null;
}

/** A type as text, equal for equal types. */
export function typeName(type: DataType): string {
  if (typeof type === 'string') return type.replaceAll(' ', '');
  if (type.type === 'array') return `array<${typeName(type.elementType)}>`;
  if (type.type === 'map') return `map<${typeName(type.keyType)},${typeName(type.valueType)}>`;
  return `struct<${type.fields.map((child) => `${child.name}:${typeName(child.type)}`).join(',')}>`;
}

const PRIMITIVES = new Set<string>([
  'string',
  'long',
  'integer',
  'short',
  'byte',
  'float',
  'double',
  'boolean',
  'binary',
  'date',
  'timestamp',
  'timestamp_ntz',
  'void',
]);

function parseType(value: unknown, at: string): DataType {
  if (typeof value === 'string') {
    if (PRIMITIVES.has(value)) return value as PrimitiveType;
    const shape = decimalShape(value as DecimalType);
    if (shape !== null) return `decimal(${shape.precision},${shape.scale})`;
    throw unsupported(value, at);
  }
  if (!isRecord(value)) throw unsupported(JSON.stringify(value), at);
  switch (value.type) {
    case 'struct':
      return { type: 'struct', fields: list(value.fields).map((child) => parseField(child, at)) };
    case 'array':
      return {
        type: 'array',
        elementType: parseType(value.elementType, `${at}.element`),
        containsNull: value.containsNull !== false,
      };
    case 'map':
      return {
        type: 'map',
        keyType: parseType(value.keyType, `${at}.key`),
        valueType: parseType(value.valueType, `${at}.value`),
        valueContainsNull: value.valueContainsNull !== false,
      };
    default:
      throw unsupported(JSON.stringify(value.type), at);
  }
}

function parseField(value: unknown, parent: string): Field {
  if (!isRecord(value) || typeof value.name !== 'string') {
    throw new PlatformError(
      'lake_log_corrupt',
      `a field of the schema has no name: ${JSON.stringify(value)}`,
    );
  }
  const name = value.name;
  return {
    name,
    type: parseType(value.type, parent === '' ? name : `${parent}.${name}`),
    nullable: value.nullable !== false,
    metadata: isRecord(value.metadata) ? value.metadata : {},
  };
}

function unsupported(type: string, at: string): PlatformError {
  return new PlatformError(
    'lake_feature_unsupported',
    `column ${at} has type ${type}, which is not supported`,
  );
}

function requireDistinctNames(schema: Schema): void {
  const seen = new Map<string, string>();
  for (const { name } of schema.fields) {
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) refuse(`columns ${twin} and ${name} differ only in case or not at all`);
    if (name === '' || /[ ,;{}()\n\t=]/.test(name)) {
      refuse(
        `column name ${JSON.stringify(name)} is empty or has a character that Spark refuses: ,;{}()= or space`,
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

function refuse(message: string): never {
  throw new PlatformError('lake_schema_mismatch', message);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
