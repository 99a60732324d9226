import { describe, expect, it } from 'vitest';
import { epochMillis, parseMoney } from '../../../shared/domain/index.ts';
import { ago, amount, duration, percent, shortDay } from './format.ts';

describe('format', () => {
  it.each([
    ['0.00', '0.00'],
    ['999.99', '999.99'],
    ['1000.00', '1,000.00'],
    ['-1234567.05', '-1,234,567.05'],
    ['123456789012345.67', '123,456,789,012,345.67'],
  ])('groups the amount %s', (money, text) => {
    expect(amount(parseMoney(money))).toBe(text);
  });

  it.each([
    [240, '240 ms'],
    [21_000, '21 s'],
    [180_000, '3 min'],
    [7_200_000, '2 h'],
    [5 * 86_400_000, '5 days'],
  ])('says %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('does not say that something will have been, where clocks differ', () => {
    expect(ago(epochMillis(2000), epochMillis(1000))).toBe('0 ms ago');
  });

  it('shows small shares with a digit more', () => {
    expect([percent(0), percent(0.034), percent(0.34), percent(1)]).toEqual([
      '0 %',
      '3.4 %',
      '34 %',
      '100 %',
    ]);
  });

  it('reads a day as UTC', () => {
    expect(shortDay('2026-11-01')).toBe('1 Nov');
  });
});
