import { isAscii } from 'node:buffer';
import { textsOf } from './byte-values.ts';
import type { ByteRanges } from './physical-values.ts';

/**
 * As `textsOf`, for texts that are all kept: they are cut from one text of the whole page, which is too large for the garbage
 * collector to move, where texts of their own would be copied twice by young collections.
 */
export function keptTextsOf(ranges: ByteRanges): string[] {
  const { bytes, starts, ends } = ranges;
  const page = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = Buffer.allocUnsafeSlow(bytes.byteLength);
  const cuts = new Uint32Array(starts.length + 1);
  for (let index = 0; index < starts.length; index++) {
    cuts[index + 1] = cuts[index]! + page.copy(packed, cuts[index], starts[index], ends[index]);
  }
  const packedBytes = packed.subarray(0, cuts[starts.length]);
  // Only of ASCII are units where the bytes were.
  if (!isAscii(packedBytes)) return textsOf(ranges);
  const whole = packedBytes.toString('latin1');
  const texts = new Array<string>(starts.length);
  for (let index = 0; index < texts.length; index++)
    texts[index] = whole.substring(cuts[index]!, cuts[index + 1]!);
  return texts;
}
