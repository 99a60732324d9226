// Runs and bit-packed groups: https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE

/** Writes `count` values of `bitWidth` bits, which lie in `bytes` from `start` to `end`, to the beginning of `out`. */
export function decodeHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  bitWidth: number,
  out: Uint8Array | Uint32Array,
  count: number,
): void {
  let offset = start;
  let filled = 0;
  while (filled < count) {
    const read = readHeader(bytes, offset, end);
    if (read === null) throw new RangeError(`${filled} of ${count} values are there`);
    const header = read.word;
    offset = read.end;
    if ((header & 1) === 1) {
      const length = (header >>> 1) * bitWidth;
      const values = Math.min((header >>> 1) * 8, count - filled);
      unpack(bytes, offset, bitWidth, out, filled, values);
      offset += length;
      filled += values;
    } else {
      let value = 0;
      for (let shift = 0; shift < bitWidth; shift += 8) value |= (bytes[offset++] ?? 0) << shift;
      const values = Math.min(header >>> 1, count - filled);
      if (values === 0) throw new RangeError('a run is empty');
      out.fill(value >>> 0, filled, filled + values);
      filled += values;
    }
  }
}

/** Values packed from the lowest bit of each byte on. */
function unpack(
  bytes: Uint8Array,
  start: number,
  bitWidth: number,
  out: Uint8Array | Uint32Array,
  first: number,
  count: number,
): void {
  const available = (bytes.length - start) * 8;
  if (count * bitWidth > available) throw new RangeError(`${count} packed values go beyond the page`);
  if (bitWidth <= 24) {
    unpackNarrow(bytes, start, bitWidth, out, first, count);
    return;
  }
  const mask = bitWidth === 32 ? 0xffff_ffff : (1 << bitWidth) - 1;
  for (let index = 0, bit = start * 8; index < count; index++, bit += bitWidth) {
    const byte = bit >>> 3;
    const shift = bit & 7;
    let value = wordAt(bytes, byte) >>> shift;
    // What of the value lies in a fifth byte.
    if (shift + bitWidth > 32) value |= (bytes[byte + 4] ?? 0) << (32 - shift);
    out[first + index] = (value & mask) >>> 0;
  }
}

/** Of at most 24 bits: with up to 7 that are left over they fit a word. */
function unpackNarrow(
  bytes: Uint8Array,
  start: number,
  bitWidth: number,
  out: Uint8Array | Uint32Array,
  first: number,
  count: number,
): void {
  const mask = (1 << bitWidth) - 1;
  const end = first + count;
  let offset = start;
  let word = 0;
  let bits = 0;
  for (let index = first; index < end; index++) {
    for (; bits < bitWidth; bits += 8) word |= bytes[offset++]! << bits;
    out[index] = word & mask;
    word >>>= bitWidth;
    bits -= bitWidth;
  }
}

function wordAt(bytes: Uint8Array, byte: number): number {
  if (byte + 4 <= bytes.length) {
    return bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
  }
  return bytes[byte]! | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
}

/** Whether the values are one run of `value`: what levels are like where nothing is null. */
export function isOneRunOf(
  value: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): boolean {
  const header = readHeader(bytes, start, end);
  return (
    header !== null && (header.word & 1) === 0 && header.word >>> 1 >= count && bytes[header.end] === value
  );
}

/** A number of which each byte but the last has its highest bit set; null where it has no end. */
function readHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly word: number; readonly end: number } | null {
  let word = 0;
  for (let offset = start, shift = 0; offset < end && shift < 35; shift += 7) {
    const byte = bytes[offset++]!;
    word |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { word: word >>> 0, end: offset };
  }
  return null;
}

/** Bits that hold every number from 0 to `max`. */
export function bitWidthOf(max: number): number {
  return 32 - Math.clz32(max);
}
