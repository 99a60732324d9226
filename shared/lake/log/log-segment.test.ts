import { describe, expect, it } from 'vitest';
import { checkpointPath, commitPath, parseLogPath } from './log-path.ts';
import { type LogSegment, logFilesOf, oldestReadable, planLogSegment } from './log-segment.ts';

const commits = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => commitPath('t', from + index));

const segmentOf = (paths: readonly string[], version?: number): LogSegment | null =>
  planLogSegment(logFilesOf(paths), 't', version);

const V2 = 't/_delta_log/00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet';

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
      { kind: 'checkpoint', version: 10, part: 1, parts: 1 },
    ],
    [V2, { kind: 'checkpoint', version: 2, part: 1, parts: 1 }],
    ['t/_delta_log/_sidecars/00000000000000000002.json', null],
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
    expect(segmentOf(commits(0, 2))).toEqual({
      version: 2,
      checkpoint: null,
      commits: [0, 1, 2].map((version) => ({ version, path: commitPath('t', version) })),
    });
  });

  it('are the newest checkpoint and what follows it', () => {
    const paths = [...commits(0, 12), checkpointPath('t', 5), checkpointPath('t', 10)];
    const segment = segmentOf(paths);
    expect(segment?.checkpoint?.version).toBe(10);
    expect(segment?.commits.map((commit) => commit.version)).toEqual([11, 12]);
  });

  it('are an older checkpoint where an older version is asked for', () => {
    const paths = [...commits(0, 12), checkpointPath('t', 5), checkpointPath('t', 10)];
    const segment = segmentOf(paths, 7);
    expect(segment?.version).toBe(7);
    expect(segment?.checkpoint?.version).toBe(5);
  });

  it('skip a checkpoint of several parts that lacks one', () => {
    const part = (n: number) =>
      `t/_delta_log/00000000000000000004.checkpoint.000000000${n}.0000000002.parquet`;
    expect(segmentOf([...commits(0, 4), part(1)])?.checkpoint).toBeNull();
    expect(segmentOf([...commits(0, 4), part(1), part(2)])?.checkpoint).toEqual({
      version: 4,
      paths: [part(1), part(2)],
    });
  });

  it('are a checkpoint alone where older and newer commits were cleaned up', () => {
    expect(segmentOf([checkpointPath('t', 10)])).toMatchObject({ version: 10, commits: [] });
  });

  it('do not exist in an empty folder', () => {
    expect(segmentOf(['t/_delta_log/_last_checkpoint'])).toBeNull();
  });

  it.each([
    ['a gap', [commitPath('t', 0), commitPath('t', 2)], 'lacks version 1'],
    ['a missing beginning', commits(3, 5), 'lacks version 0'],
    ['a gap behind the checkpoint', [checkpointPath('t', 3), commitPath('t', 5)], 'lacks version 4'],
  ])('are refused with %s', (_, paths, message) => {
    expect(() => segmentOf(paths)).toThrow(message);
  });

  it('are a V2 checkpoint and what follows it', () => {
    expect(segmentOf([V2, ...commits(3, 4)])).toMatchObject({
      version: 4,
      checkpoint: { version: 2, paths: [V2] },
      commits: [{ version: 3 }, { version: 4 }],
    });
  });

  it('are one of several checkpoints of a version, never all of them', () => {
    const part = 't/_delta_log/00000000000000000002.checkpoint.0000000001.0000000001.parquet';
    const other = V2.replace('.parquet', '.json');
    const paths = segmentOf([checkpointPath('t', 2), V2, other, part])?.checkpoint?.paths;
    expect(paths).toEqual([checkpointPath('t', 2)]);
  });

  it('do not come from a file that merges commits, which is no commit of its own', () => {
    const compacted = 't/_delta_log/00000000000000000001.00000000000000000002.compacted.json';
    expect(segmentOf([...commits(0, 2), compacted])?.commits).toHaveLength(3);
  });

  it('are refused for a version that is not there, with those that are', () => {
    expect(() => segmentOf(commits(0, 2), 5)).toThrow('no version 5, available are 0 to 2');
    const cleaned = [checkpointPath('t', 10), ...commits(8, 12)];
    expect(() => segmentOf(cleaned, 9)).toThrow('no version 9, available are 10 to 12');
    expect(segmentOf(cleaned, 11)).toMatchObject({ version: 11, checkpoint: { version: 10 } });
  });
});

describe('the oldest version that can be loaded', () => {
  it.each([
    ['is the first while its commit is there', [...commits(0, 3), checkpointPath('t', 2)], 0],
    ['is that of the oldest checkpoint after clean-up', [...commits(2, 9), checkpointPath('t', 8), V2], 2],
    ['is none where nothing leads to any', commits(3, 5), null],
  ])('%s', (_, paths, expected) => {
    expect(oldestReadable(logFilesOf(paths))).toBe(expected);
  });
});
