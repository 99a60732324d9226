import { describe, expect, it } from 'vitest';
import type { CommitFile } from '../log/commit-times.ts';
import { planLogCleanUp } from './log-clean-up-plan.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LOG = 't/_delta_log';
const UUID = '80a083e8-7026-4e79-81be-64bd76c43a11';

const name = (version: number, suffix: string) => `${LOG}/${String(version).padStart(20, '0')}.${suffix}`;
const json = (version: number) => name(version, 'json');
const checkpoint = (version: number) => name(version, 'checkpoint.parquet');

/** One commit a day at noon, from day 0 on, in a log with these other files. */
function plan(days: number, others: readonly string[], request: { now: number; retentionMs: number }) {
  const commits: CommitFile[] = Array.from({ length: days }, (_, version) => ({
    version,
    timestamp: version * DAY + DAY / 2,
    path: json(version),
  }));
  const paths = [...commits.map(({ path }) => path), ...others, `${LOG}/_last_checkpoint`].sort();
  return planLogCleanUp(paths, commits, request);
}

describe('the plan of a log clean-up', () => {
  it('keeps the newest checkpoint that is old enough, with the json of its version, and all that follows', () => {
    const others = [checkpoint(2), checkpoint(4), checkpoint(6), name(3, 'crc')];
    expect(plan(9, others, { now: 8 * DAY, retentionMs: 3 * DAY })).toEqual({
      keepFrom: 4,
      expired: [[checkpoint(2)], [json(0)], [json(1), json(2), json(3), name(3, 'crc')]],
    });
  });

  it('cuts at midnight, and at the full hour where less than a day is kept', () => {
    const others = [checkpoint(4), checkpoint(5)];
    // Version 5 is of noon of day 5.
    const at = (now: number, retentionMs: number) => plan(9, others, { now, retentionMs }).keepFrom;
    expect(at(6.9 * DAY, DAY)).toBe(4);
    expect(at(7 * DAY, DAY)).toBe(5);
    expect(at(5.5 * DAY + 6 * HOUR - 1, 6 * HOUR)).toBe(4);
    expect(at(5.5 * DAY + 6 * HOUR, 6 * HOUR)).toBe(5);
  });

  it.each([
    ['no commit is old enough', 9, [checkpoint(2)], { now: 8 * DAY, retentionMs: 30 * DAY }],
    ['there is no checkpoint', 9, [], { now: 8 * DAY, retentionMs: DAY }],
    ['the checkpoints are too young', 9, [checkpoint(8)], { now: 8 * DAY, retentionMs: 3 * DAY }],
    ['a part of the checkpoint is missing', 9, [name(4, partOf(1, 2))], { now: 8 * DAY, retentionMs: DAY }],
  ])('deletes nothing where %s', (_, days, others, request) => {
    expect(plan(days, others, request)).toEqual({ keepFrom: null, expired: [] });
  });

  it('deletes every kind of file that is bound to an older version, and nothing else', () => {
    const old = [
      name(1, partOf(1, 2)),
      name(1, partOf(2, 2)),
      name(2, `checkpoint.${UUID}.json`),
      name(2, 'crc'),
    ];
    const compacted = `${LOG}/${'0'.repeat(20)}.${'3'.padStart(20, '0')}.compacted.json`;
    const spanning = `${LOG}/${'3'.padStart(20, '0')}.${'6'.padStart(20, '0')}.compacted.json`;
    const kept = [
      name(4, partOf(1, 2)),
      name(4, partOf(2, 2)),
      spanning,
      `${LOG}/_sidecars/${UUID}.parquet`,
      name(1, 'txt'),
    ];
    const { keepFrom, expired } = plan(7, [...old, compacted, ...kept], { now: 20 * DAY, retentionMs: DAY });
    expect(keepFrom).toBe(4);
    expect(expired.flat().sort()).toEqual([json(0), json(1), json(2), json(3), ...old, compacted].sort());
  });
});

function partOf(part: number, parts: number): string {
  return `checkpoint.${String(part).padStart(10, '0')}.${String(parts).padStart(10, '0')}.parquet`;
}
