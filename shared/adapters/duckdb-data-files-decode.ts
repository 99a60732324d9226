// DuckDB's vectors as columns of the lake: https://duckdb.org/docs/stable/clients/c/vector, `duckdb_string_t` in duckdb.h.
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

/** Gathers one column of a result, vector by vector. */
export interface ColumnReader {
  read(vector: Vector, count: number): void;
  /** What was read since the last call: a typed array where the type has one and no value is null. */
  take(): ArrayLike<Value>;
}

/** @param capacity rows at most between two calls of `take` */
export function columnReader(type: DataType, capacity: number): ColumnReader {
  if (typeof type !== 'string') {
    if (type.type === 'array') return new ListReader(type);
  } else {
    const shape = decimalShape(type);
    if (shape !== null) return new DecimalReader(shape.precision, shape.scale);
    if (type === 'string') return new BytesReader(stringsOf);
    if (type === 'binary') return new BytesReader(binariesOf);
    if (type === 'boolean') return new BooleanReader();
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

/** Columns that have no typed array. */
abstract class ValuesReader implements ColumnReader {
  #values: Value[] = [];

  read(vector: Vector, count: number): void {
    const from = this.#values.length;
    this.append(vector, count, this.#values);
    forEachNull(vector, count, (row) => {
      this.#values[from + row] = null;
    });
  }

  take(): Value[] {
    const values = this.#values;
    this.#values = [];
    return values;
  }

  /** Pushes `count` values; what stands for a null does not matter. */
  protected abstract append(vector: Vector, count: number, into: Value[]): void;
}

class BooleanReader extends ValuesReader {
  protected override append(vector: Vector, count: number, into: Value[]): void {
    const bytes = duckdb.vector_get_data(vector, count);
    for (let row = 0; row < count; row += 1) into.push(bytes[row] === 1);
  }
}

class DecimalReader extends ValuesReader {
  readonly #precision: number;
  readonly #scale: number;

  constructor(precision: number, scale: number) {
    super();
    this.#precision = precision;
    this.#scale = scale;
  }

  protected override append(vector: Vector, count: number, into: Value[]): void {
    const width = this.#precision <= 4 ? 2 : this.#precision <= 9 ? 4 : this.#precision <= 18 ? 8 : 16;
    const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * width);
    if (this.#precision <= 15) {
      const unscaled =
        width === 2 ? new Int16Array(buffer, byteOffset, count) : numbersOf(buffer, byteOffset, count, width);
      appendDecimals(unscaled, this.#scale, into);
      return;
    }
    const lanes = new BigInt64Array(buffer, byteOffset, (count * width) / 8);
    for (let row = 0; row < count; row += 1) {
      const unscaled =
        width === 8
          ? (lanes[row] ?? 0n)
          : ((lanes[2 * row + 1] ?? 0n) << 64n) | BigInt.asUintN(64, lanes[2 * row] ?? 0n);
      into.push(decimalText(unscaled, this.#scale));
    }
  }
}

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

/** A sign, 15 digits, a point and zeros in front of it. */
const LONGEST_DECIMAL = 34;
const ZERO = 48;

/** Digits of all rows go into one text that is cut up: half the cost of a text for each. */
function appendDecimals(unscaled: ArrayLike<number>, scale: number, into: Value[]): void {
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
    into.push(text.slice((starts[row] ?? 0) - at, (starts[row + 1] ?? 0) - at));
  }
}

const POINT = 46;
const MINUS = 45;

class BytesReader extends ValuesReader {
  readonly #valuesOf: ValuesOf;

  constructor(valuesOf: ValuesOf) {
    super();
    this.#valuesOf = valuesOf;
  }

  protected override append(vector: Vector, count: number, into: Value[]): void {
    const from = into.length;
    const entries = bufferOf(duckdb.vector_get_data(vector, count * ENTRY_BYTES));
    const words = new Uint32Array(entries.buffer, entries.byteOffset, count * 4);
    const validity = validityOf(vector, count);
    for (let row = 0; row < count; row += 1) into.push(null);
    let run: Run | null = null;
    for (let row = 0; row < count; row += 1) {
      if (validity !== null && ((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) continue;
      const length = words[4 * row] ?? 0;
      if (length <= INLINE_BYTES) {
        const start = row * ENTRY_BYTES + 4;
        this.#valuesOf(entries, [start, start + length], into, [from + row]);
        continue;
      }
      const address = (words[4 * row + 2] ?? 0) + (words[4 * row + 3] ?? 0) * 2 ** 32;
      if (run === null || address !== run.end) {
        if (run !== null) this.#flush(entries, run, into);
        run = { entry: row, begin: address, end: address, ends: [0], rows: [] };
      }
      run.end = address + length;
      run.ends.push(run.end - run.begin);
      run.rows.push(from + row);
    }
    if (run !== null) this.#flush(entries, run, into);
  }

  #flush(entries: Buffer, { entry, begin, end, ends, rows }: Run, into: Value[]): void {
    const pointer = entries.byteOffset + entry * ENTRY_BYTES + 8;
    const bytes = duckdb.get_data_from_pointer(entries.buffer as ArrayBuffer, pointer, end - begin);
    this.#valuesOf(bufferOf(bytes), ends, into, rows);
  }
}

/** Up to this many bytes stand in the entry itself, behind the length; longer ones where its last eight bytes point to. */
const INLINE_BYTES = 12;
const ENTRY_BYTES = 16;

/** Values that lie in memory one behind the other, every byte of them: fetched by one call, not by one for each. */
interface Run {
  readonly entry: number;
  readonly begin: number;
  end: number;
  readonly ends: number[];
  readonly rows: number[];
}

/** `bytes[ends[i] .. ends[i + 1]]` is the value of `into[rows[i]]`. */
type ValuesOf = (bytes: Buffer, ends: readonly number[], into: Value[], rows: readonly number[]) => void;

const stringsOf: ValuesOf = (bytes, ends, into, rows) => {
  const begin = ends[0] ?? 0;
  const end = ends.at(-1) ?? 0;
  const text = bytes.toString('utf8', begin, end);
  const isAscii = text.length === end - begin;
  for (let i = 0; i < rows.length; i += 1) {
    const [from = 0, to = 0] = [ends[i], ends[i + 1]];
    into[rows[i] ?? 0] = isAscii ? text.slice(from - begin, to - begin) : bytes.toString('utf8', from, to);
  }
};

const binariesOf: ValuesOf = (bytes, ends, into, rows) => {
  for (let i = 0; i < rows.length; i += 1)
    into[rows[i] ?? 0] = new Uint8Array(bytes.subarray(ends[i], ends[i + 1]));
};

class ListReader extends ValuesReader {
  readonly #type: ArrayType;

  constructor(type: ArrayType) {
    super();
    this.#type = type;
  }

  protected override append(vector: Vector, count: number, into: Value[]): void {
    const bytes = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 4);
    const total = duckdb.list_vector_get_size(vector);
    const reader = columnReader(this.#type.elementType, total);
    if (total > 0) reader.read(duckdb.list_vector_get_child(vector), total);
    const elements = Array.from(reader.take());
    for (let row = 0; row < count; row += 1) {
      const from = words[4 * row] ?? 0;
      into.push(elements.slice(from, from + (words[4 * row + 2] ?? 0)));
    }
  }
}

function validityOf(vector: Vector, count: number): Uint8Array | null {
  // The binding types it as bytes; it is null where no row is.
  return duckdb.vector_get_validity(vector, 8 * Math.ceil(count / 64)) as Uint8Array | null;
}

function forEachNull(vector: Vector, count: number, visit: (row: number) => void): void {
  const validity = validityOf(vector, count);
  if (validity === null) return;
  for (let row = 0; row < count; row += 1) {
    if (((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) visit(row);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
