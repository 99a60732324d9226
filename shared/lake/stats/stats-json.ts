// Per-file statistics: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
// Formats and the truncation of strings follow Spark (StatisticsCollection.scala), so that any engine may prune on them.
import { decimalText } from '../schema/decimal.ts';
import { type DataType, decimalShape } from '../schema/schema.ts';

/** A value that has an order, as it is stored: decimals unscaled, timestamps in microseconds, dates in days, texts whole. */
export type Ordered = number | bigint | string;

/** What is known of a leaf column in a file. */
export interface ColumnBounds {
  /** Names from the top of the schema down. */
  readonly path: readonly string[];
  readonly type: DataType;
  readonly nullCount: number;
  /** Null where the column has no values, or none that have an order. */
  readonly min: Ordered | null;
  readonly max: Ordered | null;
}

/** UTF-16 units of a string minimum or maximum. */
const PREFIX_LENGTH = 32;
const ASCII_MAX = '\u007f';
const UTF8_MAX = '\u{10ffff}';

/** The `stats` text of an `add` action. Written by hand: longs and decimals must stay exact. */
export function statsJson(rows: number, columns: readonly ColumnBounds[]): string {
  const part = (jsonOf: (column: ColumnBounds) => string | null): string =>
    nestedJson(columns.map((column) => ({ path: column.path, json: jsonOf(column) })));
  const minValues = part(minJson);
  const maxValues = part(maxJson);
  const nullCount = part((column) => `${column.nullCount}`);
  return `{"numRecords":${rows},"minValues":${minValues},"maxValues":${maxValues},"nullCount":${nullCount}}`;
}

/** A prefix is a lower bound; a surrogate pair is kept whole. */
export function truncatedMin(text: string): string {
  return text.length <= PREFIX_LENGTH ? text : text.slice(0, wholePrefix(text));
}

/** The shortest upper bound that Spark would write; null where 64 units do not suffice. */
export function truncatedMax(text: string): string | null {
  if (text.length <= PREFIX_LENGTH) return text;
  for (let length = wholePrefix(text); length <= 2 * PREFIX_LENGTH; length += 2) {
    if (length >= text.length) return text;
    // What is cut off must sort below the character that stands for it.
    if (!text.startsWith(UTF8_MAX, length)) {
      return text.slice(0, length) + (text.charAt(length) < ASCII_MAX ? ASCII_MAX : UTF8_MAX);
    }
  }
  return null;
}

interface Member {
  readonly path: readonly string[];
  /** Null: there is none. */
  readonly json: string | null;
}

/** An object of members, which nest as their paths do. */
function nestedJson(members: readonly Member[]): string {
  const byHead = new Map<string, Member[]>();
  for (const { path, json } of members) {
    const [head = '', ...rest] = path;
    const group = byHead.get(head);
    if (group === undefined) byHead.set(head, [{ path: rest, json }]);
    else group.push({ path: rest, json });
  }
  const texts: string[] = [];
  for (const [head, group] of byHead) {
    const [first] = group;
    const json = first?.path.length === 0 ? first.json : nestedJson(group);
    if (json !== null) texts.push(`${JSON.stringify(head)}:${json}`);
  }
  return `{${texts.join(',')}}`;
}

function minJson({ type, min }: ColumnBounds): string | null {
  if (min === null) return null;
  return typeof min === 'string' ? JSON.stringify(truncatedMin(min)) : numberJson(type, min);
}

function maxJson({ type, max }: ColumnBounds): string | null {
  if (max === null) return null;
  if (typeof max !== 'string') return numberJson(type, max);
  const bound = truncatedMax(max);
  return bound === null ? null : JSON.stringify(bound);
}

function numberJson(type: DataType, value: number | bigint): string | null {
  if (type === 'date') return quotedDate(Number(value) * 86_400_000, 10);
  // Cut, not rounded, to milliseconds: a reader that prunes on a maximum adds one, as Spark does.
  if (type === 'timestamp') return quotedDate(Number(floorDiv(BigInt(value), 1000n)), 24);
  const shape = decimalShape(type);
  return shape === null ? value.toString() : decimalText(BigInt(value), shape.scale);
}

/** Years beyond 0 to 9999 have no agreed text, and no statistic is always allowed. */
function quotedDate(epochMs: number, length: number): string | null {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return text.length === 24 ? JSON.stringify(text.slice(0, length)) : null;
}

function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function wholePrefix(text: string): number {
  const last = text.charCodeAt(PREFIX_LENGTH - 1);
  return last >= 0xd800 && last < 0xdc00 ? PREFIX_LENGTH + 1 : PREFIX_LENGTH;
}
