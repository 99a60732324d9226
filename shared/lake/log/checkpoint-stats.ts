// Statistics of a file as JSON from the typed columns `add.stats_parsed`, where a checkpoint has only those:
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
// Dates, timestamps (cut to milliseconds) and decimals are written as Spark's to_json writes them.
import type { SchemaElement } from 'hyparquet';
import type { LeafColumns, LeafPath } from '../parquet/leaf-columns.ts';
import { leafDecoder } from '../parquet/leaf-decoder.ts';
import type { Value } from '../schema/batch.ts';
import type { PrimitiveType } from '../schema/schema.ts';

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
  const type = deltaTypeOf(element);
  if (type === null) return null;
  const values = columns.values(path, leafDecoder(type, element, path.join('.')));
  return values === null ? null : (row) => jsonOf(values(row), type);
}

/** Null for a type that statistics have no JSON of. */
function deltaTypeOf({
  type,
  converted_type,
  logical_type,
  ...element
}: SchemaElement): PrimitiveType | null {
  if (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') {
    return `decimal(${element.precision ?? 38},${element.scale ?? 0})`;
  }
  if (converted_type === 'DATE' || logical_type?.type === 'DATE') return 'date';
  if (logical_type?.type === 'TIMESTAMP') return logical_type.isAdjustedToUTC ? 'timestamp' : 'timestamp_ntz';
  if (converted_type?.startsWith('TIMESTAMP_') || type === 'INT96') return 'timestamp';
  switch (type) {
    case 'INT32':
      return 'integer';
    case 'INT64':
      return 'long';
    case 'FLOAT':
      return 'float';
    case 'DOUBLE':
      return 'double';
    case 'BOOLEAN':
      return 'boolean';
    case 'BYTE_ARRAY':
      return converted_type === 'UTF8' || logical_type?.type === 'STRING' ? 'string' : null;
    default:
      return null;
  }
}

/** Decimals are numbers of all their digits; what is no finite number is a string. */
function jsonOf(value: Value, type: PrimitiveType): string | null {
  if (value === null) return null;
  switch (type) {
    case 'string':
      return JSON.stringify(value);
    case 'date':
      return quotedIso(Number(value) * 86_400_000, 'yyyy-MM-dd'.length);
    case 'timestamp':
      return quotedIso(millisOf(value as bigint), 'yyyy-MM-ddTHH:mm:ss.SSSZ'.length);
    case 'timestamp_ntz':
      return quotedIso(millisOf(value as bigint), 'yyyy-MM-ddTHH:mm:ss.SSS'.length);
    case 'float':
    case 'double':
      return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
    default:
      return String(value);
  }
}

/** Years beyond 0 to 9999 have no agreed text. */
function quotedIso(epochMs: number, length: number): string | null {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return text.length === 24 ? JSON.stringify(text.slice(0, length)) : null;
}

/** Rounded down, before 1970 too. */
function millisOf(micros: bigint): number {
  const beyond = micros % 1000n;
  return Number((micros - (beyond < 0n ? beyond + 1000n : beyond)) / 1000n);
}
