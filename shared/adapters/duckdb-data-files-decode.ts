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

/** Columns that have no typed array. */
abstract class ValuesReader implements ColumnReader {
  readonly #capacity: number;
  #values: Value[] = [];
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(vector: Vector, count: number): void {
    const from = this.#count;
    const values = this.#provide(from + count);
    this.readInto(vector, count, values, from);
    forEachNull(vector, count, (row) => {
      values[from + row] = null;
    });
    this.#count += count;
  }

  take(): Value[] {
    const values = this.#values;
    values.length = this.#count;
    this.#values = [];
    this.#count = 0;
    return values;
  }

  /** Sets `count` values from `values[from]` on; what it sets for a null does not matter. */
  protected abstract readInto(vector: Vector, count: number, values: Value[], from: number): void;

  /** Room for all of a batch once it is more than a vector: growing bit by bit would copy it over and over. */
  #provide(count: number): Value[] {
    if (this.#values.length >= count) return this.#values;
    const larger = new Array<Value>(this.#count === 0 ? count : Math.max(count, this.#capacity));
    for (let row = 0; row < this.#count; row += 1) larger[row] = this.#values[row] ?? null;
    this.#values = larger;
    return larger;
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

class ListReader extends ValuesReader {
  readonly #type: ArrayType;

  constructor(type: ArrayType, capacity: number) {
    super(capacity);
    this.#type = type;
  }

  protected override readInto(vector: Vector, count: number, values: Value[], from: number): void {
    const bytes = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * ENTRY_WORDS);
    const total = duckdb.list_vector_get_size(vector);
    const reader = columnReader(this.#type.elementType, total);
    if (total > 0) reader.read(duckdb.list_vector_get_child(vector), total);
    const elements = Array.from(reader.take());
    for (let row = 0; row < count; row += 1) {
      const first = words[ENTRY_WORDS * row] ?? 0;
      values[from + row] = elements.slice(first, first + (words[ENTRY_WORDS * row + 2] ?? 0));
    }
  }
}

/** Up to this many bytes stand in the entry itself, behind the length; longer ones where its last eight bytes point to. */
const INLINE_BYTES = 12;
const ENTRY_BYTES = 16;
const ENTRY_WORDS = 4;

/** Strings and binary. */
abstract class BytesReader extends ValuesReader {
  protected override readInto(vector: Vector, count: number, values: Value[], from: number): void {
    const bytes = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    const entries = new Entries(bytes, validityOf(vector, count));
    this.readInline(entries, count, values, from);
    // Long values mostly lie in memory one behind the other: each such run is fetched by one call, every byte of it a value's.
    let run: { readonly row: number; readonly begin: number; end: number } | null = null;
    for (let row = 0; row < count; row += 1) {
      if (!entries.isLong(row)) continue;
      const address = entries.address(row);
      if (run !== null && address !== run.end) {
        this.readRun(entries, run.row, row, entries.bytesOf(run.row, run.end - run.begin), values, from);
        run = null;
      }
      run ??= { row, begin: address, end: address };
      run.end += entries.length(row);
    }
    if (run !== null) {
      this.readRun(entries, run.row, count, entries.bytesOf(run.row, run.end - run.begin), values, from);
    }
  }

  protected abstract readInline(entries: Entries, count: number, values: Value[], from: number): void;

  /** The long values of the rows `first` to `end`, whose bytes follow each other in `bytes`. */
  protected abstract readRun(
    entries: Entries,
    first: number,
    end: number,
    bytes: Buffer,
    values: Value[],
    from: number,
  ): void;
}

/** The entries of a vector of strings. */
class Entries {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly #validity: Uint8Array | null;

  constructor(bytes: Uint8Array, validity: Uint8Array | null) {
    this.bytes = bufferOf(bytes);
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    this.#validity = validity;
  }

  length(row: number): number {
    return this.words[ENTRY_WORDS * row] ?? 0;
  }

  isInline(row: number): boolean {
    return this.length(row) <= INLINE_BYTES && this.#isValid(row);
  }

  isLong(row: number): boolean {
    return this.length(row) > INLINE_BYTES && this.#isValid(row);
  }

  /** Has 47 bits, and a number holds 53. */
  address(row: number): number {
    return (this.words[ENTRY_WORDS * row + 2] ?? 0) + (this.words[ENTRY_WORDS * row + 3] ?? 0) * 2 ** 32;
  }

  /** What lies where the row's entry points to. */
  bytesOf(row: number, count: number): Buffer {
    const pointer = this.bytes.byteOffset + row * ENTRY_BYTES + 8;
    return bufferOf(duckdb.get_data_from_pointer(this.bytes.buffer as ArrayBuffer, pointer, count));
  }

  #isValid(row: number): boolean {
    return this.#validity === null || ((this.#validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }
}

class BinaryReader extends BytesReader {
  protected override readInline(entries: Entries, count: number, values: Value[], from: number): void {
    for (let row = 0; row < count; row += 1) {
      if (!entries.isInline(row)) continue;
      const start = row * ENTRY_BYTES + 4;
      values[from + row] = new Uint8Array(entries.bytes.subarray(start, start + entries.length(row)));
    }
  }

  protected override readRun(
    entries: Entries,
    first: number,
    end: number,
    bytes: Buffer,
    values: Value[],
    from: number,
  ): void {
    let at = 0;
    for (let row = first; row < end; row += 1) {
      if (!entries.isLong(row)) continue;
      values[from + row] = new Uint8Array(bytes.subarray(at, at + entries.length(row)));
      at += entries.length(row);
    }
  }
}

/** Some bit of it is set in four bytes of which one is not ASCII. */
const NOT_ASCII = 0x80808080;

class StringReader extends BytesReader {
  readonly #words = new WordCache();

  protected override readInline(entries: Entries, count: number, values: Value[], from: number): void {
    const text = entries.bytes.toString('latin1');
    for (let row = 0; row < count; row += 1) {
      if (entries.isInline(row)) values[from + row] = this.#words.textOf(entries, row, text);
    }
  }

  protected override readRun(
    entries: Entries,
    first: number,
    end: number,
    bytes: Buffer,
    values: Value[],
    from: number,
  ): void {
    const text = bytes.toString('utf8');
    const isAscii = text.length === bytes.length;
    let at = 0;
    for (let row = first; row < end; row += 1) {
      if (!entries.isLong(row)) continue;
      const next = at + entries.length(row);
      values[from + row] = isAscii ? text.slice(at, next) : bytes.toString('utf8', at, next);
      at = next;
    }
  }
}

/** Short texts tend to be words of few: one that was read lately is not made again, nor held in memory twice. */
class WordCache {
  readonly #keys = new Uint32Array(ENTRY_WORDS * CACHED_WORDS);
  readonly #texts = new Array<string>(CACHED_WORDS).fill('');

  /** @param latin1 all entries as one text, for those that are ASCII */
  textOf({ words, bytes }: Entries, row: number, latin1: string): string {
    const entry = ENTRY_WORDS * row;
    const [a = 0, b = 0, c = 0, d = 0] = [words[entry], words[entry + 1], words[entry + 2], words[entry + 3]];
    const place =
      Math.imul((a ^ b ^ Math.imul(c, 31) ^ Math.imul(d, 17)) >>> 0, 0x9e3779b1) >>> (32 - CACHED_BITS);
    const key = ENTRY_WORDS * place;
    const keys = this.#keys;
    if (keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) {
      return this.#texts[place] ?? '';
    }
    const start = row * ENTRY_BYTES + 4;
    const text =
      ((b | c | d) & NOT_ASCII) === 0
        ? latin1.slice(start, start + a)
        : bytes.toString('utf8', start, start + a);
    keys.set([a, b, c, d], key);
    this.#texts[place] = text;
    return text;
  }
}

const CACHED_BITS = 8;
const CACHED_WORDS = 2 ** CACHED_BITS;

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
