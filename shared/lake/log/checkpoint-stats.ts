// Statistics of a file as JSON from the typed columns `add.stats_parsed`, where a checkpoint has only those:
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
// Dates, timestamps (cut to milliseconds) and decimals are written as Spark's to_json writes them.
import type { SchemaElement } from 'hyparquet';
import type { LeafColumns, LeafPath } from '../parquet/leaf-columns.ts';
import { textOf } from '../parquet/leaf-pages.ts';
import { decimalText, signedBigEndian } from '../schema/decimal.ts';

/** Gives the JSON of a row, null where it has none. Columns are read when first asked for. */
export function parsedStats(columns: LeafColumns): (row: number) => string | null {
  let read: JsonReader | null | undefined;
  return (row) => {
    if (read === undefined) read = structReader(columns, ['add', 'stats_parsed']);
    return read === null ? null : read(row);
  };
}

/** JSON text of a row's value, null where it has none. */
type JsonReader = (row: number) => string | null;

/** Of a record: the members that are there. Null where the file has none. */
function structReader(columns: LeafColumns, path: LeafPath): JsonReader | null {
  const names = new Set(columns.leavesBelow(...path).map((leaf) => leaf[path.length] ?? ''));
  const members = [...names].flatMap((name) => {
    const read = memberReader(columns, [...path, name]);
    return read === null ? [] : [{ key: JSON.stringify(name), read }];
  });
  if (members.length === 0) return null;
  return (row) => {
    let text = '';
    for (const { key, read } of members) {
      const value = read(row);
      if (value !== null) text += `${text === '' ? '{' : ','}${key}:${value}`;
    }
    return text === '' ? null : `${text}}`;
  };
}

function memberReader(columns: LeafColumns, path: LeafPath): JsonReader | null {
  const element = columns.element(path);
  if (element === null) return structReader(columns, path);
  const toJson = jsonConversion(element);
  const values = toJson === null ? null : columns.values(path, toJson);
  return values === null ? null : (row) => values[row] ?? null;
}

/** Null for a type that statistics do not have in JSON; a single value without a text is null too. */
function jsonConversion(element: SchemaElement): ((physical: unknown) => string | null) | null {
  const { type, converted_type, logical_type } = element;
  if (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') {
    return (value) => decimalText(unscaled(value), element.scale ?? 0);
  }
  if (converted_type === 'DATE' || logical_type?.type === 'DATE') {
    return (days) => quotedIso(Number(days) * 86_400_000, 10);
  }
  const toMillis = millisConversion(element);
  if (toMillis !== null) {
    const isZoned = logical_type?.type !== 'TIMESTAMP' || logical_type.isAdjustedToUTC;
    return (value) => quotedIso(toMillis(value), isZoned ? 24 : 23);
  }
  switch (type) {
    case 'INT32':
    case 'INT64':
    case 'BOOLEAN':
      return String;
    case 'FLOAT':
    case 'DOUBLE':
      return (value) => (Number.isFinite(value) ? String(value) : JSON.stringify(String(value)));
    case 'BYTE_ARRAY': {
      if (converted_type !== 'UTF8' && logical_type?.type !== 'STRING') return null;
      return (bytes) => JSON.stringify(textOf(bytes));
    }
    default:
      return null;
  }
}

/** To epoch milliseconds, rounded down, from what a timestamp column holds; null for any other column. */
function millisConversion({
  type,
  converted_type,
  logical_type,
}: SchemaElement): ((value: unknown) => number) | null {
  if (type === 'INT96') return millisOfInt96;
  const unit = logical_type?.type === 'TIMESTAMP' ? logical_type.unit : converted_type;
  switch (unit) {
    case 'MILLIS':
    case 'TIMESTAMP_MILLIS':
      return Number;
    case 'MICROS':
    case 'TIMESTAMP_MICROS':
      return (micros) => Number(floorDivide(micros as bigint, 1000n));
    case 'NANOS':
      return (nanos) => Number(floorDivide(nanos as bigint, 1_000_000n));
    default:
      return null;
  }
}

/** Nanoseconds of the day below 64 bits of Julian day number. */
function millisOfInt96(value: unknown): number {
  const days = Number(BigInt.asIntN(32, (value as bigint) >> 64n)) - 2_440_588;
  return days * 86_400_000 + Number(BigInt.asUintN(64, value as bigint) / 1_000_000n);
}

/** Years beyond 0 to 9999 have no agreed text. */
function quotedIso(epochMs: number, length: number): string | null {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return text.length === 24 ? JSON.stringify(text.slice(0, length)) : null;
}

function unscaled(value: unknown): bigint {
  return value instanceof Uint8Array ? signedBigEndian(value) : BigInt(value as number | bigint);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}
