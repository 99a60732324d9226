export interface SqlTime {
  /** Microseconds since 1970; UTC where the text names no zone. */
  readonly micros: bigint;
  readonly hasZone: boolean;
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** A date or a time as SQL writes it, to the microsecond; null for whatever else, and for a day that does not exist. */
export function parseSqlTime(text: string): SqlTime | null {
  const match = TIME.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCFullYear() !== Number(year)) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second) - zoneSeconds(zone);
  const micros =
    (BigInt(date.getTime()) + BigInt(seconds) * 1_000n) * 1_000n + BigInt(fraction.padEnd(6, '0'));
  return { micros, hasZone: zone !== undefined };
}

/** Days since 1970 of `2026-11-23`; null for whatever else. */
export function parseSqlDate(text: string): number | null {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? parseSqlTime(text) : null;
  return time === null ? null : Number(time.micros / 86_400_000_000n);
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const seconds = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}
