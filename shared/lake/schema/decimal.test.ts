import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, signedBigEndian, unscaledOf } from './decimal.ts';

describe('decimal text', () => {
  it.each([
    ['12.50', 2, 1250n],
    ['-0.05', 2, -5n],
    ['7', 2, 700n],
    ['1.5', 0, null],
    ['1.500', 1, 15n],
    ['1.55', 1, null],
    ['1e3', 2, null],
    ['', 2, null],
    ['.5', 2, null],
    ['NaN', 2, null],
    ['+1', 2, null],
  ])('%j at scale %i is %s unscaled', (text, scale, unscaled) => {
    expect(unscaledOf(text, scale)).toBe(unscaled);
  });

  it('comes back from its unscaled integer, of any size and sign', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 38n), 10n ** 38n),
        fc.integer({ min: 0, max: 38 }),
        (unscaled, scale) => {
          expect(unscaledOf(decimalText(unscaled, scale), scale)).toBe(unscaled);
        },
      ),
    );
  });
});

describe('a big-endian integer', () => {
  it.each([
    [[], 0n],
    [[0x7f], 127n],
    [[0xff], -1n],
    [[0x80, 0x00], -32768n],
    [[0x00, 0x80], 128n],
  ])('%j is %s', (bytes, value) => {
    expect(signedBigEndian(Uint8Array.from(bytes))).toBe(value);
  });
});
