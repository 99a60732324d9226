import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type Action, encodeCommit } from './actions.ts';
import { commitsOf, versionAt } from './commit-times.ts';
import { commitPath } from './log-path.ts';

/** A log whose commit files were modified at `times` and hold one commitInfo each. */
async function logOf(times: readonly number[], infos: readonly Action[] = []): Promise<ObjectStore> {
  let modifiedAt = 0;
  const store = memoryObjectStore(() => modifiedAt);
  for (const [version, time] of times.entries()) {
    modifiedAt = time;
    await store.put(commitPath('t', version), encodeCommit([infos[version] ?? { commitInfo: {} }]));
  }
  return store;
}

const timesOf = async (store: ObjectStore) => (await commitsOf(store, 't')).map(({ timestamp }) => timestamp);

describe('the times of commits', () => {
  it('are those of their files', async () => {
    const store = await logOf([100, 250]);
    await store.put('t/_delta_log/00000000000000000001.crc', new Uint8Array());
    expect(await commitsOf(store, 't')).toEqual([
      { version: 0, timestamp: 100, path: commitPath('t', 0) },
      { version: 1, timestamp: 250, path: commitPath('t', 1) },
    ]);
  });

  it('ascend, though the files were copied in any order', async () => {
    expect(await timesOf(await logOf([500, 100, 501, 502, 900]))).toEqual([500, 501, 502, 503, 900]);
  });

  it('are in the commits from the version on that enabled it', async () => {
    const held = (inCommitTimestamp: number): Action => ({ commitInfo: { inCommitTimestamp } });
    const store = await logOf([100, 9_000, 9_001], [{ commitInfo: {} }, held(200), held(300)]);
    expect(await timesOf(store)).toEqual([100, 200, 300]);
  });

  it('are those of the files again where a table has stopped keeping its own', async () => {
    const store = await logOf([100, 200], [{ commitInfo: { inCommitTimestamp: 7 } }, { commitInfo: {} }]);
    expect(await timesOf(store)).toEqual([100, 200]);
  });
});

describe('the version at a time', () => {
  const commits = [100, 200, 300].map((timestamp, version) => ({ version, timestamp, path: '' }));

  it.each([
    [100, 0],
    [199, 0],
    [200, 1],
    [9_999, 2],
  ])('%i ms is %i', (timestamp, version) => {
    expect(versionAt(commits, timestamp, 0, 't')).toBe(version);
  });

  it('before the first that can be read is refused with the range there is', () => {
    expect(() => versionAt(commits, 150, 1, 't')).toThrow(
      'table t has no version as early as 1970-01-01T00:00:00.150Z; available are 1 of 1970-01-01T00:00:00.200Z to 2 of 1970-01-01T00:00:00.300Z',
    );
  });
});
