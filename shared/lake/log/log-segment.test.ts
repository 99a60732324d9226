import { describe, expect, it } from 'vitest';
import { checkpointPath, commitPath, parseLogPath } from './log-path.ts';
import { planLogSegment } from './log-segment.ts';

const commits = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => commitPath('t', from + index));

describe('log paths', () => {
  it.each([
    [commitPath('raw/orders', 7), { kind: 'commit', version: 7 }],
    [checkpointPath('', 20), { kind: 'checkpoint', version: 20, part: 1, parts: 1 }],
    [
      't/_delta_log/00000000000000000010.checkpoint.0000000002.0000000003.parquet',
      { kind: 'checkpoint', version: 10, part: 2, parts: 3 },
    ],
    [
      '00000000000000000010.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json',
      { kind: 'v2-checkpoint', version: 10 },
    ],
    ['t/_delta_log/_last_checkpoint', null],
    ['t/_delta_log/00000000000000000010.crc', null],
    ['t/_delta_log/00000000000000000001.00000000000000000005.compacted.json', null],
    ['t/_delta_log/7.json', null],
    ['t/_delta_log/00000000000000000010.json.tmp', null],
  ])('%s', (path, expected) => {
    expect(parseLogPath(path)).toEqual(expected);
  });

  it('sort as versions do', () => {
    expect(commitPath('t', 9) < commitPath('t', 10)).toBe(true);
    expect(commitPath('t', 7)).toBe('t/_delta_log/00000000000000000007.json');
  });
});

describe('the files of a version', () => {
  it('are all commits where there is no checkpoint', () => {
    expect(planLogSegment(commits(0, 2), 't')).toEqual({
      version: 2,
      checkpoint: null,
      commits: [0, 1, 2].map((version) => ({ version, path: commitPath('t', version) })),
    });
  });

  it('are the newest checkpoint and what follows it', () => {
    const paths = [...commits(0, 12), checkpointPath('t', 5), checkpointPath('t', 10)];
    const segment = planLogSegment(paths, 't');
    expect(segment?.checkpoint?.version).toBe(10);
    expect(segment?.commits.map((commit) => commit.version)).toEqual([11, 12]);
  });

  it('are an older checkpoint where an older version is asked for', () => {
    const paths = [...commits(0, 12), checkpointPath('t', 5), checkpointPath('t', 10)];
    const segment = planLogSegment(paths, 't', 7);
    expect(segment?.version).toBe(7);
    expect(segment?.checkpoint?.version).toBe(5);
  });

  it('skip a checkpoint of several parts that lacks one', () => {
    const part = (n: number) =>
      `t/_delta_log/00000000000000000004.checkpoint.000000000${n}.0000000002.parquet`;
    expect(planLogSegment([...commits(0, 4), part(1)], 't')?.checkpoint).toBeNull();
    expect(planLogSegment([...commits(0, 4), part(1), part(2)], 't')?.checkpoint).toEqual({
      version: 4,
      paths: [part(1), part(2)],
    });
  });

  it('are a checkpoint alone where older and newer commits were cleaned up', () => {
    expect(planLogSegment([checkpointPath('t', 10)], 't')).toMatchObject({ version: 10, commits: [] });
  });

  it('do not exist in an empty folder', () => {
    expect(planLogSegment(['t/_delta_log/_last_checkpoint'], 't')).toBeNull();
  });

  it.each([
    ['a gap', [commitPath('t', 0), commitPath('t', 2)], 'lacks version 1'],
    ['a missing beginning', commits(3, 5), 'lacks version 0'],
    ['a gap behind the checkpoint', [checkpointPath('t', 3), commitPath('t', 5)], 'lacks version 4'],
  ])('are refused with %s', (_, paths, message) => {
    expect(() => planLogSegment(paths, 't')).toThrow(message);
  });

  it('are refused by name where only a V2 checkpoint leads to them', () => {
    const v2 = 't/_delta_log/00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet';
    expect(() => planLogSegment([v2, ...commits(3, 4)], 't')).toThrow('V2 checkpoints are not supported');
    expect(() => planLogSegment([v2], 't')).toThrow('V2 checkpoints are not supported');
  });

  it('are refused for a version that is not there', () => {
    expect(() => planLogSegment(commits(0, 2), 't', 5)).toThrow('no version 5, newest is 2');
  });
});
