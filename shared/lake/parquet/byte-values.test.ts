import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textsOf } from './byte-values.ts';
import { decodePlain } from './physical-values.ts';

it('texts of a page are what was written, however long and of whatever characters', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\ufeff', '\0'), maxLength: 12 });
  const long = fc.tuple(fc.nat(6000), fc.constantFrom('x', 'é')).map(([length, unit]) => unit.repeat(length));
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 140 });
  fc.assert(
    fc.property(fc.array(fc.oneof(short, ascii, { arbitrary: long, weight: 1 })), (texts) => {
      const page = Buffer.concat(
        texts.flatMap((text) => {
          const bytes = Buffer.from(text);
          const length = Buffer.alloc(4);
          length.writeUInt32LE(bytes.length);
          return [length, bytes];
        }),
      );
      const values = decodePlain(Uint8Array.from(page), { name: 'c', type: 'BYTE_ARRAY' }, texts.length);
      expect(textsOf(values as Parameters<typeof textsOf>[0])).toEqual(texts);
    }),
    { numRuns: 300 },
  );
});
