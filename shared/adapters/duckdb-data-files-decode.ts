// DuckDB's vectors as columns of the lake: https://duckdb.org/docs/stable/clients/c/vector
import duckdb, { type Vector } from '@duckdb/node-bindings';
import { PlatformError } from '../errors.ts';
import {
  type ArrayType,
  type DataType,
  decimalShape,
  decimalText,
  typeName,
  type Value,
} from '../lake/index.ts';
import { BinaryReader, StringReader } from './duckdb-data-files-decode-bytes.ts';
import { type ColumnReader, forEachNull, ValuesReader } from './duckdb-data-files-decode-values.ts';

/** @param capacity rows at most between two calls of `take` */
export function columnReader(type: DataType, capacity: number): ColumnReader {
  if (typeof type !== 'string') {
    if (type.type === 'array') return new ListReader(type, capacity);
  } else {
    const shape = decimalShape(type);
    if (shape !== null) return new DecimalReader(shape.precision, shape.scale, capacity);
    if (type === 'string') return new StringReader(capacity);
    if (type === 'binary') return new BinaryReader(capacity);
    if (type === 'boolean') return new BooleanReader(capacity);
    const make = ARRAYS[type as keyof typeof ARRAYS];
    if (make !== undefined) return new FixedReader(make, capacity);
  }
  throw new PlatformError(
    'lake_feature_unsupported',
    `DuckDB is not asked for columns of type ${typeName(type)}`,
  );
}

type TypedArray = BigInt64Array | Float64Array | Float32Array | Int32Array | Int16Array | Int8Array;

const ARRAYS = {
  long: BigInt64Array,
  timestamp: BigInt64Array,
  integer: Int32Array,
  date: Int32Array,
  short: Int16Array,
  byte: Int8Array,
  double: Float64Array,
  float: Float32Array,
};

class FixedReader implements ColumnReader {
  readonly #make: (typeof ARRAYS)[keyof typeof ARRAYS];
  readonly #capacity: number;
  #values: TypedArray | null = null;
  #count = 0;
  #nulls: number[] = [];

  constructor(make: (typeof ARRAYS)[keyof typeof ARRAYS], capacity: number) {
    this.#make = make;
    this.#capacity = capacity;
  }

  read(vector: Vector, count: number): void {
    this.#values ??= new this.#make(this.#capacity);
    const bytes = duckdb.vector_get_data(vector, count * this.#values.BYTES_PER_ELEMENT);
    const into = this.#count * this.#values.BYTES_PER_ELEMENT;
    new Uint8Array(this.#values.buffer).set(bytes, into);
    forEachNull(vector, count, (row) => this.#nulls.push(this.#count + row));
    this.#count += count;
  }

  take(): ArrayLike<Value> {
    const values = this.#values?.subarray(0, this.#count) ?? new this.#make(0);
    const nulls = this.#nulls;
    this.#values = null;
    this.#count = 0;
    this.#nulls = [];
    if (nulls.length === 0) return values;
    const withNulls = Array.from<Value>(values);
    for (const row of nulls) withNulls[row] = null;
    return withNulls;
  }
}

class BooleanReader extends ValuesReader {
  protected override readInto(vector: Vector, count: number, values: Value[], from: number): void {
    const bytes = duckdb.vector_get_data(vector, count);
    for (let row = 0; row < count; row += 1) values[from + row] = bytes[row] === 1;
  }
}

class DecimalReader extends ValuesReader {
  readonly #precision: number;
  readonly #scale: number;

  constructor(precision: number, scale: number, capacity: number) {
    super(capacity);
    this.#precision = precision;
    this.#scale = scale;
  }

  protected override readInto(vector: Vector, count: number, values: Value[], from: number): void {
    const width = this.#precision <= 4 ? 2 : this.#precision <= 9 ? 4 : this.#precision <= 18 ? 8 : 16;
    const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * width);
    if (this.#precision <= EXACT_DIGITS) {
      const unscaled =
        width === 2 ? new Int16Array(buffer, byteOffset, count) : numbersOf(buffer, byteOffset, count, width);
      decimalTexts(unscaled, this.#scale, values, from);
      return;
    }
    const lanes = new BigInt64Array(buffer, byteOffset, (count * width) / 8);
    for (let row = 0; row < count; row += 1) {
      const unscaled =
        width === 8
          ? (lanes[row] ?? 0n)
          : ((lanes[2 * row + 1] ?? 0n) << 64n) | BigInt.asUintN(64, lanes[2 * row] ?? 0n);
      values[from + row] = decimalText(unscaled, this.#scale);
    }
  }
}

/** 10^15 and all below are exact as numbers. */
const EXACT_DIGITS = 15;

function numbersOf(
  buffer: ArrayBufferLike,
  byteOffset: number,
  count: number,
  width: number,
): ArrayLike<number> {
  if (width === 4) return new Int32Array(buffer, byteOffset, count);
  const words = new Int32Array(buffer, byteOffset, 2 * count);
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    numbers[row] = (words[2 * row + 1] ?? 0) * 2 ** 32 + ((words[2 * row] ?? 0) >>> 0);
  }
  return numbers;
}

/** A sign, `EXACT_DIGITS`, zeros in front of them and a point. */
const LONGEST_DECIMAL = 34;
const [MINUS, POINT, ZERO] = [45, 46, 48];

/** The digits of all rows go into one text that is cut up: half the cost of a text for each. */
function decimalTexts(unscaled: ArrayLike<number>, scale: number, values: Value[], into: number): void {
  const digits = Buffer.allocUnsafe(unscaled.length * LONGEST_DECIMAL);
  const starts = new Uint32Array(unscaled.length + 1);
  // From the last row's last digit to the front, as digits come.
  let at = digits.length;
  for (let row = unscaled.length - 1; row >= 0; row -= 1) {
    starts[row + 1] = at;
    const value = unscaled[row] ?? 0;
    let rest = Math.abs(value);
    for (let place = 0; place <= scale || rest > 0; place += 1) {
      if (place === scale && scale > 0) digits[--at] = POINT;
      const next = rest <= 0x7fffffff ? (rest / 10) | 0 : Math.floor(rest / 10);
      digits[--at] = ZERO + (rest - next * 10);
      rest = next;
    }
    if (value < 0) digits[--at] = MINUS;
  }
  starts[0] = at;
  const text = digits.toString('latin1', at);
  for (let row = 0; row < unscaled.length; row += 1) {
    values[into + row] = text.slice((starts[row] ?? 0) - at, (starts[row + 1] ?? 0) - at);
  }
}

/** The index of a list's first element and the number of elements, eight bytes each. */
const LIST_ENTRY_BYTES = 16;
const LIST_ENTRY_WORDS = 4;

class ListReader extends ValuesReader {
  readonly #type: ArrayType;

  constructor(type: ArrayType, capacity: number) {
    super(capacity);
    this.#type = type;
  }

  protected override readInto(vector: Vector, count: number, values: Value[], from: number): void {
    const bytes = duckdb.vector_get_data(vector, count * LIST_ENTRY_BYTES);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * LIST_ENTRY_WORDS);
    const total = duckdb.list_vector_get_size(vector);
    const reader = columnReader(this.#type.elementType, total);
    if (total > 0) reader.read(duckdb.list_vector_get_child(vector), total);
    const elements = Array.from(reader.take());
    for (let row = 0; row < count; row += 1) {
      const first = words[LIST_ENTRY_WORDS * row] ?? 0;
      values[from + row] = elements.slice(first, first + (words[LIST_ENTRY_WORDS * row + 2] ?? 0));
    }
  }
}
