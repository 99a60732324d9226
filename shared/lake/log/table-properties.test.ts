import { describe, expect, it } from 'vitest';
import {
  deletedFileRetentionMs,
  isLogCleanUpEnabled,
  logRetentionMs,
  parseInterval,
  targetFileBytes,
} from './table-properties.ts';

const HOUR = 3_600_000;

describe('an interval', () => {
  it.each([
    ['interval 7 days', 168 * HOUR],
    ['interval 1 week', 168 * HOUR],
    ['INTERVAL 24 HOURS', 24 * HOUR],
    ['interval 1 day 6 hours', 30 * HOUR],
    ['  30 minutes ', HOUR / 2],
    ['interval 0 hours', 0],
    ['interval 1500 milliseconds', 1_500],
    ['interval 2500 microseconds', 2],
  ])('%j is %i ms', (text, ms) => {
    expect(parseInterval(text)).toBe(ms);
  });

  it.each([
    '',
    'interval',
    '7',
    'interval 1 month',
    'interval -1 days',
    'interval 1.5 days',
    'days 7',
    '1 day 2',
  ])('%j is none', (text) => {
    expect(parseInterval(text)).toBeNull();
  });
});

describe('retention', () => {
  it('is a week of files and thirty days of log where the table says nothing', () => {
    expect(deletedFileRetentionMs({ configuration: {} })).toBe(168 * HOUR);
    expect(logRetentionMs({ configuration: {} })).toBe(720 * HOUR);
    expect(isLogCleanUpEnabled({ configuration: {} })).toBe(true);
  });

  it('is what the table says', () => {
    const configuration = {
      'delta.deletedFileRetentionDuration': 'interval 30 hours',
      'delta.logRetentionDuration': 'interval 2 days',
      'delta.enableExpiredLogCleanup': 'False',
    };
    expect(deletedFileRetentionMs({ configuration })).toBe(30 * HOUR);
    expect(logRetentionMs({ configuration })).toBe(48 * HOUR);
    expect(isLogCleanUpEnabled({ configuration })).toBe(false);
  });

  it('that cannot be read is refused by name, instead of guessed', () => {
    const configuration = { 'delta.logRetentionDuration': 'a while' };
    expect(() => logRetentionMs({ configuration })).toThrow('delta.logRetentionDuration is "a while"');
  });
});

describe('the size of files', () => {
  it('is what the table asks for, or any', () => {
    expect(targetFileBytes({ configuration: { 'delta.targetFileSize': '4194304' } })).toBe(4_194_304);
    expect(targetFileBytes({ configuration: {} })).toBeNull();
  });

  it.each(['0', '4mb', '-1', ''])('is refused as %j', (text) => {
    expect(() => targetFileBytes({ configuration: { 'delta.targetFileSize': text } })).toThrow(
      'a number of bytes',
    );
  });
});
