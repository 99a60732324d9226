import { describe, expect, it } from 'vitest';
import { parquetDataFiles } from '../data-files/parquet-data-files.ts';
import { type Action, encodeCommit } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { countingEnvironment, rowsOf } from '../testing.ts';
import { batchOfRows, type Value } from './batch.ts';
import { partitionValue } from './partition-value.ts';
import { type DataType, field, schemaOf, schemaString } from './schema.ts';

describe('a partition value', () => {
  it.each<[DataType, string, Value]>([
    ['string', 'a=b/c d', 'a=b/c d'],
    ['integer', '-7', -7],
    ['long', '9007199254740993', 9007199254740993n],
    ['double', '1.5', 1.5],
    ['double', 'NaN', Number.NaN],
    ['boolean', 'false', false],
    ['date', '1969-12-31', -1],
    ['timestamp', '2024-01-01T10:00:00.000001Z', 1704103200000001n],
    ['timestamp', '2024-01-01 10:00:00', 1704103200000000n],
    ['timestamp', '1969-12-31 23:59:59.5', -500000n],
    ['timestamp', '2024-01-01T02:00:00.5-08:00', 1704103200500000n],
    ['timestamp_ntz', '2024-01-01 10:00:00.000001', 1704103200000001n],
    ['timestamp_ntz', '1970-01-02', 86_400_000_000n],
    ['float', '0.1', Math.fround(0.1)],
    ['decimal(10,2)', '-1.5', '-1.50'],
    ['binary', 'é', new Uint8Array([0xc3, 0xa9])],
  ])('of type %s, %j, is %s', (type, text, value) => {
    expect(partitionValue(field('p', type), text)).toEqual(value);
  });

  it.each<DataType>(['string', 'integer', 'date'])('of type %s that is null or empty is null', (type) => {
    expect([null, undefined, ''].map((text) => partitionValue(field('p', type), text))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each<[DataType, string]>([
    ['timestamp', '2024-01-01 25:00:00'],
    ['timestamp', '2024-01-01'],
    ['integer', '1.5'],
    ['date', '2024-13-01'],
    ['boolean', 'TRUE'],
    ['decimal(10,2)', '1E+3'],
  ])('of type %s, %j, is refused by name', (type, text) => {
    expect(() => partitionValue(field('p', type), text)).toThrow('partition column p');
  });

  it('stands in every row of its file, which does not hold it', async () => {
    const store = memoryObjectStore();
    const whole = schemaOf(field('day', 'date'), field('id', 'integer'));
    const written = await parquetDataFiles(store).write(
      { table: 't', schema: whole, partitionValues: { day: '1970-01-02' }, ...countingEnvironment() },
      [batchOfRows(whole, [{ id: 1 }, { id: 2 }])],
    );
    const metaData = {
      id: 'x',
      format: { provider: 'parquet', options: {} },
      schemaString: schemaString(whole),
      partitionColumns: ['day'],
      configuration: {},
    };
    const actions: Action[] = [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      { metaData },
      ...written.adds.map((add) => ({ add })),
    ];
    await store.put(commitPath('t', 0), encodeCommit(actions));
    expect(await rowsOf(store, await loadSnapshot(store, 't'))).toEqual([
      { day: 1, id: 1 },
      { day: 1, id: 2 },
    ]);
  });
});
