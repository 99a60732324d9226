import { PlatformError } from '../errors.ts';

interface Entry {
  readonly line: number;
  readonly value: string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SPECIAL: Readonly<Record<string, number>> = {
  inf: Infinity,
  '-inf': -Infinity,
  nan: Number.NaN,
  '-nan': Number.NaN,
};

/** A run of `key=value` lines of a model's text, read with errors that name the line. */
export class ModelLines {
  /** Lines are counted from 1. */
  readonly firstLine: number;
  readonly #entries = new Map<string, Entry>();

  /** @throws PlatformError `model_text` for a key that is there twice */
  constructor(lines: readonly string[], firstLine: number) {
    this.firstLine = firstLine;
    for (const [at, text] of lines.entries()) {
      if (text === '') continue;
      const line = firstLine + at;
      const equals = text.indexOf('=');
      const key = equals < 0 ? text : text.slice(0, equals);
      if (this.#entries.has(key)) throw damaged(line, `${key} is there twice`);
      this.#entries.set(key, { line, value: equals < 0 ? '' : text.slice(equals + 1) });
    }
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  lineOf(key: string): number {
    return this.#entries.get(key)?.line ?? this.firstLine;
  }

  /** @throws PlatformError `model_text` */
  text(key: string): string {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw damaged(this.firstLine, `${key} is missing in what starts here`);
    return entry.value;
  }

  /** Values between single blanks. */
  words(key: string): string[] {
    const value = this.text(key).trim();
    return value === '' ? [] : value.split(' ');
  }

  /** @throws PlatformError `model_text` unless there are `count` numbers */
  numbers(key: string, count: number): Float64Array {
    const words = this.words(key);
    if (words.length !== count)
      throw damaged(this.lineOf(key), `${key} has ${words.length} values and should have ${count}`);
    return Float64Array.from(words, (word) => this.#number(key, word));
  }

  /** @throws PlatformError `model_text` unless there are `count` whole numbers from `least` to `greatest` */
  wholes(key: string, count: number, least: number, greatest: number): Int32Array {
    return Int32Array.from(this.numbers(key, count), (value) => {
      if (Number.isInteger(value) && value >= least && value <= greatest) return value;
      throw damaged(
        this.lineOf(key),
        `${key} has ${value}; it should be a whole number from ${least} to ${greatest}`,
      );
    });
  }

  whole(key: string, least: number, greatest = 2 ** 31 - 1): number {
    return this.wholes(key, 1, least, greatest)[0]!;
  }

  #number(key: string, word: string): number {
    const value = NUMBER.test(word) ? Number(word) : SPECIAL[word];
    if (value === undefined)
      throw damaged(this.lineOf(key), `${key} has ${JSON.stringify(word)}, which is no number`);
    return value;
  }
}

/** The error of a text that is no model of LightGBM's. */
export function damaged(line: number, what: string): PlatformError {
  return new PlatformError('model_text', `line ${line} of the model: ${what}`, { details: { line } });
}

/** The error of a model that LightGBM would serve and this library does not. */
export function unsupported(line: number, what: string): PlatformError {
  return new PlatformError('model_unsupported', `line ${line} of the model: ${what}`, { details: { line } });
}
