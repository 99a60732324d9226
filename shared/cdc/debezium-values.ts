/**
 * Postgres' text form of a value to the JSON text that Debezium 3.7 writes for it, with `decimal.handling.mode=string`
 * and `time.precision.mode=adaptive`. JSON text, because int8 and Debezium's times exceed what a double can hold.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-data-types
 */
import { UNAVAILABLE_VALUE } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import { type ArrayLiteral, parseArrayLiteral } from './array-literal.ts';
import { epochDays, epochMicros, intervalMicros, microsOfDay, utcInstant, utcTime } from './debezium-time.ts';
import { jsonText } from './json-text.ts';
import type { Column, ColumnType } from './table.ts';

/** Text as Postgres prints it (`bytea_output=hex`, `extra_float_digits=1`, DateStyle ISO, UTC) to JSON text. */
export type ValueEncoder = (text: string) => string;

/** Type object ids: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  float4: 700,
  float8: 701,
  money: 790,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  bit: 1560,
  varbit: 1562,
  numeric: 1700,
} as const;

/** The encoder of a type; types that are not listed are JSON strings of Postgres' own text. */
export function valueEncoder(type: ColumnType): ValueEncoder {
  switch (type.kind) {
    case 'enum':
      return jsonText;
    case 'array': {
      const encodeElement = valueEncoder(type.element);
      return (text) => arrayJson(parseArrayLiteral(text), encodeElement);
    }
    case 'scalar':
      return scalarEncoder(type.oid, type.typeModifier);
  }
}

/** The JSON text that marks a value as unavailable; its form follows the type. */
export function unavailableJson(type: ColumnType): string {
  if (type.kind === 'array') {
    return isInteger(type.element)
      ? `[${[...Buffer.from(UNAVAILABLE_VALUE)].join(',')}]`
      : `[${unavailableJson(type.element)}]`;
  }
  return type.kind === 'scalar' && type.oid === OID.bytea
    ? JSON.stringify(Buffer.from(UNAVAILABLE_VALUE).toString('base64'))
    : JSON.stringify(UNAVAILABLE_VALUE);
}

/**
 * What Debezium writes for a column that an old row leaves out (replica identity without FULL): null, or for a
 * NOT NULL column its constant default, or else the zero of its type.
 */
export function absentJson(column: Column): string {
  if (!column.notNull) {
    return 'null';
  }
  if (column.hasComputedDefault && column.type.kind === 'scalar' && column.type.oid === OID.timestamptz) {
    return valueEncoder(column.type)('1970-01-01 00:00:00+00');
  }
  return column.constantDefault === null
    ? zeroJson(column.type)
    : valueEncoder(column.type)(atScale(column.type, column.constantDefault));
}

function scalarEncoder(oid: number, typeModifier: number): ValueEncoder {
  switch (oid) {
    case OID.bool:
      return (text) => (text === 't' || text === 'true' ? 'true' : 'false');
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
      return integerJson;
    case OID.float4:
      return (text) => floatJson(text, Math.fround);
    case OID.float8:
      return (text) => floatJson(text, (value) => value);
    case OID.numeric:
      return numericJson;
    case OID.money:
      return (text) => JSON.stringify(text.replace(/[^\d.-]/g, ''));
    case OID.bytea:
      return (text) => JSON.stringify(Buffer.from(text.slice(2), 'hex').toString('base64'));
    case OID.date:
      return epochDays;
    case OID.time:
      return isMillis(typeModifier)
        ? (text) => String(microsOfDay(text) / 1000n)
        : (text) => String(microsOfDay(text));
    case OID.timetz:
      return (text) => JSON.stringify(utcTime(text));
    case OID.timestamp:
      return (text) => timestampJson(text, isMillis(typeModifier));
    case OID.timestamptz:
      return (text) => JSON.stringify(utcInstant(text, typeModifier < 0 ? 6 : typeModifier));
    case OID.interval:
      return (text) => String(intervalMicros(text));
    case OID.bit:
    case OID.varbit:
      return typeModifier === 1 ? oneBitJson : bitsJson;
    default:
      return jsonText;
  }
}

/** The type modifier of a time is its number of digits, -1 standing for 6. */
function isMillis(typeModifier: number): boolean {
  return typeModifier >= 0 && typeModifier <= 3;
}

function integerJson(text: string): string {
  if (!/^-?\d+$/.test(text)) {
    throw new PlatformError('invalid_value', `not an integer as postgres writes it: ${JSON.stringify(text)}`);
  }
  return text;
}

/** Debezium names what a decimal cannot hold by the names of its enum. */
function numericJson(text: string): string {
  switch (text) {
    case 'NaN':
      return '"NAN"';
    case 'Infinity':
      return '"POSITIVE_INFINITY"';
    case '-Infinity':
      return '"NEGATIVE_INFINITY"';
    default:
      return `"${text}"`;
  }
}

/** Infinity saturates in microseconds; in milliseconds it is the driver's own constant. */
function timestampJson(text: string, millis: boolean): string {
  const micros = epochMicros(text);
  if (micros === null) {
    const negative = text.startsWith('-');
    if (millis) {
      return negative ? '-9223372036832400000' : '9223372036825200000';
    }
    return negative ? '-9223372036854775808' : '9223372036854775807';
  }
  return String(millis ? (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n : micros);
}

/**
 * A float with the digits of Postgres (shortest that round-trip) in the notation of Java's Double.toString:
 * plain from 1e-3 to below 1e7, otherwise `d.dddE±n`. NaN and the infinities are JSON strings. Java gives at least two
 * digits, of which the second matters for the smallest numbers: 4.9E-324. `round` makes the text the number it stands for.
 */
function floatJson(text: string, round: (value: number) => number): string {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') {
    return `"${text}"`;
  }
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text);
  if (match === null) {
    throw new PlatformError('invalid_value', `not a float as postgres writes it: ${JSON.stringify(text)}`);
  }
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const padded = whole + fraction;
  const digits = padded.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') {
    return `${sign}0.0`;
  }
  if (digits.length === 1) {
    const two = round(Number(text)).toExponential(1);
    if (!two.includes('.0e')) {
      return floatJson(two, round);
    }
  }
  const leadingZeros = padded.length - padded.replace(/^0+/, '').length;
  /** The value is 0.digits times ten to this power. */
  const power = whole.length - leadingZeros + Number(exponent);
  if (power > 7 || power < -2) {
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${power - 1}`;
  }
  if (power <= 0) {
    return `${sign}0.${'0'.repeat(-power)}${digits}`;
  }
  return `${sign}${digits.slice(0, power).padEnd(power, '0')}.${digits.slice(power) || '0'}`;
}

/** A `varbit(1)` may hold no bit at all, which Debezium writes as null. */
function oneBitJson(text: string): string {
  return text === '' ? 'null' : String(text === '1');
}

/** Little-endian bytes without leading zero bytes, base64. */
function bitsJson(text: string): string {
  const significant = text.replace(/^0+/, '');
  const bytes: number[] = [];
  for (let end = significant.length; end > 0; end -= 8) {
    bytes.push(Number.parseInt(significant.slice(Math.max(0, end - 8), end), 2));
  }
  return JSON.stringify(Buffer.from(bytes).toString('base64'));
}

function arrayJson(items: ArrayLiteral, encode: ValueEncoder): string {
  const parts = items.map((item) =>
    item === null ? 'null' : typeof item === 'string' ? encode(item) : arrayJson(item, encode),
  );
  return `[${parts.join(',')}]`;
}

function isInteger(type: ColumnType): boolean {
  return type.kind === 'scalar' && (type.oid === OID.int2 || type.oid === OID.int4 || type.oid === OID.int8);
}

function zeroJson(type: ColumnType): string {
  if (type.kind === 'array') {
    return '[]';
  }
  if (type.kind === 'enum') {
    return '""';
  }
  const encode = valueEncoder(type);
  switch (type.oid) {
    case OID.bool:
      return 'false';
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
    case OID.interval:
    case OID.timestamp:
    case OID.time:
    case OID.date:
      return '0';
    case OID.float4:
    case OID.float8:
      return '0.0';
    case OID.numeric:
      return encode(atScale(type, '0'));
    case OID.money:
      return '"0.00"';
    case OID.timestamptz:
      return '"1970-01-01T00:00:00Z"';
    case OID.bit:
    case OID.varbit:
      return type.typeModifier === 1 ? 'false' : '""';
    case OID.timetz:
      return '"00:00:00Z"';
    default:
      return '""';
  }
}

/** A numeric literal with as many digits after the point as its column keeps. */
function atScale(type: ColumnType, text: string): string {
  if (type.kind !== 'scalar' || type.oid !== OID.numeric || type.typeModifier < 0) {
    return text;
  }
  const scale = (type.typeModifier - 4) & 0x7ff;
  const [whole = '0', fraction = ''] = text.split('.');
  return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0').slice(0, scale)}`;
}
