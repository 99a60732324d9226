// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#type-widening
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { type Action, encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { readSnapshot } from '../read/scan.ts';
import { rowsOfBatch, type Value } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';

/** Columns as a file of before the change of their types has them: the type that they have, the one they had, and one value. */
const COLUMNS = [
  { name: 'byte_long', now: 'long', had: { type: 'INT32', converted_type: 'INT_8' }, written: -7, read: -7n },
  {
    name: 'short_int',
    now: 'integer',
    had: { type: 'INT32', converted_type: 'INT_16' },
    written: 300,
    read: 300,
  },
  { name: 'int_double', now: 'double', had: { type: 'INT32' }, written: 5, read: 5 },
  {
    name: 'float_double',
    now: 'double',
    had: { type: 'FLOAT' },
    written: Math.fround(0.1),
    read: Math.fround(0.1),
  },
  { name: 'int_decimal', now: 'decimal(12,2)', had: { type: 'INT32' }, written: 42, read: '42.00' },
  {
    name: 'decimal_decimal',
    now: 'decimal(20,4)',
    had: { type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2 },
    written: -150n,
    read: '-1.5000',
  },
  {
    name: 'date_ntz',
    now: 'timestamp_ntz',
    had: { type: 'INT32', converted_type: 'DATE' },
    written: new Date('1970-01-02T00:00:00Z'),
    read: 86_400_000_000n,
  },
] as const;

const MINIMA =
  '{"byte_long":-7,"short_int":300,"int_double":5,"float_double":0.1,"int_decimal":42,"decimal_decimal":-1.50,"date_ntz":"1970-01-02"}';
const STATS = `{"numRecords":1,"minValues":${MINIMA},"maxValues":${MINIMA},"nullCount":{}}`;

async function rowsWhere(where?: Predicate): Promise<Record<string, Value>[]> {
  const store = memoryObjectStore();
  const writer = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: 'root', num_children: COLUMNS.length },
    ...COLUMNS.map(({ name, had }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...had })),
  ];
  const parquet = new ParquetWriter({ writer, schema });
  parquet.write({ columnData: COLUMNS.map(({ name, written }) => ({ name, data: [written] })) });
  parquet.finish();
  await store.put('t/old.parquet', writer.getBytes());
  const fields = COLUMNS.map(({ name, now }) => ({
    name,
    type: now,
    nullable: true,
    metadata: { 'delta.typeChanges': [{ toType: now }] },
  }));
  const features = ['typeWidening', 'timestampNtz'];
  const actions: Action[] = [
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
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields }),
        partitionColumns: [],
        configuration: { 'delta.enableTypeWidening': 'true' },
      },
    },
    {
      add: {
        path: 'old.parquet',
        partitionValues: {},
        size: 1,
        modificationTime: 0,
        dataChange: true,
        stats: STATS,
      },
    },
  ];
  await store.put(commitPath('t', 0), encodeCommit(actions));
  const rows: Record<string, Value>[] = [];
  const snapshot = await loadSnapshot(store, 't');
  for await (const batch of readSnapshot(store, snapshot, where === undefined ? {} : { where })) {
    rows.push(...rowsOfBatch(batch));
  }
  return rows;
}

describe('a file of before the types of its columns were widened', () => {
  it('is read as the types that they have', async () => {
    expect(await rowsWhere()).toEqual([Object.fromEntries(COLUMNS.map(({ name, read }) => [name, read]))]);
  });

  it.each(COLUMNS)('is not skipped for its statistics of $name', async ({ name, read }) => {
    for (const op of ['=', '<=', '>='] as const) {
      expect(await rowsWhere({ op, column: name, value: read }), op).toHaveLength(1);
    }
  });
});
