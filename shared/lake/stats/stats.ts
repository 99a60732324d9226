// Per-file statistics: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
// Formats and the truncation of strings follow Spark (StatisticsCollection.scala), so that any engine may prune on them.
import type { Physical } from '../parquet/column-encoder.ts';
import { decimalText } from '../schema/decimal.ts';
import { type DataType, decimalShape, type Schema, type StructType } from '../schema/schema.ts';
import { compareUtf8 } from '../schema/utf8-order.ts';

/** UTF-16 units of a string minimum or maximum. */
const PREFIX_LENGTH = 32;
const ASCII_MAX = '\u007f';
const UTF8_MAX = '\u{10ffff}';

/** Gathers the statistics of one data file, batch by batch. */
export class FileStats {
  readonly #columns: StructStats;
  #rows = 0;

  /** `indexed`: the part of the file's schema that gets statistics, see `indexedSchema`. */
  constructor(indexed: Schema) {
    this.#columns = new StructStats(indexed);
  }

  get rows(): number {
    return this.#rows;
  }

  /** `columns`: encoded values by column name. */
  add(rowCount: number, columns: Readonly<Record<string, readonly Physical[]>>): void {
    this.#rows += rowCount;
    this.#columns.addColumns((name) => columns[name] ?? []);
  }

  /** The `stats` text of the file's `add` action. Written by hand: longs and decimals must stay exact. */
  json(): string {
    const { minJson, maxJson, nullCountJson } = this.#columns.parts();
    return `{"numRecords":${this.#rows},"minValues":${minJson},"maxValues":${maxJson},"nullCount":${nullCountJson}}`;
  }
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

/** JSON of what is known of a column; null where nothing is. */
interface StatsParts {
  readonly minJson: string | null;
  readonly maxJson: string | null;
  readonly nullCountJson: string;
}

interface ColumnStats {
  add(values: readonly Physical[]): void;
  parts(): StatsParts;
}

/** Statistics nest as the schema does; a struct that is null counts as a null of each field within it. */
class StructStats implements ColumnStats {
  readonly #fields: readonly { readonly name: string; readonly stats: ColumnStats }[];

  constructor({ fields }: StructType) {
    this.#fields = fields.map(({ name, type }) => ({
      name,
      stats: typeof type !== 'string' && type.type === 'struct' ? new StructStats(type) : new LeafStats(type),
    }));
  }

  add(values: readonly Physical[]): void {
    this.addColumns((name) => values.map((value) => memberOf(value, name)));
  }

  addColumns(valuesOf: (name: string) => readonly Physical[]): void {
    for (const { name, stats } of this.#fields) stats.add(valuesOf(name));
  }

  parts(): StatsParts {
    const fields = this.#fields.map(({ name, stats }) => ({ name: JSON.stringify(name), ...stats.parts() }));
    const object = (of: (field: StatsParts) => string | null): string => {
      const members = fields.map((field) => ({ name: field.name, json: of(field) }));
      return `{${members.flatMap(({ name, json }) => (json === null ? [] : [`${name}:${json}`])).join(',')}}`;
    };
    return {
      minJson: object((field) => field.minJson),
      maxJson: object((field) => field.maxJson),
      nullCountJson: object((field) => field.nullCountJson),
    };
  }
}

function memberOf(value: Physical, name: string): Physical {
  return value === null ? null : ((value as unknown as Readonly<Record<string, Physical>>)[name] ?? null);
}

type Ordered = number | bigint | string;

/** Of a value that is no struct. Booleans, binary, arrays and maps have no bounds, only a count of nulls. */
class LeafStats implements ColumnStats {
  #nullCount = 0;
  readonly #type: DataType;
  readonly #ordered: boolean;
  #min: Ordered | null = null;
  #max: Ordered | null = null;
  /** NaN and the infinities have no place in JSON, and NaN none in an order. */
  #boundless = false;

  constructor(type: DataType) {
    this.#type = type;
    this.#ordered = typeof type === 'string' && type !== 'boolean' && type !== 'binary';
  }

  add(values: readonly Physical[]): void {
    for (const value of values) {
      if (value === null) this.#nullCount++;
      else if (this.#ordered) this.#widen(value as Ordered);
    }
  }

  parts(): StatsParts {
    return { minJson: this.#minJson(), maxJson: this.#maxJson(), nullCountJson: `${this.#nullCount}` };
  }

  #minJson(): string | null {
    if (this.#min === null || this.#boundless) return null;
    return typeof this.#min === 'string'
      ? JSON.stringify(truncatedMin(this.#min))
      : this.#numberJson(this.#min);
  }

  #maxJson(): string | null {
    if (this.#max === null || this.#boundless) return null;
    if (typeof this.#max !== 'string') return this.#numberJson(this.#max);
    const bound = truncatedMax(this.#max);
    return bound === null ? null : JSON.stringify(bound);
  }

  #widen(value: Ordered): void {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#boundless = true;
      return;
    }
    if (this.#min === null || this.#max === null) {
      this.#min = value;
      this.#max = value;
      return;
    }
    if (value === this.#min || value === this.#max) return;
    if (compare(value, this.#min) < 0) this.#min = value;
    if (compare(value, this.#max) > 0) this.#max = value;
  }

  #numberJson(value: number | bigint): string | null {
    if (this.#type === 'date') return quotedDate(Number(value) * 86_400_000, 10);
    // Cut, not rounded, to milliseconds: a reader that prunes on a maximum adds one, as Spark does.
    if (this.#type === 'timestamp') return quotedDate(Number(floorDiv(BigInt(value), 1000n)), 24);
    const shape = decimalShape(this.#type);
    return shape === null ? value.toString() : decimalText(BigInt(value), shape.scale);
  }
}

function compare(left: Ordered, right: Ordered): number {
  if (typeof left === 'string' && typeof right === 'string') return compareUtf8(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
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
