// Decimals: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#decimal
import { decimalText, signedBigEndian } from '../schema/decimal.ts';
import { textsOf } from './byte-values.ts';
import type { ByteRanges, PhysicalValues } from './physical-values.ts';

/**
 * Decimal texts with `scale` digits after the point, of unscaled integers with `scaleInFile`, which is at most as many. The
 * digits of all are written as bytes first, and become text together.
 */
export function decimalTexts(physical: PhysicalValues, scaleInFile: number, scale: number): string[] {
  const digits = new Digits(lengthOf(physical), scaleInFile, scale);
  if (physical instanceof Int32Array) {
    for (let index = 0; index < physical.length; index++) digits.add(physical[index]!);
  } else if (physical instanceof BigInt64Array) {
    const halves = new Int32Array(physical.buffer, physical.byteOffset, physical.length * 2);
    for (let index = 0; index < physical.length; index++) {
      const upper = halves[2 * index + 1]!;
      if (isSafeUpper(upper)) digits.add(upper * 0x1_0000_0000 + (halves[2 * index]! >>> 0));
      else digits.addLarge(physical[index]!);
    }
  } else {
    const { bytes, starts, ends } = physical as ByteRanges;
    for (let index = 0; index < starts.length; index++) {
      const [start, end] = [starts[index]!, ends[index]!];
      const small = smallBigEndian(bytes, start, end);
      if (small !== null) digits.add(small);
      else digits.addLarge(signedBigEndian(bytes.subarray(start, end)));
    }
  }
  return textsOf(digits.ranges());
}

/** Bytes for a decimal of 38 digits with sign and point. */
const MAX_BYTES = 48;
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const MAX_INT32 = 0x7fff_ffff;

class Digits {
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #scaleInFile: number;
  readonly #scale: number;
  readonly #unit: number;
  #bytes: Uint8Array;
  #count = 0;
  #offset = 0;

  constructor(count: number, scaleInFile: number, scale: number) {
    this.#starts = new Uint32Array(count);
    this.#ends = new Uint32Array(count);
    this.#bytes = new Uint8Array(count * 12 + MAX_BYTES);
    this.#scaleInFile = scaleInFile;
    this.#scale = scale;
    this.#unit = 10 ** scaleInFile;
  }

  /** A safe integer; written from its last digit on, since a division for each is all that it costs. */
  add(unscaled: number): void {
    this.#begin();
    const bytes = this.#bytes;
    const scale = this.#scaleInFile;
    let left = unscaled;
    if (unscaled < 0) {
      bytes[this.#offset++] = MINUS;
      left = -unscaled;
    }
    let digits = scale + 1;
    for (let limit = this.#unit * 10; left >= limit; limit *= 10) digits++;
    const end = this.#offset + digits + (this.#scale > 0 ? 1 : 0);
    let position = end;
    let digit = 0;
    for (; left > MAX_INT32; digit++) {
      if (digit === scale && this.#scale > 0) bytes[--position] = POINT;
      const tenth = Math.floor(left / 10);
      bytes[--position] = ZERO + (left - tenth * 10);
      left = tenth;
    }
    // The same in integers, which are several times as fast.
    for (let rest = left | 0; digit < digits; digit++) {
      if (digit === scale && this.#scale > 0) bytes[--position] = POINT;
      const tenth = (rest / 10) | 0;
      bytes[--position] = ZERO + (rest - tenth * 10);
      rest = tenth;
    }
    this.#offset = end;
    for (let zeros = this.#scale - scale; zeros > 0; zeros--) bytes[this.#offset++] = ZERO;
    this.#end();
  }

  addLarge(unscaled: bigint): void {
    this.#begin();
    const text = decimalText(unscaled * 10n ** BigInt(this.#scale - this.#scaleInFile), this.#scale);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#offset++] = text.charCodeAt(index);
    this.#end();
  }

  ranges(): ByteRanges {
    return { bytes: this.#bytes.subarray(0, this.#offset), starts: this.#starts, ends: this.#ends };
  }

  #begin(): void {
    this.#starts[this.#count] = this.#offset;
    if (this.#offset + MAX_BYTES <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  #end(): void {
    this.#ends[this.#count++] = this.#offset;
  }
}

function lengthOf(physical: PhysicalValues): number {
  return 'starts' in physical ? physical.starts.length : physical.length;
}

/** Whether a 64-bit integer with this upper half is a safe one. */
function isSafeUpper(upper: number): boolean {
  return upper < 0x20_0000 && upper >= -0x20_0000;
}

/** A big-endian two's complement integer of at most 48 bits; null for a larger one. */
function smallBigEndian(bytes: Uint8Array, start: number, end: number): number | null {
  const sign = end > start && bytes[start]! >= 0x80 ? 0xff : 0;
  const first = Math.max(start, end - 6);
  for (let index = start; index < first; index++) if (bytes[index] !== sign) return null;
  let value = 0;
  for (let index = first; index < end; index++) value = value * 256 + bytes[index]!;
  return sign === 0 ? value : value - 256 ** (end - first);
}
