import { type EpochMillis, epochMillis } from './ids.ts';

const DAYS_PER_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Microseconds since 1970 UTC of text such as `2026-11-22T10:00:00.500000Z`, as Debezium writes a timestamptz: UTC, zero
 * to six fraction digits, years 0001 to 9999. Null for anything else, a day that does not exist included.
 */
export function timestampMicros(text: string): bigint | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z$/.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  // Date.UTC takes years below 100 for those of the twentieth century.
  const days = new Date(Date.UTC(2000, month - 1, day)).setUTCFullYear(year, month - 1, day) / 86_400_000;
  const micros = Number((match[7] ?? '').padEnd(6, '0'));
  // Seconds since 1970 stay below 2^38, so their product with a million would pass 2^53: the rest is done in bigint.
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
  return BigInt(seconds) * 1_000_000n + BigInt(micros);
}

/** The same in whole milliseconds, rounded down. */
export function timestampMillis(text: string): EpochMillis | null {
  const micros = timestampMicros(text);
  return micros === null
    ? null
    : epochMillis(Number((micros - (((micros % 1_000n) + 1_000n) % 1_000n)) / 1_000n));
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS_PER_MONTH[month - 1] ?? 0);
}
