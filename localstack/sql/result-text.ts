import type { DataType, QueryValue } from '../../shared/features/index.ts';

/**
 * A value as people read it and as CSV holds it: times as ISO 8601, decimals and wide integers with all their digits, bytes
 * as `\x00ff`, what is nested as JSON. Null is for the caller to show.
 */
export function plainText(value: NonNullable<QueryValue>, type: DataType): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (type === 'date') return isoDay(value as number);
  if (type === 'timestamp') return isoTime(value as bigint, 'Z');
  if (type === 'timestamp_ntz') return isoTime(value as bigint, '');
  return typeof value === 'object' ? jsonText(value, type) : String(value);
}

/** A value as JSON, which has numbers of any length: decimals and wide integers are numbers with all their digits. */
export function jsonText(value: QueryValue, type: DataType): string {
  if (value === null) return 'null';
  if (typeof type !== 'string') return nestedJson(value, type);
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'number':
      if (type === 'date') break;
      // JSON has no NaN and no infinity.
      return Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value));
    case 'bigint':
      if (type === 'timestamp' || type === 'timestamp_ntz') break;
      return String(value);
    case 'string':
      return type.startsWith('decimal') ? value : JSON.stringify(value);
  }
  return JSON.stringify(plainText(value, type));
}

/** Whether values stand to the right of their column. */
export function isNumeric(type: DataType): boolean {
  return typeof type === 'string' && (NUMERIC.has(type) || type.startsWith('decimal'));
}

const NUMERIC: ReadonlySet<string> = new Set(['long', 'integer', 'short', 'byte', 'float', 'double']);

type NestedType = Exclude<DataType, string>;

function nestedJson(value: NonNullable<QueryValue>, type: NestedType): string {
  if (type.type === 'array') {
    const items = value as readonly QueryValue[];
    return `[${items.map((item) => jsonText(item, type.elementType)).join(',')}]`;
  }
  const held = value as { readonly [name: string]: QueryValue };
  const members: readonly (readonly [string, DataType])[] =
    type.type === 'struct'
      ? type.fields.map((child) => [child.name, child.type])
      : Object.keys(held).map((key) => [key, type.valueType]);
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${jsonText(held[name] ?? null, inner)}`).join(',')}}`;
}

const DAY_MS = 86_400_000;
/** What a JavaScript date reaches: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_DATE_MS = 8.64e15;

function isoDay(days: number): string {
  const ms = days * DAY_MS;
  return Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString().replace(/T.*/, '') : `${days} days`;
}

/** To the microsecond where there are some; the lake's infinities lie beyond what a date can say. */
function isoTime(micros: bigint, zone: string): string {
  const ms = Number(micros >= 0n ? micros / 1_000n : (micros - 999n) / 1_000n);
  if (Math.abs(ms) > MAX_DATE_MS) return micros > 0n ? 'infinity' : '-infinity';
  const rest = micros - BigInt(ms) * 1_000n;
  const text = new Date(ms).toISOString().slice(0, -1);
  const shown = rest === 0n ? text.replace(/\.000$/, '') : `${text}${String(rest).padStart(3, '0')}`;
  return `${shown}${zone}`;
}
