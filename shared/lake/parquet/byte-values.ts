import type { ByteRanges } from './physical-values.ts';

/** Bytes that become text at once, of which values are cut: what a text that is kept keeps alive with it. */
const BLOCK_BYTES = 4096;
/** From here on a text is worth a call of its own; and its length, which lies before it in the page, is no ASCII byte. */
const LONG_BYTES = 128;

/** UTF-8 texts, of ascending ranges. A call for each would cost more than all else about them. */
export function textsOf({ bytes, starts, ends }: ByteRanges): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Array<string>(starts.length);
  for (let index = 0; index < texts.length; ) {
    const blockStart = starts[index]!;
    let last = index;
    while (
      last < texts.length &&
      ends[last]! - starts[last]! < LONG_BYTES &&
      ends[last]! - blockStart <= BLOCK_BYTES
    ) {
      last++;
    }
    if (last === index) {
      texts[index] = buffer.toString('utf8', blockStart, ends[index++]!);
      continue;
    }
    const blockEnd = ends[last - 1]!;
    const block = buffer.toString('utf8', blockStart, blockEnd);
    // Whatever takes several bytes yields fewer units than bytes.
    const isAscii = block.length === blockEnd - blockStart;
    for (; index < last; index++) {
      texts[index] = isAscii
        ? block.substring(starts[index]! - blockStart, ends[index]! - blockStart)
        : buffer.toString('utf8', starts[index], ends[index]);
    }
  }
  return texts;
}

/** Views of the page, which is theirs alone. */
export function bytesOf({ bytes, starts, ends }: ByteRanges): Uint8Array[] {
  return Array.from(starts, (start, index) => bytes.subarray(start, ends[index]));
}
