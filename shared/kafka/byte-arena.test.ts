import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteArena } from './byte-arena.ts';

describe('a byte arena', () => {
  it('keeps every piece as it was written, whatever comes after it', () => {
    const piece = fc.oneof(
      fc.record({
        encoding: fc.constant('utf8' as const),
        text: fc.string({ unit: 'binary', maxLength: 40 }),
      }),
      fc.record({ encoding: fc.constant('base64' as const), text: fc.base64String({ maxLength: 40 }) }),
      fc.record({ encoding: fc.constant('utf8' as const), text: fc.constant('é'.repeat(100_000)) }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const arena = new ByteArena();
        const written = pieces.map(({ encoding, text }) => arena[encoding](text));
        expect(written.map((bytes) => bytes.toString('hex'))).toEqual(
          pieces.map(({ encoding, text }) => Buffer.from(text, encoding).toString('hex')),
        );
      }),
    );
  });

  it('puts short texts into one block', () => {
    const arena = new ByteArena();
    expect(arena.utf8('a').buffer).toBe(arena.base64('YQ==').buffer);
  });
});
