// Dates and times as the log writes them, in partition values and statistics; years have four digits.

/** Days since 1970 of `yyyy-MM-dd`; undefined where the text is no date. */
export function daysOfText(text: string): number | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? wholeOrUndefined(Date.parse(text) / 86_400_000) : undefined;
}

/**
 * Microseconds since 1970 UTC of `yyyy-MM-dd HH:mm:ss[.ffffff][zone]`, with `T` or a space in between and `Z` or an offset
 * such as `-08:00` as zone; UTC where no zone is named. Undefined where the text is no such time.
 */
export function microsOfText(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', sign, hours = '0', minutes = '0'] = match;
  const seconds = wholeOrUndefined(Date.parse(`${date}T${time}Z`) / 1000);
  if (seconds === undefined) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === '-' ? -1 : 1);
  return BigInt(seconds - offset) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** As `microsOfText`, and midnight of a date alone: what a column holds that was a `date` before it was widened. */
export function localMicrosOfText(text: string): bigint | undefined {
  const days = daysOfText(text);
  return days === undefined ? microsOfText(text) : BigInt(days) * 86_400_000_000n;
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

function wholeOrUndefined(value: number): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}
