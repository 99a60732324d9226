import { parquetMetadata, parquetReadObjects, parquetSchema, type SchemaTree } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { isCheckpointDue, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { FileSet } from './file-set.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from './log-path.ts';
import { loadSnapshot } from './log-reader.ts';
import type { Snapshot } from './snapshot.ts';

const DAY_MS = 86_400_000;

async function tableOf(store: ObjectStore, commits: number, now: () => number = () => 5): Promise<Snapshot> {
  const table = openTable(store, 't', countingEnvironment({ now }));
  for (let id = 0; id < commits; id++) {
    await table.append({ ...orders(id), txns: [{ appId: `app-${id % 3}`, version: id }] });
  }
  return (await table.snapshot())!;
}

/** What a reader of the log sees, without what only tells how it was read. */
function stateOf(snapshot: Snapshot) {
  const { version, protocol, metadata, schema } = snapshot;
  const files = [...snapshot.files].map(({ dataChange: _, ...file }) => file).sort(byPath);
  return { version, protocol, metadata, schema, files, txns: new Map(snapshot.txns) };
}

const byPath = (left: { path: string }, right: { path: string }) => (left.path < right.path ? -1 : 1);

describe('a checkpoint', () => {
  it('is written when the distance to the last one reaches ten', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 25);
    const checkpoints = (await store.list('t/_delta_log/')).filter((object) =>
      object.path.endsWith('.parquet'),
    );
    expect(checkpoints.map((object) => object.path)).toEqual([
      checkpointPath('t', 10),
      checkpointPath('t', 20),
    ]);
  });

  it('is written by distance, so that one that was missed is made up for', async () => {
    const store = memoryObjectStore();
    let refusals = 1;
    const refusing: ObjectStore = {
      ...store,
      put: (path, bytes) => {
        if (path.includes('.checkpoint.') && refusals-- > 0) throw new Error('disk full');
        return store.put(path, bytes);
      },
    };
    const table = openTable(refusing, 't', countingEnvironment());
    for (let id = 0; id < 10; id++) await table.append(orders(id));
    const missed = await table.append(orders(10));
    expect(missed).toMatchObject({ outcome: 'committed', version: 10 });
    expect(missed).toHaveProperty('checkpointFailure.code', 'lake_checkpoint_failed');
    expect(await table.append(orders(11))).not.toHaveProperty('checkpointFailure');
    expect(await readLastCheckpoint(store, 't')).toEqual({ version: 11 });
  });

  it('follows the interval that the table asks for', async () => {
    const snapshot = await tableOf(memoryObjectStore(), 5);
    const every = (interval: string): Snapshot => ({
      ...snapshot,
      metadata: { ...snapshot.metadata, configuration: { 'delta.checkpointInterval': interval } },
    });
    expect([snapshot, every('4'), every('5'), every('nonsense')].map(isCheckpointDue)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it('waits for longer where it holds so many files that it costs more than it saves', async () => {
    const snapshot = await tableOf(memoryObjectStore(), 1);
    const [file] = [...snapshot.files];
    const files = FileSet.of(
      Array.from({ length: 5000 }, (_, index) => ({ ...file!, path: `part-${index}` })),
    );
    const atVersion = (version: number): Snapshot => ({ ...snapshot, files, version });
    expect([10, 49, 50].map((version) => isCheckpointDue(atVersion(version)))).toEqual([false, false, true]);
    const tombstones = new Map([...files].map((removed) => [removed.path, removed]));
    const withRemoved = (version: number): Snapshot => ({ ...atVersion(version), tombstones });
    expect([50, 99, 100].map((version) => isCheckpointDue(withRemoved(version)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is left to another writer who was faster', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 16);
    const snapshot = { ...(await loadSnapshot(store, 't')), checkpointVersion: null };
    expect(isCheckpointDue(snapshot)).toBe(true);
    expect(await writeCheckpoint(store, snapshot, 1)).toBe(10);
    expect(await store.get(checkpointPath('t', 15))).toBeNull();
  });

  it('holds the state that the commits give', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 23);
    const byCheckpoint = await loadSnapshot(store, 't');
    expect(byCheckpoint.checkpointVersion).toBe(20);
    for (const object of await store.list('t/_delta_log/')) {
      if (object.path.includes('checkpoint')) await store.delete(object.path);
    }
    const byCommits = await loadSnapshot(store, 't');
    expect(byCommits.checkpointVersion).toBeNull();
    expect(stateOf(byCheckpoint)).toEqual(stateOf(byCommits));
  });

  it('suffices where the commits before it are gone', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 12);
    for (let version = 0; version <= 9; version++) await store.delete(commitPath('t', version));
    const snapshot = await loadSnapshot(store, 't');
    expect(await idsOf(store, snapshot)).toEqual(Array.from({ length: 12 }, (_, id) => id));
  });

  it('keeps young tombstones only', async () => {
    const store = memoryObjectStore();
    let time = 0;
    const table = openTable(store, 't', countingEnvironment({ now: () => time }));
    await table.append(orders(1));
    await table.overwrite(orders(2));
    time += 8 * DAY_MS;
    await table.overwrite(orders(3));
    await writeCheckpoint(store, (await table.snapshot())!, time);
    const parts = await readCheckpoint(store, 't', [checkpointPath('t', 2)]);
    const removed = parts.flatMap((part) => part.removes);
    expect(removed).toHaveLength(1);
    expect(removed[0]).toMatchObject({
      deletionTimestamp: time,
      dataChange: false,
      extendedFileMetadata: true,
    });
  });

  it('has the columns of Spark, all optional but the keys of maps, and one action per row', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 11);
    const bytes = (await store.get(checkpointPath('t', 10)))!;
    const root = parquetSchema(parquetMetadata(new Uint8Array(bytes).buffer));
    expect(root.children.map((tree) => tree.element.name)).toEqual([
      'txn',
      'add',
      'remove',
      'metaData',
      'protocol',
    ]);
    const required = (tree: SchemaTree): string[] => [
      ...(tree.element.repetition_type === 'REQUIRED' ? [tree.element.name] : []),
      ...tree.children.flatMap(required),
    ];
    expect(new Set(root.children.flatMap(required))).toEqual(new Set(['key']));
    for (const row of await parquetReadObjects({ file: new Uint8Array(bytes).buffer })) {
      expect(Object.values(row).filter((action) => action !== null && action !== undefined)).toHaveLength(1);
    }
  });
});

describe('_last_checkpoint', () => {
  it('never has parts, which Trino would take for a checkpoint of several', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 11);
    const hint = JSON.parse(new TextDecoder().decode((await store.get(lastCheckpointPath('t')))!)) as object;
    expect(Object.keys(hint)).toEqual(['version', 'size', 'sizeInBytes', 'numOfAddFiles']);
    expect(hint).toMatchObject({ version: 10, size: 16, numOfAddFiles: 11 });
  });

  it.each([
    ['torn', '{"version":1'],
    ['empty', ''],
    ['about a checkpoint that is not there', '{"version":17,"size":1}'],
    ['of a negative version', '{"version":-1}'],
    ['not an object', 'null'],
  ])('that is %s only costs a longer listing', async (_, text) => {
    const store = memoryObjectStore();
    await tableOf(store, 23);
    await store.put(lastCheckpointPath('t'), new TextEncoder().encode(text));
    const snapshot = await loadSnapshot(store, 't');
    expect(snapshot.version).toBe(22);
    expect(snapshot.files.size).toBe(23);
  });

  it('that is stale does not hide newer versions', async () => {
    const store = memoryObjectStore();
    await tableOf(store, 11);
    const stale = (await store.get(lastCheckpointPath('t')))!;
    const table = openTable(store, 't', countingEnvironment());
    for (let id = 11; id < 25; id++) await table.append(orders(id));
    await store.put(lastCheckpointPath('t'), stale);
    expect((await loadSnapshot(store, 't')).version).toBe(24);
  });
});
