import { PlatformError } from '../../errors.ts';
import type { Value } from '../schema/batch.ts';
import { unscaledOf } from '../schema/decimal.ts';
import {
  type ArrayType,
  type DataType,
  decimalShape,
  type Field,
  type MapType,
  type StructType,
  typeName,
} from '../schema/schema.ts';

/**
 * A value as Parquet stores it: decimal as its unscaled bigint, timestamp as bigint microseconds, float rounded to
 * 32 bits, arrays as plain arrays, structs by field name, maps as arrays of `{key, value}`; everything else as it came.
 */
export type Physical =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Physical[]
  | { readonly [name: string]: Physical };

/** Checks every value against the column's type: nothing is coerced, a misfit is refused with its row and value. */
export function encodeColumn(
  column: Field,
  values: ArrayLike<Value> | undefined,
  rowCount: number,
): Physical[] {
  if (values !== undefined && values.length !== rowCount) {
    throw new PlatformError(
      'lake_value_invalid',
      `column ${column.name} has ${values.length} values for ${rowCount} rows`,
    );
  }
  const encode = encoderOf(column.type);
  const physical = new Array<Physical>(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const value = values?.[row] ?? null;
    if (value === null) {
      if (!column.nullable) throw misfit(column, row, value);
      physical[row] = null;
      continue;
    }
    const encoded = encode(value);
    if (encoded === undefined) throw misfit(column, row, value);
    physical[row] = encoded;
  }
  return physical;
}

/** Whether a value may stand in a column of `type`: the check that every write applies. */
export function valueFits(type: DataType): (value: Exclude<Value, null>) => boolean {
  const encode = encoderOf(type);
  return (value) => encode(value) !== undefined;
}

/** Undefined where the value does not fit the type. */
type Encoder = (value: Exclude<Value, null>) => Physical | undefined;

function encoderOf(type: DataType): Encoder {
  switch (type) {
    case 'string':
      return (value) => (typeof value === 'string' && isWellFormed(value) ? value : undefined);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'binary':
      return (value) => (value instanceof Uint8Array ? value : undefined);
    case 'double':
      return (value) => (typeof value === 'number' ? value : undefined);
    case 'float':
      return (value) => (typeof value === 'number' ? Math.fround(value) : undefined);
    case 'byte':
      return integerEncoder(8);
    case 'short':
      return integerEncoder(16);
    case 'integer':
    case 'date':
      return integerEncoder(32);
    case 'long':
    case 'timestamp':
      return (value) => (typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : undefined);
    default:
      return typeof type === 'string' ? decimalEncoder(type) : nestedEncoder(type);
  }
}

function integerEncoder(bits: number): Encoder {
  const limit = 2 ** (bits - 1);
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
      ? value
      : undefined;
}

function decimalEncoder(type: DataType): Encoder {
  const shape = decimalShape(type);
  if (shape === null) throw new PlatformError('lake_schema_mismatch', `${typeName(type)} is not a type`);
  const limit = 10n ** BigInt(shape.precision);
  return (value) => {
    const unscaled = typeof value === 'string' ? unscaledOf(value, shape.scale) : null;
    return unscaled !== null && unscaled < limit && unscaled > -limit ? unscaled : undefined;
  };
}

function nestedEncoder(type: Exclude<DataType, string>): Encoder {
  switch (type.type) {
    case 'array':
      return arrayEncoder(type);
    case 'struct':
      return structEncoder(type);
    case 'map':
      return mapEncoder(type);
  }
}

function arrayEncoder({ elementType, containsNull }: ArrayType): Encoder {
  const encodeElement = orNull(encoderOf(elementType), containsNull);
  return (value) => {
    if (!Array.isArray(value) && !(value instanceof Float32Array)) return undefined;
    const elements: Physical[] = [];
    for (const element of value as ArrayLike<Value> & Iterable<Value>) {
      const encoded = encodeElement(element);
      if (encoded === undefined) return undefined;
      elements.push(encoded);
    }
    return elements;
  };
}

/** A field that the value lacks is null; one that the type lacks is a misfit. */
function structEncoder({ fields }: StructType): Encoder {
  const encoders = new Map(
    fields.map(({ name, type, nullable }) => [name, orNull(encoderOf(type), nullable)]),
  );
  return (value) => {
    if (!isPlainObject(value)) return undefined;
    if (Object.keys(value).some((name) => !encoders.has(name))) return undefined;
    const record: Record<string, Physical> = {};
    for (const [name, encode] of encoders) {
      const encoded = encode(value[name] ?? null);
      if (encoded === undefined) return undefined;
      record[name] = encoded;
    }
    return record;
  };
}

/** Given as an object where keys are text, else as [key, value] pairs. */
function mapEncoder({ keyType, valueType, valueContainsNull }: MapType): Encoder {
  const encodeKey = orNull(encoderOf(keyType), false);
  const encodeValue = orNull(encoderOf(valueType), valueContainsNull);
  return (map) => {
    const pairs = Array.isArray(map) ? map : isPlainObject(map) ? Object.entries(map) : [null];
    const entries: Physical[] = [];
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2) return undefined;
      const key = encodeKey(pair[0]);
      const value = encodeValue(pair[1]);
      if (key === undefined || value === undefined) return undefined;
      entries.push({ key, value });
    }
    return entries;
  };
}

function orNull(encode: Encoder, nullable: boolean): (value: Value) => Physical | undefined {
  return (value) => (value === null ? (nullable ? null : undefined) : encode(value));
}

function isPlainObject(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}

/** A lone surrogate has no UTF-8 and would silently become U+FFFD. */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text) || !/\p{Surrogate}/u.test(text);
}

function misfit(column: Field, row: number, value: Value): PlatformError {
  const shown = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
  const nullability = column.nullable ? '' : ' not null';
  return new PlatformError(
    'lake_value_invalid',
    `row ${row}: column ${column.name} is ${typeName(column.type)}${nullability}, got ${shown?.slice(0, 80)}`,
  );
}
