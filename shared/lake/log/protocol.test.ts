import { describe, expect, it } from 'vitest';
import { dataFileUris } from '../read/scan.ts';
import { physicalName, schemaString } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, idsOf, ORDERS, orders } from '../testing.ts';
import { openTable } from '../write/table.ts';
import { type Action, encodeCommit, type Metadata, type Protocol } from './actions.ts';
import { commitPath } from './log-path.ts';
import { loadSnapshot } from './log-reader.ts';

const METADATA: Metadata = {
  id: '5c2b6a0e-1b8f-4a59-9b3a-0c9a5a3d7f10',
  format: { provider: 'parquet', options: {} },
  schemaString: schemaString(ORDERS),
  partitionColumns: [],
  configuration: {},
};

async function foreignTable(protocol: Protocol, metadata: Partial<Metadata> = {}): Promise<ObjectStore> {
  const store = memoryObjectStore();
  const actions: Action[] = [{ protocol }, { metaData: { ...METADATA, ...metadata } }];
  await store.put(commitPath('t', 0), encodeCommit(actions));
  return store;
}

const append = (store: ObjectStore) => openTable(store, 't', countingEnvironment()).append(orders(1));

describe('a table of another writer', () => {
  it('at our protocol takes our rows', async () => {
    const store = await foreignTable({ minReaderVersion: 1, minWriterVersion: 1 });
    expect(await append(store)).toMatchObject({ outcome: 'committed', version: 1 });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1]);
  });

  it.each([
    ['deletionVectors', 'v2Checkpoint'],
    ['columnMapping', 'timestampNtz', 'vacuumProtocolCheck'],
    ['typeWidening', 'typeWidening-preview'],
    ['appendOnly', 'invariants'],
    [],
  ])('that asks its readers for %s %s %s is read', async (...readerFeatures) => {
    const store = await foreignTable({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures });
    expect((await loadSnapshot(store, 't')).version).toBe(0);
  });

  it.each(['variantType', 'catalogManaged', 'toString'])(
    'that asks its readers for %s is refused by that name',
    async (feature) => {
      const readerFeatures = ['deletionVectors', feature];
      const store = await foreignTable({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures });
      await expect(loadSnapshot(store, 't')).rejects.toMatchObject({
        code: 'lake_protocol_unsupported',
        message: expect.stringContaining(`reader features ${feature}, supported are columnMapping, `),
        details: { features: [feature] },
      });
    },
  );

  it('of a reader version that does not exist is refused', async () => {
    const store = await foreignTable({ minReaderVersion: 99, minWriterVersion: 7 });
    await expect(loadSnapshot(store, 't')).rejects.toMatchObject({
      code: 'lake_protocol_unsupported',
      message: 'table t needs reader version 99, supported are 1 to 3',
    });
  });

  it('maps its columns only where its protocol says that readers know', async () => {
    const mapped = { 'delta.columnMapping.id': 1, 'delta.columnMapping.physicalName': 'col-1' };
    const fields = [{ name: 'id', type: 'integer', nullable: true, metadata: mapped }];
    const metadata = {
      schemaString: JSON.stringify({ type: 'struct', fields }),
      configuration: { 'delta.columnMapping.mode': 'name' },
    };
    const named = async (protocol: Protocol) => {
      const { schema } = await loadSnapshot(await foreignTable(protocol, metadata), 't');
      return physicalName(schema.fields[0]!);
    };
    expect(await named({ minReaderVersion: 2, minWriterVersion: 5 })).toBe('col-1');
    const features = { minReaderVersion: 3, minWriterVersion: 7 };
    expect(await named({ ...features, readerFeatures: ['columnMapping'] })).toBe('col-1');
    expect(await named({ ...features, readerFeatures: [] })).toBe('id');
    expect(await named({ minReaderVersion: 1, minWriterVersion: 2 })).toBe('id');
  });

  it('that needs a newer writer is read but not written', async () => {
    const store = await foreignTable({
      minReaderVersion: 1,
      minWriterVersion: 7,
      writerFeatures: ['rowTracking'],
    });
    expect((await loadSnapshot(store, 't')).version).toBe(0);
    await expect(append(store)).rejects.toMatchObject({
      code: 'lake_protocol_unsupported',
      message: expect.stringContaining('rowTracking'),
    });
  });

  it('with invariants, which a writer must enforce, is not written', async () => {
    const fields = [
      { ...ORDERS.fields[0]!, metadata: { 'delta.invariants': '{"expression":{"expression":"id > 3"}}' } },
    ];
    const text = schemaString({ type: 'struct', fields });
    const store = await foreignTable({ minReaderVersion: 1, minWriterVersion: 2 }, { schemaString: text });
    await expect(append(store)).rejects.toThrow('delta.invariants of column id');
  });

  it('that is partitioned is not handed to engines as a list of files', async () => {
    const store = await foreignTable(
      { minReaderVersion: 1, minWriterVersion: 2 },
      { partitionColumns: ['note'] },
    );
    const snapshot = await loadSnapshot(store, 't');
    expect(() => dataFileUris(store, snapshot)).toThrow('partitioned by note');
  });

  it('that is append only is not overwritten', async () => {
    const configuration = { 'delta.appendOnly': 'true' };
    const store = await foreignTable({ minReaderVersion: 1, minWriterVersion: 2 }, { configuration });
    await append(store);
    const table = openTable(store, 't', countingEnvironment());
    await expect(table.overwrite(orders(2))).rejects.toMatchObject({ code: 'lake_append_only' });
    expect(await append(store)).toMatchObject({ outcome: 'committed' });
  });

  it('that changes its protocol under an open handle is refused from then on', async () => {
    const store = await foreignTable({ minReaderVersion: 1, minWriterVersion: 2 });
    const table = openTable(store, 't', countingEnvironment());
    await table.append(orders(1));
    await store.put(
      commitPath('t', 2),
      encodeCommit([{ protocol: { minReaderVersion: 3, minWriterVersion: 7 } }]),
    );
    await expect(table.append(orders(2))).rejects.toMatchObject({ code: 'lake_protocol_unsupported' });
  });
});
