import { describe, expect, it } from 'vitest';
import { schemaString } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ORDERS } from '../testing.ts';
import { type Action, type AddFile, encodeCommit, type Metadata } from './actions.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { CHECKPOINT_SCHEMA } from './checkpoint-schema.ts';
import { checkpointPath, commitPath, sidecarPath } from './log-path.ts';
import { loadSnapshot } from './log-reader.ts';
import { group, leaf, parquetOf, text } from './testing-checkpoints.ts';

const PROTOCOL = {
  protocol: {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['v2Checkpoint'],
    writerFeatures: ['v2Checkpoint'],
  },
};
const METADATA: Metadata = {
  id: '5c2b6a0e-1b8f-4a59-9b3a-0c9a5a3d7f10',
  format: { provider: 'parquet', options: { depth: 'none' } },
  schemaString: schemaString(ORDERS),
  partitionColumns: ['note'],
  configuration: { 'delta.appendOnly': 'false' },
};
const UUID = '80a083e8-7026-4e79-81be-64bd76c43a11';
const V2_PARQUET = `t/_delta_log/00000000000000000002.checkpoint.${UUID}.parquet`;
const V2_JSON = `t/_delta_log/00000000000000000002.checkpoint.${UUID}.json`;

const addOf = (path: string, more: Partial<AddFile> = {}): AddFile => ({
  path,
  partitionValues: { note: null },
  size: 7,
  modificationTime: 8,
  dataChange: false,
  ...more,
});

const SIDECAR = [group('sidecar', 2), text('path'), leaf('sizeInBytes', 'INT64')];

const withoutRoot = CHECKPOINT_SCHEMA.slice(1);

async function snapshotOf(files: Readonly<Record<string, Uint8Array>>) {
  const store = memoryObjectStore();
  for (const [path, bytes] of Object.entries(files)) await store.put(path, bytes);
  return loadSnapshot(store, 't');
}

const pathsOf = (files: Iterable<AddFile>): string[] => [...files].map((file) => file.path).sort();

describe('a V2 checkpoint', () => {
  const sidecars = {
    [sidecarPath('t', 'one.parquet')]: parquetOf(withoutRoot, [{ add: addOf('a') }, { add: addOf('b') }]),
    [sidecarPath('t', 'two.parquet')]: parquetOf(withoutRoot, [
      { add: addOf('c') },
      { remove: { path: 'd', dataChange: true, deletionTimestamp: 5 } },
    ]),
  };
  const manifest = [
    { checkpointMetadata: { version: 2 } },
    PROTOCOL,
    { metaData: METADATA },
    { txn: { appId: 'app', version: 3 } },
    { sidecar: { path: 'one.parquet', sizeInBytes: 1 } },
    { sidecar: { path: 's3://bucket/t/_delta_log/_sidecars/two.parquet', sizeInBytes: 1 } },
  ];
  const commits = {
    [commitPath('t', 3)]: encodeCommit([{ add: addOf('e') }, { remove: { path: 'a', dataChange: true } }]),
  };

  it.each([
    ['in JSON', { [V2_JSON]: encodeCommit(manifest as unknown as Action[]) }],
    ['in Parquet', { [V2_PARQUET]: parquetOf([...withoutRoot, ...SIDECAR], manifest) }],
    ['of a classic name', { [checkpointPath('t', 2)]: parquetOf([...withoutRoot, ...SIDECAR], manifest) }],
  ])('%s holds what it and its sidecars hold', async (_, files) => {
    const snapshot = await snapshotOf({ ...sidecars, ...files, ...commits });
    expect(snapshot).toMatchObject({
      version: 3,
      checkpointVersion: 2,
      metadata: METADATA,
      protocol: PROTOCOL.protocol,
    });
    expect(pathsOf(snapshot.files)).toEqual(['b', 'c', 'e']);
    expect([...snapshot.tombstones.keys()].sort()).toEqual(['a', 'd']);
    expect(snapshot.txns.get('app')).toEqual({ appId: 'app', version: 3 });
  });

  it('without sidecars holds its files itself', async () => {
    const rows = [...manifest.slice(0, 4), { add: addOf('a') }];
    const files = { [V2_JSON]: encodeCommit(rows as unknown as Action[]) };
    expect(pathsOf((await snapshotOf(files)).files)).toEqual(['a']);
  });

  it('of which a sidecar is gone is refused, never read with fewer files', async () => {
    const files = { [V2_JSON]: encodeCommit(manifest as unknown as Action[]) };
    await expect(snapshotOf(files)).rejects.toMatchObject({
      code: 'lake_log_corrupt',
      message: expect.stringContaining('_sidecars/one.parquet'),
    });
  });
});

describe('a Parquet checkpoint', () => {
  const vector = {
    storageType: 'u',
    pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
    offset: 4,
    sizeInBytes: 40,
    cardinality: 6,
  };

  it('gives the actions as their commits had them', async () => {
    const add = addOf('a', {
      partitionValues: { note: 'x' },
      stats: '{"numRecords":3}',
      tags: { t: null },
      deletionVector: vector,
    });
    const remove = {
      path: 'a',
      dataChange: false,
      deletionTimestamp: 5,
      extendedFileMetadata: true,
      partitionValues: {},
      size: 4,
      deletionVector: { ...vector, offset: 90 },
    };
    const rows = [PROTOCOL, { metaData: METADATA }, { add }, { remove }];
    const store = await storeOf({ [checkpointPath('t', 2)]: parquetOf(withoutRoot, rows) });
    expect(await readCheckpoint(store, 't', [checkpointPath('t', 2)])).toEqual([
      { adds: [add], removes: [remove], txns: [], protocol: PROTOCOL.protocol, metadata: METADATA },
    ]);
  });

  it('of several parts holds what all of them hold', async () => {
    const part = (number: number) =>
      `t/_delta_log/00000000000000000004.checkpoint.000000000${number}.0000000002.parquet`;
    const snapshot = await snapshotOf({
      [part(1)]: parquetOf(withoutRoot, [PROTOCOL, { add: addOf('a') }]),
      [part(2)]: parquetOf(withoutRoot, [{ metaData: METADATA }, { add: addOf('b') }]),
    });
    expect(snapshot.version).toBe(4);
    expect(pathsOf(snapshot.files)).toEqual(['a', 'b']);
  });

  it('of an older or sparing writer may lack whatever it does not use', async () => {
    const columns = [
      ...[group('protocol', 2), leaf('minReaderVersion', 'INT32'), leaf('minWriterVersion', 'INT32')],
      ...[group('metaData', 2), text('id'), text('schemaString')],
      ...[group('add', 2), text('path'), leaf('size', 'INT64')],
    ];
    const rows = [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      { metaData: { id: METADATA.id, schemaString: METADATA.schemaString } },
      { add: { path: 'a', size: 4 } },
    ];
    const snapshot = await snapshotOf({ [checkpointPath('t', 0)]: parquetOf(columns, rows) });
    expect([...snapshot.files]).toEqual([
      { path: 'a', partitionValues: {}, size: 4, modificationTime: 0, dataChange: false },
    ]);
    expect(snapshot.metadata).toMatchObject({ partitionColumns: [], configuration: {} });
  });

  it('with a file of no size is refused', async () => {
    const { size: _, ...sizeless } = addOf('a');
    const rows = [PROTOCOL, { metaData: METADATA }, { add: sizeless }];
    const files = { [checkpointPath('t', 2)]: parquetOf(withoutRoot, rows) };
    await expect(snapshotOf(files)).rejects.toThrow('add.size must be a number, got null');
  });
});

async function storeOf(files: Readonly<Record<string, Uint8Array>>): Promise<ObjectStore> {
  const store = memoryObjectStore();
  for (const [path, bytes] of Object.entries(files)) await store.put(path, bytes);
  return store;
}
