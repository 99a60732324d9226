import { describe, expect, it } from 'vitest';
import { schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { DataFileTarget } from './data-files.ts';
import { storePathOf } from './file-path.ts';
import { newDataFile } from './new-data-file.ts';

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

function target(parts: Partial<DataFileTarget>): DataFileTarget {
  return { table: 'raw/t', schema: schemaOf(), partitionValues: {}, now: () => 1, newId: () => ID, ...parts };
}

describe('a new data file', () => {
  it('lies in the folder of its table', () => {
    expect(newDataFile(target({}))).toEqual({
      path: `raw/t/part-${ID}.snappy.parquet`,
      uri: `part-${ID}.snappy.parquet`,
    });
    expect(newDataFile(target({ table: '' }), 'zstd').path).toBe(`part-${ID}.zstd.parquet`);
  });

  it('lies in a random folder where the table asks for that, whatever its partition', () => {
    const { uri } = newDataFile(target({ partitionValues: { day: '2024-01-01' }, randomPrefixLength: 2 }));
    expect(uri).toBe(`0e/part-${ID}.snappy.parquet`);
  });

  // The first is the golden table data-reader-escaped-chars: folder on disk `_2=bar+%2521`, log path `_2=bar+%252521`.
  it.each<[string, string | null, string, string]>([
    ['_2', 'bar+%21', '_2=bar+%2521', '_2=bar%2B%252521'],
    ['day', '2024-01-01', 'day=2024-01-01', 'day=2024-01-01'],
    [
      'at',
      '2024-01-01T10:00:00.000000Z',
      'at=2024-01-01T10%3A00%3A00.000000Z',
      'at=2024-01-01T10%253A00%253A00.000000Z',
    ],
    ['p', null, 'p=__HIVE_DEFAULT_PARTITION__', 'p=__HIVE_DEFAULT_PARTITION__'],
    ['p', 'a/b\\c', 'p=a%2Fb%5Cc', 'p=a%252Fb%255Cc'],
    ['p', 'é 😀', 'p=é 😀', 'p=%C3%A9%20%F0%9F%98%80'],
  ])('of partition %s = %j lies in folder %s, which the log calls %s', (name, value, folder, uri) => {
    const file = newDataFile(target({ partitionValues: { [name]: value } }));
    expect(file).toEqual({
      path: `raw/t/${folder}/part-${ID}.snappy.parquet`,
      uri: `${uri}/part-${ID}.snappy.parquet`,
    });
    expect(storePathOf(memoryObjectStore(), 'raw/t', file.uri)).toBe(file.path);
  });

  it('of a partition whose name is too long for a folder lies in that of its table', () => {
    expect(newDataFile(target({ partitionValues: { p: 'é'.repeat(128) } })).uri).toBe(
      `part-${ID}.snappy.parquet`,
    );
  });
});
