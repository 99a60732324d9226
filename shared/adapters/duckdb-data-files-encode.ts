// Rows in the memory layout of DuckDB's vectors: https://duckdb.org/docs/stable/clients/c/vector.
import { PlatformError } from '../errors.ts';
import {
  type ArrayType,
  type Batch,
  type DataType,
  decimalShape,
  encodeColumn,
  type Field,
  type Value,
} from '../lake/index.ts';
import { encodeBinaries, encodeStrings } from './duckdb-data-files-encode-bytes.ts';
import { encodeDecimals } from './duckdb-data-files-encode-decimals.ts';
import {
  type EncodedColumn,
  fixedColumn,
  type ListColumn,
  type TypedArray,
  ValidityBits,
} from './duckdb-data-files-encoded.ts';

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
    if (encoded !== null) return encoded;
    // Names the row and the value that does not fit.
    encodeColumn(column, values, batch.rowCount);
    throw new PlatformError(
      'lake_value_invalid',
      `column ${column.name} has values that are not written in bulk`,
    );
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
    return fixedColumn(values, rowCount, validity);
  }
  const target = new layout.array(rowCount) as TypedArray;
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    if (value === null) validity.setNull(row);
    else if (layout.fits(value)) target[row] = value as never;
    else return null;
  }
  return fixedColumn(target, rowCount, validity);
}

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

function bytesOf(column: EncodedColumn): number {
  if (column.kind === 'fixed') return column.values.byteLength;
  if (column.kind === 'bytes') return column.heap.byteLength + column.offsets.byteLength;
  return column.offsets.byteLength + bytesOf(column.elements);
}
