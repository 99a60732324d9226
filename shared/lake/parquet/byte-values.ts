import type { ByteRanges } from './physical-values.ts';

/** Bytes that become text at once, of which values are cut: what a text that is kept keeps alive with it. */
const BLOCK_BYTES = 4096;

/** UTF-8 texts. A call for each would cost more than all else about them. */
export function textsOf({ bytes, starts, ends }: ByteRanges): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Array<string>(starts.length);
  let block = '';
  let blockStart = 0;
  let blockEnd = 0;
  let isAscii = true;
  for (let index = 0; index < texts.length; index++) {
    const start = starts[index]!;
    const end = ends[index]!;
    if (end > blockEnd || start < blockStart) {
      blockStart = start;
      blockEnd = Math.min(Math.max(end, start + BLOCK_BYTES), bytes.length);
      block = buffer.toString('utf8', blockStart, blockEnd);
      // Whatever takes several bytes yields fewer units than bytes.
      isAscii = block.length === blockEnd - blockStart;
    }
    texts[index] = isAscii
      ? block.substring(start - blockStart, end - blockStart)
      : buffer.toString('utf8', start, end);
  }
  return texts;
}

/** Views of the page, which is theirs alone. */
export function bytesOf({ bytes, starts, ends }: ByteRanges): Uint8Array[] {
  return Array.from(starts, (start, index) => bytes.subarray(start, ends[index]));
}
