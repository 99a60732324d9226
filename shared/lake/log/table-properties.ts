// https://docs.delta.io/latest/table-properties.html; intervals are written as Spark's CalendarInterval is.
import { PlatformError } from '../../errors.ts';
import type { Metadata } from './actions.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** For how long a removed data file stays in the store, so that readers and time travel find it. Milliseconds. */
export function deletedFileRetentionMs(metadata: Pick<Metadata, 'configuration'>): number {
  return intervalProperty(metadata, 'delta.deletedFileRetentionDuration', 7 * DAY_MS);
}

/** For how long the log keeps commits that a checkpoint has made dispensable. Milliseconds. */
export function logRetentionMs(metadata: Pick<Metadata, 'configuration'>): number {
  return intervalProperty(metadata, 'delta.logRetentionDuration', 30 * DAY_MS);
}

/** Whether writers may delete old commits at all. */
export function isLogCleanUpEnabled({ configuration }: Pick<Metadata, 'configuration'>): boolean {
  return configuration['delta.enableExpiredLogCleanup']?.toLowerCase() !== 'false';
}

/**
 * Up to which size files are joined, in bytes, where the table asks for one: merges rewrite whole files, so that those of a
 * table that is merged into had better stay small. Null: as the writer likes.
 */
export function targetFileBytes({ configuration }: Pick<Metadata, 'configuration'>): number | null {
  const text = configuration['delta.targetFileSize'];
  if (text === undefined) return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new PlatformError(
    'lake_property_invalid',
    `table property delta.targetFileSize is ${JSON.stringify(text)}, expected a number of bytes`,
  );
}

/** Milliseconds of `interval 1 day 6 hours`; null for what is no such text. Months and years have no fixed length. */
export function parseInterval(text: string): number | null {
  const words = text.trim().toLowerCase().split(/\s+/);
  if (words[0] === 'interval') words.shift();
  if (words.length === 0 || words.length % 2 !== 0) return null;
  let sum = 0;
  for (let index = 0; index < words.length; index += 2) {
    const amount = words[index] ?? '';
    const unit = UNIT_MS[(words[index + 1] ?? '').replace(/s$/, '')];
    if (!/^\d+$/.test(amount) || unit === undefined) return null;
    sum += Number(amount) * unit;
  }
  return Number.isSafeInteger(Math.floor(sum)) ? Math.floor(sum) : null;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  week: 7 * DAY_MS,
  day: DAY_MS,
  hour: HOUR_MS,
  minute: 60_000,
  second: 1_000,
  millisecond: 1,
  microsecond: 0.001,
};

function intervalProperty(
  { configuration }: Pick<Metadata, 'configuration'>,
  name: string,
  preset: number,
): number {
  const text = configuration[name];
  if (text === undefined) return preset;
  const interval = parseInterval(text);
  if (interval !== null) return interval;
  throw new PlatformError(
    'lake_property_invalid',
    `table property ${name} is ${JSON.stringify(text)}, expected an interval such as "interval 7 days"`,
  );
}
