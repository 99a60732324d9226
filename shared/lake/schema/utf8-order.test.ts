import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareUtf8 } from './utf8-order.ts';

it('orders any two strings as their UTF-8 bytes do', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 });
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(Math.sign(compareUtf8(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
    { numRuns: 500 },
  );
});

it('puts emoji behind U+FFFD, where UTF-16 order has it before', () => {
  expect('😀' < '\ufffd').toBe(true);
  expect(compareUtf8('😀', '\ufffd')).toBeGreaterThan(0);
});
