import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptTextsOf } from './kept-texts.ts';

/** As a page has them: each behind four bytes that are no part of it. */
function rangesOf(texts: readonly string[]) {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, each) => sum + 4 + each.length, 0)).fill(0xa4);
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let offset = 0;
  for (const [index, each] of encoded.entries()) {
    starts[index] = offset + 4;
    bytes.set(each, offset + 4);
    offset += 4 + each.length;
    ends[index] = offset;
  }
  return { bytes, starts, ends };
}

it('gives every text of a page, be they ASCII all or not', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });
  fc.assert(
    fc.property(fc.oneof(fc.array(ascii), fc.array(anyText)), (texts) => {
      expect(keptTextsOf(rangesOf(texts))).toEqual(texts);
    }),
  );
});
