// What Parquet types mean: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
// Which of them hold which Delta type: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-data-type-to-parquet-type-mappings
import type { SchemaElement } from 'hyparquet';
import { PlatformError } from '../../errors.ts';
import type { Value } from '../schema/batch.ts';
import { type DataType, decimalShape, typeName } from '../schema/schema.ts';
import { bytesOf, textsOf } from './byte-values.ts';
import { decimalTexts } from './decimal-values.ts';
import type { ByteRanges, PhysicalValues } from './physical-values.ts';

/** As many lake values as there are physical ones; none of them is null. */
export type LeafDecoder = (physical: PhysicalValues) => ArrayLike<Value>;

/**
 * How the values of a leaf become values of a Delta type: of the type that Delta writes, of older ones (INT96), and of those
 * that are narrower (a column may have been widened). Refused where the file's type is none of these. `source` names the
 * column in errors.
 */
export function leafDecoder(type: DataType, element: SchemaElement, source: string): LeafDecoder {
  const decoder = decoderFor(type, element);
  if (decoder !== null) return decoder;
  throw new PlatformError(
    'lake_data_file_unreadable',
    `${source} is ${typeName(type)} in the table, and the file holds ${describe(element)}`,
  );
}

function decoderFor(type: DataType, element: SchemaElement): LeafDecoder | null {
  switch (type) {
    case 'string':
      return element.type === 'BYTE_ARRAY' ? (physical) => textsOf(physical as ByteRanges) : null;
    case 'binary':
      return element.type === 'BYTE_ARRAY' || element.type === 'FIXED_LEN_BYTE_ARRAY'
        ? (physical) => bytesOf(physical as ByteRanges)
        : null;
    case 'boolean':
      return element.type === 'BOOLEAN' ? booleans : null;
    case 'byte':
    case 'short':
    case 'integer':
      return element.type === 'INT32' && integerBits(element) <= BITS[type] ? asStored : null;
    case 'long':
      return integerDecoder(element);
    case 'float':
      return element.type === 'FLOAT' ? asStored : null;
    case 'double':
      return doubleDecoder(element);
    case 'date':
      return element.type === 'INT32' && logicalType(element) === 'DATE' ? asStored : null;
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampDecoder(type, element);
    default:
      return decimalDecoder(type, element);
  }
}

const BITS = { byte: 8, short: 16, integer: 32 } as const;

const asStored: LeafDecoder = (physical) =>
  physical as Int32Array | BigInt64Array | Float32Array | Float64Array;

const booleans: LeafDecoder = (physical) => Array.from(physical as Uint8Array, (bit) => bit === 1);

/** Bits of an INT32 as a signed integer; Infinity for what is none. */
function integerBits(element: SchemaElement): number {
  const logical = element.logical_type;
  if (logical?.type === 'INTEGER') return logical.isSigned ? logical.bitWidth : logical.bitWidth + 1;
  switch (element.converted_type) {
    case undefined:
      return logical === undefined ? 32 : Number.POSITIVE_INFINITY;
    case 'INT_8':
      return 8;
    case 'UINT_8':
      return 9;
    case 'INT_16':
      return 16;
    case 'UINT_16':
      return 17;
    case 'INT_32':
      return 32;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function isUnsigned64({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'UINT_64' || (logical_type?.type === 'INTEGER' && !logical_type.isSigned);
}

function integerDecoder(element: SchemaElement): LeafDecoder | null {
  const meaning = logicalType(element);
  if (element.type === 'INT64' && (meaning === null || meaning === 'INTEGER')) {
    return isUnsigned64(element) ? null : asStored;
  }
  if (element.type !== 'INT32' || integerBits(element) > 32) return null;
  return (physical) => BigInt64Array.from(physical as Int32Array, BigInt);
}

function doubleDecoder(element: SchemaElement): LeafDecoder | null {
  if (element.type === 'DOUBLE') return asStored;
  const isInteger = element.type === 'INT32' && integerBits(element) <= 32;
  if (element.type !== 'FLOAT' && !isInteger) return null;
  return (physical) => Float64Array.from(physical as Float32Array | Int32Array);
}

/** Microseconds of milli-, micro- and nanoseconds, of INT96, and of days for a column that was widened to `timestamp_ntz`. */
function timestampDecoder(type: DataType, element: SchemaElement): LeafDecoder | null {
  if (element.type === 'INT96') return (physical) => microsOfInt96(physical as ByteRanges);
  if (element.type === 'INT32' && logicalType(element) === 'DATE') {
    if (type !== 'timestamp_ntz') return null;
    return (physical) => BigInt64Array.from(physical as Int32Array, (days) => BigInt(days) * MICROS_PER_DAY);
  }
  if (element.type !== 'INT64') return null;
  switch (timeUnit(element)) {
    case 'MICROS':
      return asStored;
    case 'MILLIS':
      return (physical) => (physical as BigInt64Array).map((millis) => millis * 1000n);
    case 'NANOS':
      return (physical) => (physical as BigInt64Array).map(microsOfNanos);
    default:
      return null;
  }
}

function timeUnit({ logical_type, converted_type }: SchemaElement): 'MILLIS' | 'MICROS' | 'NANOS' | null {
  if (logical_type?.type === 'TIMESTAMP') return logical_type.unit;
  if (converted_type === 'TIMESTAMP_MICROS') return 'MICROS';
  return converted_type === 'TIMESTAMP_MILLIS' ? 'MILLIS' : null;
}

const MICROS_PER_DAY = 86_400_000_000n;
/** Julian day of 1970-01-01. */
const EPOCH_JULIAN_DAY = 2_440_588;

/** Nanoseconds of the day in eight bytes, then the Julian day in four; both little endian. */
function microsOfInt96({ bytes, starts }: ByteRanges): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const micros = new BigInt64Array(starts.length);
  for (const [index, start] of starts.entries()) {
    const days = view.getInt32(start + 8, true) - EPOCH_JULIAN_DAY;
    micros[index] = BigInt(days) * MICROS_PER_DAY + microsOfNanos(view.getBigInt64(start, true));
  }
  return micros;
}

/** Rounded down, before 1970 too. */
function microsOfNanos(nanos: bigint): bigint {
  const micros = nanos / 1000n;
  return nanos % 1000n < 0n ? micros - 1n : micros;
}

/** A decimal of the file, or an integer, with at most as many digits after the point as the table's. */
function decimalDecoder(type: DataType, element: SchemaElement): LeafDecoder | null {
  const shape = decimalShape(type);
  const scale = scaleInFile(element);
  if (shape === null || scale === null || scale > shape.scale) return null;
  return (physical) => decimalTexts(physical, scale, shape.scale);
}

function scaleInFile(element: SchemaElement): number | null {
  if (logicalType(element) === 'DECIMAL') {
    return element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : (element.scale ?? 0);
  }
  const isInteger =
    (element.type === 'INT32' && integerBits(element) <= 32) ||
    (element.type === 'INT64' && integerDecoder(element) !== null);
  return isInteger ? 0 : null;
}

/** What the annotation of a leaf says, in the words of the newer of the two kinds; null where it has none. */
function logicalType({ logical_type, converted_type }: SchemaElement): string | null {
  if (logical_type !== undefined) return logical_type.type;
  if (converted_type === undefined) return null;
  return /^U?INT_/.test(converted_type) ? 'INTEGER' : converted_type;
}

function describe(element: SchemaElement): string {
  const meaning = logicalType(element);
  const scale = scaleInFile(element);
  const detail = meaning === 'DECIMAL' ? ` of scale ${scale}` : '';
  return `${element.type ?? 'a group'}${meaning === null ? '' : ` (${meaning}${detail})`}`;
}
