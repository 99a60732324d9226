import type { Value } from '../schema/batch.ts';
import { decimalText, signedBigEndian } from '../schema/decimal.ts';
import type { ByteRanges, PhysicalValues } from './physical-values.ts';

/** Texts below this many characters are copied out of their page's text; longer ones would keep the whole of it alive. */
const COPIED_BELOW = 13;

/** UTF-8 texts. Where a page is ASCII throughout, it becomes text at once, of which most values are cut. */
export function textsOf({ bytes, starts, ends }: ByteRanges): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isAscii = !hasHighBit(bytes);
  const whole = isAscii ? buffer.toString('latin1') : '';
  const encoding = isAscii ? 'latin1' : 'utf8';
  const texts = new Array<string>(starts.length);
  for (let index = 0; index < texts.length; index++) {
    const start = starts[index]!;
    const end = ends[index]!;
    texts[index] =
      isAscii && end - start < COPIED_BELOW
        ? whole.substring(start, end)
        : buffer.toString(encoding, start, end);
  }
  return texts;
}

/** Views of the page, which is theirs alone. */
export function bytesOf({ bytes, starts, ends }: ByteRanges): Uint8Array[] {
  return Array.from(starts, (start, index) => bytes.subarray(start, ends[index]));
}

/** Decimal texts with `scale` digits after the point, of unscaled integers with `scaleInFile`, which is at most as many. */
export function decimalTexts(physical: PhysicalValues, scaleInFile: number, scale: number): Value[] {
  const zeros = '0'.repeat(scale - scaleInFile);
  const ofNumber = numberText(scaleInFile, zeros);
  const ofBigInt = (unscaled: bigint) => {
    const text = decimalText(unscaled, scaleInFile);
    return zeros === '' ? text : scaleInFile === 0 ? `${text}.${zeros}` : text + zeros;
  };
  if (physical instanceof Int32Array) return Array.from(physical, ofNumber);
  if (physical instanceof BigInt64Array) {
    const halves = new Int32Array(physical.buffer, physical.byteOffset, physical.length * 2);
    const texts = new Array<Value>(physical.length);
    for (let index = 0; index < texts.length; index++) {
      const upper = halves[2 * index + 1]!;
      texts[index] = isSafeUpper(upper)
        ? ofNumber(upper * 0x1_0000_0000 + (halves[2 * index]! >>> 0))
        : ofBigInt(physical[index]!);
    }
    return texts;
  }
  const { bytes, starts, ends } = physical as ByteRanges;
  return Array.from(starts, (start, index) => {
    const end = ends[index]!;
    const small = smallBigEndian(bytes, start, end);
    return small === null ? ofBigInt(signedBigEndian(bytes.subarray(start, end))) : ofNumber(small);
  });
}

function hasHighBit(bytes: Uint8Array): boolean {
  const aligned = bytes.byteOffset % 4 === 0 ? Math.floor(bytes.length / 4) : 0;
  const words = new Uint32Array(bytes.buffer, aligned === 0 ? 0 : bytes.byteOffset, aligned);
  let bits = 0;
  for (let index = 0; index < aligned; index++) bits |= words[index]!;
  for (let index = aligned * 4; index < bytes.length; index++) bits |= bytes[index]!;
  return (bits & 0x8080_8080) !== 0;
}

/** Of a safe integer; without bigints, which cost ten times as much. */
function numberText(scale: number, zeros: string): (unscaled: number) => string {
  if (scale === 0) return zeros === '' ? String : (unscaled) => `${unscaled}.${zeros}`;
  const unit = 10 ** scale;
  // 10^16 is no safe integer plus a fraction any more.
  if (scale > 15) return (unscaled) => decimalText(BigInt(unscaled), scale) + zeros;
  return (unscaled) => {
    const magnitude = Math.abs(unscaled);
    const fraction = magnitude % unit;
    const digits = String(unit + fraction).slice(1);
    return `${unscaled < 0 ? '-' : ''}${(magnitude - fraction) / unit}.${digits}${zeros}`;
  };
}

/** Whether a 64-bit integer with this upper half is a safe one. */
function isSafeUpper(upper: number): boolean {
  return upper < 0x20_0000 && upper >= -0x20_0000;
}

/** A big-endian two's complement integer; null where it is not a safe one. */
function smallBigEndian(bytes: Uint8Array, start: number, end: number): number | null {
  const sign = end > start && bytes[start]! >= 0x80 ? 0xff : 0;
  const first = Math.max(start, end - 6);
  for (let index = start; index < first; index++) if (bytes[index] !== sign) return null;
  let value = 0;
  for (let index = first; index < end; index++) value = value * 256 + bytes[index]!;
  return sign === 0 ? value : value - 256 ** (end - first);
}
