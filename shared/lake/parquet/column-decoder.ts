import { PlatformError } from '../../errors.ts';
import type { Value } from '../schema/batch.ts';
import { decimalText, signedBigEndian } from '../schema/decimal.ts';
import { type DataType, decimalShape, typeName } from '../schema/schema.ts';

/**
 * Turns what the Parquet reader yields for one column into values of its Delta type. The reader is set to leave
 * decimals unscaled, timestamps as bigint microseconds and dates as days. `source` names the column in errors.
 */
export function decodeColumn(type: DataType, raw: ArrayLike<unknown>, source: string): ArrayLike<Value> {
  const decode = decoderOf(type);
  const values = new Array<Value>(raw.length);
  for (let row = 0; row < raw.length; row++) {
    const value = raw[row] ?? null;
    const decoded = value === null ? null : decode(value);
    if (decoded === undefined) {
      throw new PlatformError(
        'lake_data_file_corrupt',
        `${source}: expected ${typeName(type)} at row ${row}, the file holds ${describe(value)}`,
      );
    }
    values[row] = decoded;
  }
  return values;
}

/** Undefined where the file holds something else. */
type Decoder = (value: unknown) => Value | undefined;

function decoderOf(type: DataType): Decoder {
  switch (type) {
    case 'string':
      return (value) => {
        if (typeof value === 'string') return value;
        return value instanceof Uint8Array ? utf8.decode(value) : undefined;
      };
    case 'binary':
      return (value) => (value instanceof Uint8Array ? value : undefined);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'float':
    case 'double':
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return (value) => (typeof value === 'number' ? value : undefined);
    case 'long':
    case 'timestamp':
      return (value) => (typeof value === 'bigint' ? value : undefined);
    default:
      return typeof type === 'string' ? decimalDecoder(type) : nestedDecoder(type);
  }
}

function decimalDecoder(type: DataType): Decoder {
  const scale = decimalShape(type)?.scale ?? 0;
  return (value) => {
    if (value instanceof Uint8Array) return decimalText(signedBigEndian(value), scale);
    if (typeof value === 'bigint') return decimalText(value, scale);
    return typeof value === 'number' ? decimalText(BigInt(value), scale) : undefined;
  };
}

function nestedDecoder(type: Exclude<DataType, string>): Decoder {
  if (type.type === 'array') {
    const decodeElement = orNull(decoderOf(type.elementType));
    return (value) => (isList(value) ? allDefined(Array.from(value, decodeElement)) : undefined);
  }
  if (type.type === 'struct') {
    const fields = type.fields.map((child) => ({ name: child.name, decode: orNull(decoderOf(child.type)) }));
    return (value) => {
      const record = value as Readonly<Record<string, unknown>>;
      return object(fields.map(({ name, decode }) => [name, decode(record[name])]));
    };
  }
  if (type.keyType !== 'string') {
    throw new PlatformError(
      'lake_feature_unsupported',
      `reading ${typeName(type)} is not supported: keys must be string`,
    );
  }
  const decodeValue = orNull(decoderOf(type.valueType));
  return (value) => object(Object.entries(value as object).map(([key, entry]) => [key, decodeValue(entry)]));
}

function orNull(decode: Decoder): Decoder {
  return (value) => (value === null || value === undefined ? null : decode(value));
}

function allDefined(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Value[]);
}

function object(entries: readonly (readonly [string, Value | undefined])[]): Value | undefined {
  return entries.some(([, value]) => value === undefined)
    ? undefined
    : Object.fromEntries(entries as readonly (readonly [string, Value])[]);
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function describe(value: unknown): string {
  return typeof value === 'object'
    ? (value?.constructor.name ?? 'null')
    : `${typeof value} ${String(value).slice(0, 40)}`;
}

const utf8 = new TextDecoder();
