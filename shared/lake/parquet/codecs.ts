// Compression of pages: https://github.com/apache/parquet-format/blob/master/Compression.md
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Decompression of every codec of Parquet but LZO; native where Node has it, compiled to WebAssembly or in JavaScript where not. */
export const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};
