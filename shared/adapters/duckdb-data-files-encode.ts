// Rows in the memory layout of DuckDB's vectors: https://duckdb.org/docs/stable/clients/c/vector, `duckdb_string_t` in duckdb.h.
import {
  type ArrayType,
  type Batch,
  type DataType,
  decimalShape,
  encodeColumn,
  type Field,
  unscaledOf,
  type Value,
} from '../lake/index.ts';

/** One column of a batch, laid out so that its vectors are filled by copying. */
export type EncodedColumn = FixedColumn | BytesColumn | ListColumn;

interface Nullable {
  readonly rowCount: number;
  /** One bit a row, 1 for a value, in bytes rounded up to 64 rows; null where no row is null. */
  readonly validity: Uint8Array | null;
}

export interface FixedColumn extends Nullable {
  readonly kind: 'fixed';
  /** Bytes of a value. */
  readonly width: number;
  /** `rowCount * width` bytes; those of a null are zero. */
  readonly values: Uint8Array;
}

export interface BytesColumn extends Nullable {
  readonly kind: 'bytes';
  readonly heap: Uint8Array;
  /** Row `i` is `heap[offsets[i] .. offsets[i + 1]]`. */
  readonly offsets: Uint32Array;
}

export interface ListColumn extends Nullable {
  readonly kind: 'list';
  /** Row `i` has the elements `offsets[i] .. offsets[i + 1]` of `elements`. */
  readonly offsets: Uint32Array;
  readonly elements: EncodedColumn;
}

/** Rows in whole vectors: validity bits then always start at a byte. */
export interface EncodedBatch {
  readonly rowCount: number;
  readonly columns: readonly EncodedColumn[];
  /** What the columns hold in memory. */
  readonly bytes: number;
}

/** Checks every value as the lake's own writer does and refuses with its words. */
export function encodeBatch(fields: readonly Field[], batch: Batch): EncodedBatch {
  const columns = fields.map((column) => {
    const values = batch.columns[column.name];
    const encoded =
      values === undefined || values.length === batch.rowCount
        ? encodeValues(column.type, column.nullable, values, batch.rowCount)
        : null;
    // Only a misfit comes here; the lake names the row and the value.
    if (encoded === null) encodeColumn(column, values, batch.rowCount);
    return encoded as EncodedColumn;
  });
  return {
    rowCount: batch.rowCount,
    columns,
    bytes: columns.reduce((sum, column) => sum + bytesOf(column), 0),
  };
}

type Values = ArrayLike<Value> | undefined;

/** null where a value does not fit. */
function encodeValues(
  type: DataType,
  nullable: boolean,
  values: Values,
  rowCount: number,
): EncodedColumn | null {
  const validity = new ValidityBits(rowCount);
  const encoded = encodeWith(type, values ?? [], rowCount, validity);
  return encoded === null || (!nullable && validity.bits !== null) ? null : encoded;
}

function encodeWith(
  type: DataType,
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): EncodedColumn | null {
  if (typeof type !== 'string') {
    return type.type === 'array' ? encodeLists(type, values, rowCount, validity) : null;
  }
  if (type === 'string') return encodeStrings(values, rowCount, validity);
  if (type === 'binary') return encodeBinaries(values, rowCount, validity);
  const shape = decimalShape(type);
  if (shape !== null) return encodeDecimals(shape, values, rowCount, validity);
  const layout = LAYOUTS[type as keyof typeof LAYOUTS];
  if (type !== 'boolean' && values instanceof layout.array && values.length === rowCount) {
    return fixed(values, rowCount, validity);
  }
  const target = new layout.array(rowCount) as TypedArray;
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) validity.setNull(row);
    else if (layout.fits(value)) target[row] = value as never;
    else return null;
  }
  return fixed(target, rowCount, validity);
}

type TypedArray =
  | BigInt64Array
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

const isBigint64 = (value: Value): boolean => typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
const isInt32 = (value: Value): boolean => typeof value === 'number' && (value | 0) === value;
const isNumber = (value: Value): boolean => typeof value === 'number';

const LAYOUTS = {
  long: { array: BigInt64Array, fits: isBigint64 },
  timestamp: { array: BigInt64Array, fits: isBigint64 },
  integer: { array: Int32Array, fits: isInt32 },
  date: { array: Int32Array, fits: isInt32 },
  short: {
    array: Int16Array,
    fits: (value: Value) => typeof value === 'number' && (value << 16) >> 16 === value,
  },
  byte: {
    array: Int8Array,
    fits: (value: Value) => typeof value === 'number' && (value << 24) >> 24 === value,
  },
  double: { array: Float64Array, fits: isNumber },
  float: { array: Float32Array, fits: isNumber },
  boolean: { array: Uint8Array, fits: (value: Value) => typeof value === 'boolean' },
} as const;

function fixed(values: TypedArray, rowCount: number, validity: ValidityBits): FixedColumn {
  return {
    kind: 'fixed',
    rowCount,
    validity: validity.bits,
    width: values.BYTES_PER_ELEMENT,
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** 10^15 - 1 and all below are exact as numbers. */
const EXACT_DIGITS = 15;

function encodeDecimals(
  { precision, scale }: { readonly precision: number; readonly scale: number },
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): FixedColumn | null {
  if (precision > EXACT_DIGITS) return encodeWideDecimals(precision, scale, values, rowCount, validity);
  const limit = 10 ** precision;
  const target =
    precision <= 4 ? new Int16Array(rowCount) : new Int32Array(precision <= 9 ? rowCount : 2 * rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) {
      validity.setNull(row);
      continue;
    }
    const unscaled = typeof value === 'string' ? unscaledNumber(value, scale, limit) : Number.NaN;
    if (Number.isNaN(unscaled)) return null;
    if (precision <= 9) target[row] = unscaled;
    else {
      target[2 * row] = unscaled | 0;
      target[2 * row + 1] = Math.floor(unscaled / 2 ** 32);
    }
  }
  const column = fixed(target, rowCount, validity);
  return precision <= 9 ? column : { ...column, width: 8 };
}

/** Eight bytes up to 18 digits, 16 beyond. */
function encodeWideDecimals(
  precision: number,
  scale: number,
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): FixedColumn | null {
  const limit = 10n ** BigInt(precision);
  const lanes = precision <= 18 ? 1 : 2;
  const target = new BigInt64Array(lanes * rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) {
      validity.setNull(row);
      continue;
    }
    const unscaled = typeof value === 'string' ? unscaledOf(value, scale) : null;
    if (unscaled === null || unscaled >= limit || unscaled <= -limit) return null;
    target[lanes * row] = unscaled;
    if (lanes === 2) target[2 * row + 1] = unscaled >> 64n;
  }
  return { ...fixed(target, rowCount, validity), width: 8 * lanes };
}

/** NaN where the text is no decimal of this scale below `limit`. */
function unscaledNumber(text: string, scale: number, limit: number): number {
  const sign = text.charCodeAt(0) === MINUS ? -1 : 1;
  let magnitude = 0;
  let fraction = -1;
  let digits = 0;
  for (let at = sign < 0 ? 1 : 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit === POINT - ZERO && fraction < 0 && digits > 0) {
      fraction = 0;
      continue;
    }
    if (digit < 0 || digit > 9) return Number.NaN;
    digits += 1;
    if (fraction >= 0) {
      fraction += 1;
      if (fraction > scale) {
        if (digit > 0) return Number.NaN;
        continue;
      }
    }
    magnitude = magnitude * 10 + digit;
    if (magnitude >= limit) return Number.NaN;
  }
  if (digits === 0 || fraction === 0) return Number.NaN;
  magnitude *= 10 ** (scale - Math.min(Math.max(fraction, 0), scale));
  return magnitude < limit ? sign * magnitude : Number.NaN;
}

const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/** Strings that are joined before they are turned to UTF-8: one call for many, and a text that stays in the cache. */
const STRINGS_AT_ONCE = 4096;

function encodeStrings(
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): BytesColumn | null {
  const offsets = new Uint32Array(rowCount + 1);
  let heap = Buffer.allocUnsafe(16 * rowCount);
  let end = 0;
  for (let from = 0; from < rowCount; from += STRINGS_AT_ONCE) {
    const to = Math.min(rowCount, from + STRINGS_AT_ONCE);
    let joined = '';
    for (let row = from; row < to; row += 1) {
      const value = values[row] ?? null;
      if (typeof value === 'string') joined += value;
      else if (value === null) validity.setNull(row);
      else return null;
    }
    const bytes = Buffer.byteLength(joined);
    if (end + bytes > heap.length) heap = grown(heap, end, end + bytes);
    heap.write(joined, end);
    if (bytes === joined.length) {
      for (let row = from; row < to; row += 1) {
        end += (values[row] as string | null | undefined)?.length ?? 0;
        offsets[row + 1] = end;
      }
    } else {
      for (let row = from; row < to; row += 1) {
        const text = (values[row] as string | null | undefined) ?? '';
        // A lone surrogate has no UTF-8; the half that it was joined to may stand in the next string.
        if (SURROGATE.test(text)) return null;
        end += Buffer.byteLength(text);
        offsets[row + 1] = end;
      }
    }
  }
  return { kind: 'bytes', rowCount, validity: validity.bits, heap: heap.subarray(0, end), offsets };
}

const SURROGATE = /\p{Surrogate}/u;

function encodeBinaries(
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): BytesColumn | null {
  const offsets = new Uint32Array(rowCount + 1);
  let heap = Buffer.allocUnsafe(16 * rowCount);
  let end = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) validity.setNull(row);
    else if (!(value instanceof Uint8Array)) return null;
    else {
      if (end + value.length > heap.length) heap = grown(heap, end, end + value.length);
      heap.set(value, end);
      end += value.length;
    }
    offsets[row + 1] = end;
  }
  return { kind: 'bytes', rowCount, validity: validity.bits, heap: heap.subarray(0, end), offsets };
}

function grown(heap: Buffer, used: number, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * heap.length));
  heap.copy(larger, 0, 0, used);
  return larger;
}

function encodeLists(
  type: ArrayType,
  values: ArrayLike<Value>,
  rowCount: number,
  validity: ValidityBits,
): ListColumn | null {
  const offsets = new Uint32Array(rowCount + 1);
  const flat: Value[] = [];
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) validity.setNull(row);
    else if (Array.isArray(value) || value instanceof Float32Array) {
      for (const element of value as Iterable<Value>) flat.push(element);
    } else return null;
    offsets[row + 1] = flat.length;
  }
  const elements = encodeValues(type.elementType, type.containsNull, flat, flat.length);
  return elements === null ? null : { kind: 'list', rowCount, validity: validity.bits, offsets, elements };
}

/** Made with the first null: most columns have none. */
class ValidityBits {
  bits: Uint8Array | null = null;
  readonly #rowCount: number;

  constructor(rowCount: number) {
    this.#rowCount = rowCount;
  }

  setNull(row: number): void {
    this.bits ??= new Uint8Array(8 * Math.ceil(this.#rowCount / 64)).fill(0xff);
    this.bits[row >> 3] = (this.bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  }
}

function bytesOf(column: EncodedColumn): number {
  if (column.kind === 'fixed') return column.values.byteLength;
  if (column.kind === 'bytes') return column.heap.byteLength + column.offsets.byteLength;
  return column.offsets.byteLength + bytesOf(column.elements);
}
