// Encodings of values: https://github.com/apache/parquet-format/blob/master/Encodings.md
import type { Encoding, SchemaElement } from 'hyparquet';
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { decodeHybrid } from './hybrid-encoding.ts';

/** Byte strings that lie somewhere in one buffer: the value at `index` from `starts[index]` to `ends[index]`. */
export interface ByteRanges {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Values of a leaf as the file stores them, absent ones left out; by physical type INT32, INT64, FLOAT, DOUBLE, BOOLEAN
 * (bytes 0 and 1), and byte strings for BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY and INT96 (12 bytes each).
 */
export type PhysicalValues =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | ByteRanges;

/** The `count` values of a page that holds them itself; its bytes are not used otherwise. Throws a RangeError where they end early. */
export function decodeValues(
  page: Uint8Array,
  encoding: Encoding,
  element: SchemaElement,
  count: number,
): PhysicalValues {
  const { type } = element;
  if (encoding === 'PLAIN') return decodePlain(page, element, count);
  if (encoding === 'RLE' && type === 'BOOLEAN') return decodeRunsOfBooleans(page, count);
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
  if (encoding === 'BYTE_STREAM_SPLIT') {
    const values = byteStreamSplit(reader, count, type ?? 'BYTE_ARRAY', element.type_length);
    return Array.isArray(values) ? rangesOf(values as Uint8Array[]) : (values as PhysicalValues);
  }
  if (encoding === 'DELTA_BINARY_PACKED') {
    const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
    if (count > 0) deltaBinaryUnpack(reader, count, values);
    return values;
  }
  const strings = new Array<Uint8Array>(count);
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY') {
    if (count > 0) deltaLengthByteArray(reader, count, strings);
  } else if (encoding === 'DELTA_BYTE_ARRAY') {
    if (count > 0) deltaByteArray(reader, count, strings);
  } else throw new RangeError(`encoding ${encoding} of ${type} is not supported`);
  return rangesOf(strings);
}

/** Values one after the other, little endian. */
export function decodePlain(page: Uint8Array, element: SchemaElement, count: number): PhysicalValues {
  switch (element.type) {
    case 'INT32':
      return new Int32Array(bufferOf(page, count * 4));
    case 'INT64':
      return new BigInt64Array(bufferOf(page, count * 8));
    case 'FLOAT':
      return new Float32Array(bufferOf(page, count * 4));
    case 'DOUBLE':
      return new Float64Array(bufferOf(page, count * 8));
    case 'BOOLEAN':
      return bitsOf(page, count);
    case 'INT96':
      return fixedRanges(page, 12, count);
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedRanges(page, element.type_length ?? 0, count);
    default:
      return prefixedRanges(page, count);
  }
}

/** A copy, since a typed array must begin at a multiple of its element size. */
function bufferOf(page: Uint8Array, length: number): ArrayBuffer {
  requireBytes(page, length);
  return new Uint8Array(page.subarray(0, length)).buffer;
}

function bitsOf(page: Uint8Array, count: number): Uint8Array {
  requireBytes(page, Math.ceil(count / 8));
  const values = new Uint8Array(count);
  for (let index = 0; index < count; index++) values[index] = (page[index >> 3]! >> (index & 7)) & 1;
  return values;
}

function decodeRunsOfBooleans(page: Uint8Array, count: number): Uint8Array {
  const values = new Uint8Array(count);
  if (count > 0) decodeHybrid(page, 4, page.length, 1, values, count);
  return values;
}

function fixedRanges(bytes: Uint8Array, width: number, count: number): ByteRanges {
  requireBytes(bytes, width * count);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    starts[index] = index * width;
    ends[index] = index * width + width;
  }
  return { bytes, starts, ends };
}

/** Each behind its length in four bytes. */
function prefixedRanges(bytes: Uint8Array, count: number): ByteRanges {
  requireBytes(bytes, count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(offset, true);
    starts[index] = offset + 4;
    offset += 4 + length;
    ends[index] = offset;
  }
  requireBytes(bytes, offset);
  return { bytes, starts, ends };
}

function rangesOf(strings: readonly Uint8Array[]): ByteRanges {
  const starts = new Uint32Array(strings.length);
  const ends = new Uint32Array(strings.length);
  const bytes = new Uint8Array(strings.reduce((sum, each) => sum + each.length, 0));
  let offset = 0;
  for (const [index, each] of strings.entries()) {
    bytes.set(each, offset);
    starts[index] = offset;
    offset += each.length;
    ends[index] = offset;
  }
  return { bytes, starts, ends };
}

function requireBytes(page: Uint8Array, length: number): void {
  if (page.length < length) throw new RangeError(`the page has ${page.length} of ${length} bytes`);
}
