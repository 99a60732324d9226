/**
 * Dates, times and intervals in Postgres' text form (DateStyle ISO, IntervalStyle postgres, TimeZone UTC) to the
 * numbers and texts of Debezium with `time.precision.mode=adaptive` and `interval.handling.mode=numeric`.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-temporal-types
 */
import { PlatformError } from '../errors.ts';

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400_000_000n;
/** Debezium counts a month as 365.25 / 12 days. */
const MICROS_PER_MONTH = 2_629_800_000_000n;

/** Days since 1970-01-01; the infinities as the driver's own constants come out of Debezium's int32. */
export function epochDays(text: string): string {
  if (text === 'infinity') {
    return '2146033979';
  }
  if (text === '-infinity') {
    return '-2147472691';
  }
  const match = DATE.exec(text) ?? fail('date', text);
  return String(daysOf(match));
}

/** Microseconds since midnight; 24:00:00 is 86400000000. */
export function microsOfDay(text: string): bigint {
  const match = TIME.exec(text) ?? fail('time', text);
  return timeMicros(match, 1);
}

/** Time of day with offset, moved to UTC: `08:20:30.5Z`. */
export function utcTime(text: string): string {
  if (text.startsWith('24:00:00+00')) {
    return '24:00:00Z';
  }
  const match = TIME_TZ.exec(text) ?? fail('time with time zone', text);
  const micros = timeMicros(match, 1) - offsetMicros(match, 5);
  return `${timeText(((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY, 'shortest')}Z`;
}

/**
 * Microseconds since 1970-01-01 of a timestamp without time zone, read as UTC; null for both infinities. Beyond the year
 * 294247 Debezium's whole seconds saturate at the end of int64, and the fraction then overflows it.
 */
export function epochMicros(text: string): bigint | null {
  if (text === 'infinity' || text === '-infinity') {
    return null;
  }
  const match = TIMESTAMP.exec(text) ?? fail('timestamp', text);
  const clock = timeMicros(match, 4);
  const fraction = clock % MICROS_PER_SECOND;
  const whole = BigInt(daysOf(match, 8)) * MICROS_PER_DAY + clock - fraction;
  return BigInt.asIntN(64, saturate(whole) + fraction);
}

/** `2026-11-01T08:20:30.123456Z` with `digits` digits of the second (0: as many as needed), or the infinities by name. */
export function utcInstant(text: string, digits: number): string {
  if (text === 'infinity' || text === '-infinity') {
    return text;
  }
  const utc = digits === 6 ? UTC_MICROS.exec(text) : null;
  if (utc !== null) {
    return `${utc[1]}T${utc[2]}.${(utc[3] ?? '').padEnd(6, '0')}Z`;
  }
  const match = TIMESTAMP_TZ.exec(text) ?? fail('timestamp with time zone', text);
  const micros = BigInt(daysOf(match, 12)) * MICROS_PER_DAY + timeMicros(match, 4) - offsetMicros(match, 8);
  const days = floorDivide(micros, MICROS_PER_DAY);
  const time = timeText(micros - days * MICROS_PER_DAY, digits === 0 ? 'shortest' : digits);
  return `${dateText(Number(days))}T${time}Z`;
}

/** `1 year 2 mons -3 days +04:05:06.7` in microseconds, a month being 30.4375 days; Debezium writes 0 for the infinities. */
export function intervalMicros(text: string): bigint {
  if (text === 'infinity' || text === '-infinity') {
    return 0n;
  }
  const match = INTERVAL.exec(text) ?? fail('interval', text);
  const [, years = '0', months = '0', days = '0', sign = '', hours = '0', minutes = '0', seconds = '0'] =
    match;
  const clock = timeMicros([hours, minutes, seconds, match[8] ?? ''], 0);
  return saturate(
    (BigInt(years) * 12n + BigInt(months)) * MICROS_PER_MONTH +
      BigInt(days) * MICROS_PER_DAY +
      (sign === '-' ? -clock : clock),
  );
}

const DATE_PART = '(\\d{4,})-(\\d\\d)-(\\d\\d)';
const TIME_PART = '(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?';
const OFFSET_PART = '([+-])(\\d\\d)(?::(\\d\\d))?(?::(\\d\\d))?';
const DATE = new RegExp(`^${DATE_PART}( BC)?$`);
const TIME = new RegExp(`^${TIME_PART}$`);
const TIME_TZ = new RegExp(`^${TIME_PART}${OFFSET_PART}$`);
const TIMESTAMP = new RegExp(`^${DATE_PART} ${TIME_PART}( BC)?$`);
const TIMESTAMP_TZ = new RegExp(`^${DATE_PART} ${TIME_PART}${OFFSET_PART}( BC)?$`);
/** By far the most frequent form: years 0001 to 9999 in UTC, which need no calendar. */
const UTC_MICROS = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;
const INTERVAL =
  /^(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

type Match = readonly (string | undefined)[];

/** Days since 1970-01-01 of the date in groups 1 to 3; group `era` tells BC, whose year 1 is astronomical year 0. */
function daysOf(match: Match, era = 4): number {
  const year = match[era] === undefined ? Number(match[1]) : 1 - Number(match[1]);
  return daysFromCivil(year, Number(match[2]), Number(match[3]));
}

/**
 * JavaScript's Date ends in the year 275760, Postgres' in 5874897.
 * https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function timeMicros(match: Match, at: number): bigint {
  const seconds =
    BigInt(match[at] ?? '0') * 3600n + BigInt(match[at + 1] ?? '0') * 60n + BigInt(match[at + 2] ?? '0');
  return seconds * MICROS_PER_SECOND + BigInt((match[at + 3] ?? '').padEnd(6, '0'));
}

function offsetMicros(match: Match, at: number): bigint {
  const seconds =
    Number(match[at + 1]) * 3600 + Number(match[at + 2] ?? '0') * 60 + Number(match[at + 3] ?? '0');
  return BigInt(match[at] === '-' ? -seconds : seconds) * MICROS_PER_SECOND;
}

function timeText(micros: bigint, digits: number | 'shortest'): string {
  const seconds = Number(micros / MICROS_PER_SECOND);
  const fraction = (micros % MICROS_PER_SECOND).toString().padStart(6, '0');
  const shown = digits === 'shortest' ? fraction.replace(/0+$/, '') : fraction.slice(0, digits);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.floor(part)).padStart(2, '0'),
  );
  return shown === '' ? clock.join(':') : `${clock.join(':')}.${shown}`;
}

/** As Java prints it: four digits, a sign before years beyond them, `-0043` for 44 BC. */
function dateText(days: number): string {
  const { year, month, day } = civilOf(days);
  const digits = String(Math.abs(year)).padStart(4, '0');
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${digits}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function civilOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

const INT64_MAX = 2n ** 63n - 1n;

function saturate(value: bigint): bigint {
  if (value > INT64_MAX) {
    return INT64_MAX;
  }
  return value < -INT64_MAX - 1n ? -INT64_MAX - 1n : value;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function fail(type: string, text: string): never {
  throw new PlatformError('invalid_value', `not a ${type} as postgres writes it: ${JSON.stringify(text)}`);
}
