// Compression of pages: https://github.com/apache/parquet-format/blob/master/Compression.md
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Decompression of every codec of Parquet but LZO; native where Node has it, compiled to WebAssembly or in JavaScript where not. */
export const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (input) => plain(gunzipSync(input)),
  BROTLI: (input) => plain(brotliDecompressSync(input)),
};

/** The bytes of a Buffer, whose `slice` is no copy. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
