// Reading per-file statistics: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
import type { Comparable } from '../schema/comparable.ts';
import { unscaledOf } from '../schema/decimal.ts';
import { type DataType, decimalShape, type Field, physicalName } from '../schema/schema.ts';
import { daysOfText, localMicrosOfText, microsOfText } from '../schema/time-text.ts';

/** What is known of the values of one column in one file; it holds of any subset of the file's rows too. */
export interface Bounds {
  /** No value that has an order lies below, null where that is not known; NaN may be there in any case. */
  readonly min: Comparable | null;
  readonly max: Comparable | null;
  readonly mayBeNull: boolean;
  readonly mayBeValue: boolean;
}

export const UNBOUNDED: Bounds = { min: null, max: null, mayBeNull: true, mayBeValue: true };

/** The statistics of a file, parsed without loss. */
export interface FileStatistics {
  /** Rows of the file, those that a deletion vector hides included; null where it is not told. */
  readonly rows: number | null;
  readonly minValues: ParsedObject;
  readonly maxValues: ParsedObject;
  readonly nullCount: ParsedObject;
}

/**
 * Null where a file has no statistics, or some that cannot be read: they are a hint, which no reader depends on.
 * Numbers are kept as the text they are: longs and decimals do not fit JavaScript's.
 */
export function parseStatistics(stats: string | undefined): FileStatistics | null {
  if (stats === undefined) return null;
  const parsed = parseWithNumbersAsText(stats);
  if (!isObject(parsed)) return null;
  return {
    rows: countOf(parsed.numRecords),
    minValues: objectOf(parsed.minValues),
    maxValues: objectOf(parsed.maxValues),
    nullCount: objectOf(parsed.nullCount),
  };
}

/**
 * The bounds of a column. Whether they are tight does not matter here, nor does a deletion vector: a file of which rows are
 * hidden keeps bounds that hold, and a null count of none or all.
 */
export function boundsOf(column: Field, statistics: FileStatistics | null): Bounds {
  if (statistics === null) return UNBOUNDED;
  const name = physicalName(column);
  const nulls = countOf(own(statistics.nullCount, name));
  return {
    min: boundOf(column, own(statistics.minValues, name), false),
    max: boundOf(column, own(statistics.maxValues, name), true),
    mayBeNull: nulls !== 0,
    mayBeValue: nulls === null || nulls !== statistics.rows,
  };
}

type Parsed = null | boolean | string | NumberText | ParsedObject | readonly Parsed[];
type ParsedObject = Readonly<{ [name: string]: Parsed }>;

/** A JSON number as it was written. */
type NumberText = readonly [text: string];

/** No statistic is an array, so that a number in brackets is told from all else. */
function parseWithNumbersAsText(json: string): Parsed {
  const quoted = json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `["${token}"]`));
  try {
    return JSON.parse(quoted) as Parsed;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function boundOf(column: Field, stored: Parsed | undefined, isMax: boolean): Comparable | null {
  const text = WRITTEN_AS_STRING.has(column.type) ? stored : isNumberText(stored) ? stored[0] : null;
  if (typeof text !== 'string') return null;
  const bound = comparableOfText(column.type, text);
  if (bound === null) return null;
  // The file may be of when the column was a float, whose shortest text is not quite the number.
  if (column.type === 'double' && column.metadata['delta.typeChanges'] !== undefined) {
    const ofFloat = Math.fround(bound as number);
    return isMax ? Math.max(bound as number, ofFloat) : Math.min(bound as number, ofFloat);
  }
  return isMax ? maxOf(column.type, bound) : bound;
}

/** All other types with an order are JSON numbers; NaN and the infinities are not, and bound nothing. */
const WRITTEN_AS_STRING: ReadonlySet<DataType> = new Set(['string', 'date', 'timestamp', 'timestamp_ntz']);

function maxOf(type: DataType, stated: Comparable): Comparable | null {
  // Writers cut times to milliseconds, so that the largest may lie up to one after.
  if (type === 'timestamp' || type === 'timestamp_ntz') return (stated as bigint) + MICROS_PER_MILLI;
  // Old writers ended a string that they cut with U+FFFD, above which every character beyond the BMP lies.
  return type === 'string' && (stated as string).endsWith('\ufffd') ? null : stated;
}

const MICROS_PER_MILLI = 1000n;

/** Null where the text is no bound of the type: NaN, booleans, binary and nested types have none. */
function comparableOfText(type: DataType, text: string): Comparable | null {
  switch (type) {
    case 'string':
      return text;
    case 'byte':
    case 'short':
    case 'integer':
    case 'double':
      return finite(Number(text));
    case 'float':
      // The shortest text of a float need not be the number itself.
      return finite(Math.fround(Number(text)));
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : null;
    case 'date':
      return daysOfText(text) ?? null;
    case 'timestamp':
      return microsOfText(text) ?? null;
    case 'timestamp_ntz':
      return localMicrosOfText(text) ?? null;
    default: {
      const shape = decimalShape(type);
      return shape === null ? null : unscaledOf(text, shape.scale);
    }
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function countOf(stored: Parsed | undefined): number | null {
  if (!isNumberText(stored)) return null;
  const count = Number(stored[0]);
  return Number.isSafeInteger(count) ? count : null;
}

function own(object: ParsedObject, name: string): Parsed | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isNumberText(stored: Parsed | undefined): stored is NumberText {
  return Array.isArray(stored);
}

function objectOf(stored: Parsed | undefined): ParsedObject {
  return isObject(stored) ? stored : {};
}

function isObject(stored: Parsed | undefined): stored is ParsedObject {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored);
}
