import { expect, it } from 'vitest';
import { freshId } from './start-service.ts';

it('gives no identity that a command line would take for an option', () => {
  const drawn = [Buffer.alloc(16, 0xfb), Buffer.alloc(16, 0x01)];
  expect(drawn[0]?.toString('base64url')).toMatch(/^-/);
  expect(freshId(() => drawn.shift() ?? Buffer.alloc(16))).toBe(Buffer.alloc(16, 0x01).toString('base64url'));
});
