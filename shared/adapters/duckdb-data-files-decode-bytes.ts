// `duckdb_string_t` of duckdb.h, in the vectors of strings and bytes: https://duckdb.org/docs/stable/clients/c/vector
import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { Value } from '../lake/index.ts';
import { ValuesReader, validityOf } from './duckdb-data-files-decode-values.ts';

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

export class BinaryReader extends BytesReader {
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

export class StringReader extends BytesReader {
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

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
