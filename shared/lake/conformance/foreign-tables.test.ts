/** Tables as other writers leave them, for which the golden tables at hand have no example. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { rowsOf } from '../testing.ts';

const ID: SchemaElement = { name: 'id', type: 'INT32', repetition_type: 'OPTIONAL', field_id: 7 };

function fileOf(columns: readonly SchemaElement[], values: Readonly<Record<string, unknown[]>>): Uint8Array {
  const writer = new ByteWriter();
  const schema = [{ name: 'root', num_children: columns.length }, ...columns];
  const parquet = new ParquetWriter({ writer, schema });
  parquet.write({ columnData: columns.map(({ name }) => ({ name, data: values[name] ?? [] })) });
  parquet.finish();
  return writer.getBytes();
}

const IDS = fileOf([ID], { id: [1, 2] });

interface Shape {
  readonly fields: readonly object[];
  readonly features?: readonly string[];
  readonly configuration?: Readonly<Record<string, string>>;
  readonly partitionColumns?: readonly string[];
}

const column = (name: string, type: unknown, metadata: object = {}) => ({
  name,
  type,
  nullable: true,
  metadata,
});

/** A log of lines as they were found in logs of other writers: what is null or missing is so on purpose. */
async function tableOf(shape: Shape, adds: readonly object[]): Promise<ObjectStore> {
  const features = shape.features ?? [];
  const lines = [
    { commitInfo: { operation: 'WRITE', engineInfo: 'another', more: { nested: [1, null] } } },
    {
      protocol: {
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: features,
        writerFeatures: features,
      },
    },
    {
      metaData: {
        id: '5c2b6a0e-1b8f-4a59-9b3a-0c9a5a3d7f10',
        name: null,
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields: shape.fields }),
        partitionColumns: shape.partitionColumns ?? [],
        configuration: shape.configuration ?? {},
      },
    },
    ...adds.map((add) => ({ add: { size: 1, modificationTime: 0, dataChange: true, stats: null, ...add } })),
    { domainMetadata: { domain: 'd', configuration: '{}', removed: false } },
    { cdc: { path: '_change_data/x', partitionValues: {}, size: 1, dataChange: false } },
  ];
  const store = memoryObjectStore();
  const text = lines.map((line) => JSON.stringify(line)).join('\r\n');
  await store.put(commitPath('t', 0), new TextEncoder().encode(text));
  await store.put('t/p q/ids.parquet', IDS);
  return store;
}

const file = (more: object = {}) => ({ path: 'p%20q/ids.parquet', partitionValues: {}, ...more });

const read = async (store: ObjectStore) => rowsOf(store, await loadSnapshot(store, 't'));

describe('a table of another writer', () => {
  it('may have columns without a type, which are null', async () => {
    const fields = [column('id', 'integer'), column('nothing', 'void')];
    expect(await read(await tableOf({ fields }, [file()]))).toEqual([
      { id: 1, nothing: null },
      { id: 2, nothing: null },
    ]);
  });

  it('may say nothing of partition values where it has no partitions', async () => {
    const { partitionValues: _, ...bare } = file();
    const fields = [column('id', 'integer')];
    expect(await read(await tableOf({ fields }, [{ ...bare, deletionVector: null }]))).toHaveLength(2);
  });

  it('may rename a column under which its files know it by name or by id', async () => {
    const mapped = { 'delta.columnMapping.id': 7, 'delta.columnMapping.physicalName': 'id' };
    for (const mode of ['name', 'id']) {
      const shape = {
        fields: [column('renamed', 'integer', mapped)],
        features: ['columnMapping'],
        configuration: { 'delta.columnMapping.mode': mode },
      };
      expect(await read(await tableOf(shape, [file()])), mode).toEqual([{ renamed: 1 }, { renamed: 2 }]);
    }
  });

  it('may be partitioned by a mapped column, whose values go by its physical name', async () => {
    const shape = {
      fields: [
        column('id', 'integer', { 'delta.columnMapping.id': 7, 'delta.columnMapping.physicalName': 'id' }),
        column('day', 'date', { 'delta.columnMapping.id': 2, 'delta.columnMapping.physicalName': 'col-2' }),
      ],
      features: ['columnMapping'],
      configuration: { 'delta.columnMapping.mode': 'name' },
      partitionColumns: ['day'],
    };
    const store = await tableOf(shape, [file({ partitionValues: { 'col-2': '1970-01-03' } })]);
    expect(await read(store)).toEqual([
      { id: 1, day: 2 },
      { id: 2, day: 2 },
    ]);
  });

  it('may have files with columns in another order, or that it does not have any more', async () => {
    const store = await tableOf({ fields: [column('id', 'integer'), column('younger', 'string')] }, [file()]);
    const other: SchemaElement = { name: 'dropped', type: 'DOUBLE', repetition_type: 'OPTIONAL' };
    await store.put('t/p q/ids.parquet', fileOf([other, ID], { dropped: [0.5], id: [9] }));
    expect(await read(store)).toEqual([{ id: 9, younger: null }]);
  });

  it.each([
    ['variant', { fields: [column('v', 'variant')], features: ['variantType'] }, 'lake_protocol_unsupported'],
    ['an interval', { fields: [column('i', 'interval day')] }, 'lake_feature_unsupported'],
    [
      'a mode of mapping that does not exist',
      {
        fields: [column('id', 'integer')],
        features: ['columnMapping'],
        configuration: { 'delta.columnMapping.mode': 'ordinal' },
      },
      'lake_feature_unsupported',
    ],
  ] as const)('with %s is refused by name', async (_, shape, code) => {
    await expect(read(await tableOf(shape, [file()]))).rejects.toMatchObject({ code });
  });
});
