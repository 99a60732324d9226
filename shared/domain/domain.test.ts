import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centsOf,
  epochMillis,
  MINUTE_MS,
  moneyOfCents,
  parseMoney,
  rowVersion,
  userId,
  windowStart,
} from './index.ts';

describe('money', () => {
  it('is exact in both directions for any amount of cents', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (cents) => {
        expect(centsOf(moneyOfCents(cents))).toBe(cents);
      }),
    );
  });

  it.each([
    ['12.5', '12.50'],
    ['-0.05', '-0.05'],
    ['7', '7.00'],
    ['-0', '0.00'],
  ])('reads %s as %s', (text, money) => {
    expect(parseMoney(text)).toBe(money);
  });

  it.each(['', '1,50', '1.234', 'NaN', '1e3', 12.5, null])('refuses %j by name', (text) => {
    expect(() => parseMoney(text)).toThrow('decimal text such as "12.50"');
  });
});

describe('ids', () => {
  it.each([0, -1, 1.5, 2 ** 31, '7', null, Number.NaN])('refuses %j and names the field', (value) => {
    expect(() => userId(value)).toThrow('user_id must be an integer from 1 to 2147483647');
  });
});

describe('windowStart', () => {
  it('holds its time in [start, start + size), before 1970 too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 4 * 10 ** 12 }), (at) => {
        const start = windowStart(epochMillis(at));
        expect(start <= at && at < start + MINUTE_MS).toBe(true);
        expect(Math.abs(start % MINUTE_MS)).toBe(0);
      }),
    );
  });
});

describe('rowVersion', () => {
  it('lets a streamed change win over a snapshot read at the same position', () => {
    expect(rowVersion({ lsn: 10n, op: 'u' })).toBeGreaterThan(rowVersion({ lsn: 10n, op: 'r' }));
    expect(rowVersion({ lsn: 11n, op: 'r' })).toBeGreaterThan(rowVersion({ lsn: 10n, op: 'd' }));
  });
});
