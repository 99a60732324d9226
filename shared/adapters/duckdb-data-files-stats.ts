// COPY … RETURN_STATS: https://duckdb.org/docs/stable/sql/statements/copy#copy--to-options
import { DuckDBListValue, DuckDBMapValue, type DuckDBValue } from '@duckdb/node-api';
import {
  type ColumnBounds,
  type DataType,
  decimalShape,
  type Ordered,
  type Schema,
  statsJson,
  unscaledOf,
} from '../lake/index.ts';

/** A file that COPY has written, and what it knows of its columns. */
export interface CopiedFile {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: ReadonlyMap<string, ColumnSummary>;
}

interface ColumnSummary {
  readonly nullCount: number;
  /** As DuckDB prints them, texts cut to 256 bytes; undefined where it has none. */
  readonly min: string | undefined;
  readonly max: string | undefined;
  readonly hasNan: boolean;
}

/** A row of what COPY returns: filename, count, file_size_bytes, footer_size_bytes, column_statistics, … */
export function copiedFile([file, rows, bytes, , columns]: readonly DuckDBValue[]): CopiedFile {
  return {
    file: String(file),
    rows: Number(rows),
    bytes: Number(bytes),
    columns: new Map(entriesOf(columns).map(([name, summary]) => [String(name), summaryOf(summary)])),
  };
}

/**
 * The `stats` text of a copied file. `nullsOf` counts the nulls of array columns, of which COPY knows their elements alone.
 * @param indexed the columns that get statistics; `indexedSchema`
 */
export function statsOf(
  { rows, columns }: CopiedFile,
  indexed: Schema,
  nullsOf: ReadonlyMap<string, number>,
): string {
  const summaries = indexed.fields.map(({ name, type }): ColumnBounds => {
    const summary = columns.get(`"${name.replaceAll('"', '""')}"`);
    const nullCount = nullsOf.get(name) ?? summary?.nullCount ?? 0;
    return { path: [name], type, nullCount, ...boundsOf(type, summary) };
  });
  return statsJson(rows, summaries);
}

/** None of a column that has a NaN or an infinity; of times each for itself, as a year beyond 1 to 9999 has no agreed text. */
function boundsOf(type: DataType, summary: ColumnSummary | undefined): Pick<ColumnBounds, 'min' | 'max'> {
  const [min = null, max = null] = [summary?.min, summary?.max].map((text) =>
    text === undefined ? null : boundOf(type, text),
  );
  const isBoundless = summary?.hasNan === true || [min, max].includes(Number.POSITIVE_INFINITY);
  return isBoundless ? { min: null, max: null } : { min, max };
}

function boundOf(type: DataType, text: string): Ordered | null {
  const scale = decimalShape(type)?.scale;
  if (scale !== undefined) return unscaledOf(text, scale);
  switch (type) {
    case 'string':
      return text;
    case 'long':
      return BigInt(text);
    case 'integer':
    case 'short':
    case 'byte':
      return Number(text);
    case 'double':
      return floatOf(text);
    case 'float':
      return Math.fround(floatOf(text));
    case 'date':
    case 'timestamp':
      return timeOf(type, text);
    default:
      return null;
  }
}

function floatOf(text: string): number {
  return text.endsWith('inf') ? Number.POSITIVE_INFINITY : Number(text);
}

/** `2026-01-31` in days, `2026-01-31 10:00:00.000001+00` in microseconds. */
function timeOf(type: 'date' | 'timestamp', text: string): number | bigint | null {
  const match = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00)?$/.exec(text);
  if (match === null) return null;
  const [, day, time = '00:00:00', fraction = ''] = match;
  const seconds = Date.parse(`${day}T${time}Z`) / 1_000;
  if (type === 'date') return seconds / 86_400;
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

function summaryOf(value: DuckDBValue): ColumnSummary {
  const parts = new Map(entriesOf(value).map(([name, text]) => [String(name), String(text)]));
  return {
    nullCount: Number(parts.get('null_count') ?? 0),
    min: parts.get('min'),
    max: parts.get('max'),
    hasNan: parts.get('has_nan') === 'true',
  };
}

function entriesOf(value: DuckDBValue | undefined): (readonly [DuckDBValue, DuckDBValue])[] {
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value: held }) => [key, held]);
  if (value instanceof DuckDBListValue) return value.items.flatMap(entriesOf);
  return [];
}
