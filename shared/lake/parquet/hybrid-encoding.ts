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
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (offset >= end) throw new RangeError(`${filled} of ${count} values are there`);
      const byte = bytes[offset++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    header >>>= 0;
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

function wordAt(bytes: Uint8Array, byte: number): number {
  if (byte + 4 <= bytes.length) {
    return bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
  }
  return bytes[byte]! | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
}

/** Bits that hold every number from 0 to `max`. */
export function bitWidthOf(max: number): number {
  return 32 - Math.clz32(max);
}
