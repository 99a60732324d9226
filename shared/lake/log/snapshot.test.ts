import { describe, expect, it } from 'vitest';
import { schemaString } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ORDERS } from '../testing.ts';
import { type Action, type AddFile, type DeletionVector, encodeCommit, fileKey } from './actions.ts';
import { commitPath } from './log-path.ts';
import { loadSnapshot, refreshSnapshot } from './log-reader.ts';
import { nextSnapshot, rowCount, type Snapshot } from './snapshot.ts';

const DAY_MS = 86_400_000;
const CREATION: Action[] = [
  { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] } },
  {
    metaData: {
      id: '5c2b6a0e-1b8f-4a59-9b3a-0c9a5a3d7f10',
      format: { provider: 'parquet', options: {} },
      schemaString: schemaString(ORDERS),
      partitionColumns: [],
      configuration: { 'delta.deletedFileRetentionDuration': 'interval 2 days' },
    },
  },
];

const vector = (offset: number): DeletionVector => ({
  storageType: 'u',
  pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
  offset,
  sizeInBytes: 36,
  cardinality: 1,
});

function add(path: string, deletionVector?: DeletionVector): Action {
  const file = { path, partitionValues: {}, size: 1, modificationTime: 0, dataChange: true };
  return { add: deletionVector === undefined ? file : { ...file, deletionVector } };
}

function remove(path: string, deletionTimestamp: number, deletionVector?: DeletionVector): Action {
  const file = { path, dataChange: true, deletionTimestamp };
  return { remove: deletionVector === undefined ? file : { ...file, deletionVector } };
}

/** The last version of a log of these commits, by replay and, which must not differ, by following it commit by commit. */
async function replayed(...commits: readonly (readonly Action[])[]): Promise<Snapshot> {
  const store = await logOf(CREATION, ...commits);
  const snapshot = await loadSnapshot(store, 't');
  const first = await loadSnapshot(store, 't', { version: 0 });
  const followed = commits.reduce(nextSnapshot, first);
  expect(keysOf(followed)).toEqual(keysOf(snapshot));
  expect(await refreshSnapshot(store, first).then(keysOf)).toEqual(keysOf(snapshot));
  return snapshot;
}

async function logOf(...commits: readonly (readonly Action[])[]): Promise<ObjectStore> {
  let time = 0;
  const store = memoryObjectStore(() => time);
  for (const [version, actions] of commits.entries()) {
    time = 1000 * version;
    await store.put(commitPath('t', version), encodeCommit(actions));
  }
  return store;
}

const keysOf = (snapshot: Snapshot): string[] => [...snapshot.files].map(fileKey).sort();
const vectorsOf = (snapshot: Snapshot): Pick<AddFile, 'path' | 'deletionVector'>[] =>
  [...snapshot.files].map(({ path, deletionVector }) => ({
    path,
    ...(deletionVector && { deletionVector }),
  }));

describe('a data file with a deletion vector', () => {
  it('takes the place of the same file without one, or with another', async () => {
    const snapshot = await replayed(
      [add('a'), add('b')],
      [remove('a', 1), add('a', vector(1))],
      [remove('a', 2, vector(1)), add('a', vector(60))],
    );
    expect(vectorsOf(snapshot)).toEqual([{ path: 'b' }, { path: 'a', deletionVector: vector(60) }]);
    expect(snapshot.tombstones.size).toBe(2);
  });

  it('is not removed with the file it had before', async () => {
    const snapshot = await replayed([add('a', vector(1))], [remove('a', 1)], [remove('a', 2, vector(60))]);
    expect(vectorsOf(snapshot)).toEqual([{ path: 'a', deletionVector: vector(1) }]);
  });

  it('may be restored to what it was', async () => {
    const snapshot = await replayed(
      [add('a')],
      [remove('a', 1), add('a', vector(1))],
      [remove('a', 2, vector(1)), add('a')],
    );
    expect(vectorsOf(snapshot)).toEqual([{ path: 'a' }]);
    expect(snapshot.tombstones.size).toBe(1);
  });
});

describe('the rows of a table', () => {
  const counted = (path: string, stats?: string): Action => {
    const file = { path, partitionValues: {}, size: 1, modificationTime: 0, dataChange: true };
    return { add: stats === undefined ? file : { ...file, stats } };
  };

  it('are counted by statistics, less those that are deleted, and not where a file has none', async () => {
    const first = counted('a', '{"numRecords":10}');
    const hidden: Action = {
      add: { ...(first as { add: AddFile }).add, deletionVector: { ...vector(1), cardinality: 4 } },
    };
    expect(rowCount(await replayed([first, counted('b', '{"numRecords": 5}')]))).toBe(15);
    expect(rowCount(await replayed([hidden, counted('b', '{"numRecords": 5}')]))).toBe(11);
    expect(rowCount(await replayed([first, counted('b')]))).toBeNull();
  });
});

describe('an absolute path', () => {
  it.each(['file:/data/p%20q', 'file:///data/p%20q'])('is one with %s', async (spelling) => {
    expect(keysOf(await replayed([add('/data/p%20q'), add('b')], [remove(spelling, 1)]))).toEqual(['b']);
  });
});

describe('a commit', () => {
  it('that removes and adds one file leaves it, whatever the order', async () => {
    expect(keysOf(await replayed([add('a')], [add('a'), remove('a', 1)]))).toEqual(['a']);
    expect(keysOf(await replayed([add('a')], [remove('a', 1), add('a')]))).toEqual(['a']);
  });
});

describe('tombstones of a table that is followed', () => {
  it('are dropped when the table no longer keeps what they removed', async () => {
    const first = await loadSnapshot(
      await logOf(
        CREATION,
        ['a', 'b', 'c'].map((path) => add(path)),
      ),
      't',
    );
    const second = nextSnapshot(first, [remove('a', 5 * DAY_MS)]);
    const third = nextSnapshot(second, [remove('b', 6 * DAY_MS)]);
    expect([...third.tombstones.keys()]).toEqual(['a', 'b']);
    const fourth = nextSnapshot(third, [remove('c', 7 * DAY_MS + 1)]);
    expect([...fourth.tombstones.keys()]).toEqual(['b', 'c']);
    expect([...third.tombstones.keys()], 'an older snapshot stays what it was').toEqual(['a', 'b']);
  });
});

describe('a version', () => {
  it('is found by the time it was committed at, the newest for a time after all', async () => {
    const store = await logOf(CREATION, [add('a')], [add('b')]);
    const versionAt = async (timestamp: number) => (await loadSnapshot(store, 't', { timestamp })).version;
    expect(await Promise.all([0, 999, 1000, 1999, 2000, 9_999].map(versionAt))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('of a time before the first, or of a number that is not there, is refused with what is', async () => {
    const store = await logOf(CREATION, [add('a')]);
    await expect(loadSnapshot(store, 't', { timestamp: -1 })).rejects.toMatchObject({
      code: 'lake_version_missing',
      message: expect.stringContaining(
        'available are 0 of 1970-01-01T00:00:00.000Z to 1 of 1970-01-01T00:00:01.000Z',
      ),
    });
    await expect(loadSnapshot(store, 't', { version: 2 })).rejects.toMatchObject({
      code: 'lake_version_missing',
      message: 'table t has no version 2, available are 0 to 1',
    });
  });

  it('of any time is missing where there is no table', async () => {
    const store = memoryObjectStore();
    await expect(loadSnapshot(store, 't', { timestamp: 5 })).rejects.toMatchObject({
      code: 'lake_table_missing',
    });
  });
});
