import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timestampMicros, timestampMillis } from './timestamp.ts';

describe('a timestamp as Debezium writes it', () => {
  it.each([
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2026-11-22T10:00:00.500999Z', 1795341600500],
    ['9999-12-31T23:59:59.999999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ['10', null],
  ])('reads %s as %s whole milliseconds', (text, millis) => expect(timestampMillis(text)).toBe(millis));

  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['2026-11-22T10:00:00.5Z', 1795341600500000n],
    ['2026-11-22T10:00:00.000001Z', 1795341600000001n],
    ['2024-02-29T00:00:00Z', 1709164800000000n],
    ['0001-01-01T00:00:00Z', -62135596800000000n],
    ['9999-12-31T23:59:59.999999Z', 253402300799999999n],
  ])('%s is %s microseconds', (text, micros) => {
    expect(timestampMicros(text)).toBe(micros);
  });

  it.each([
    '2026-11-22T10:00:00',
    '2026-11-22T10:00:00+01:00',
    '2026-11-22 10:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T10:00:60Z',
    '2026-11-22T10:00:00.1234567Z',
    '0000-01-01T00:00:00Z',
    'infinity',
    '',
  ])('%j is none', (text) => {
    expect(timestampMicros(text)).toBeNull();
  });

  it('comes back from its microseconds', () => {
    fc.assert(
      fc.property(fc.bigInt(-62135596800000000n, 253402300799999999n), (micros) => {
        expect(timestampMicros(isoOfMicros(micros))).toBe(micros);
      }),
    );
  });
});

/** The inverse of `timestampMicros`, always with six fraction digits. */
function isoOfMicros(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((micros - fraction) / 1_000_000n);
  const text = new Date(seconds * 1000).toISOString();
  return `${text.slice(0, -5)}.${fraction.toString().padStart(6, '0')}Z`;
}
