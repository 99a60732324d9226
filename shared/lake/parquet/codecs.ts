// Compression of pages: https://github.com/apache/parquet-format/blob/master/Compression.md
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Decompression of every codec of Parquet but LZO; native where Node has it, compiled to WebAssembly or in JavaScript where not. */
export const COMPRESSORS: Compressors = {
  ...compressors,
  SNAPPY: (input, length) => {
    requireSnappyLength(input, length);
    return compressors.SNAPPY!(input, length);
  },
  GZIP: (input) => plain(gunzipSync(input)),
  BROTLI: (input) => plain(brotliDecompressSync(input)),
};

/** What the block itself begins with, checked before memory is taken for what a damaged header says. */
function requireSnappyLength(input: Uint8Array, length: number): void {
  let stated = 0;
  for (let index = 0, factor = 1; index < 5; index++, factor *= 128) {
    const byte = input[index] ?? 0;
    stated += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  if (stated !== length) throw new RangeError(`a page has ${stated} bytes, its header tells ${length}`);
}

/** The bytes of a Buffer, whose `slice` is no copy. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
