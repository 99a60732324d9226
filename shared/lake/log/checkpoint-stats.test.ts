import type { SchemaElement } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { checkpointPath } from './log-path.ts';
import { group, leaf, parquetOf, text } from './testing-checkpoints.ts';

describe('statistics that are only typed columns', () => {
  const micros = (name: string, isAdjustedToUTC: boolean): SchemaElement =>
    leaf(name, 'INT64', { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' } });
  const bounds = [
    leaf('id', 'INT64'),
    leaf('price', 'INT32', { converted_type: 'DECIMAL', precision: 9, scale: 2 }),
    leaf('total', 'INT64', { converted_type: 'DECIMAL', precision: 18, scale: 3 }),
    text('note'),
    leaf('day', 'INT32', { converted_type: 'DATE' }),
    micros('at', true),
    micros('local', false),
    leaf('ratio', 'DOUBLE'),
    group('inner', 1),
    leaf('deep', 'INT32'),
  ];
  const columns = [
    ...[group('add', 4), text('path'), leaf('size', 'INT64'), text('stats')],
    ...[group('stats_parsed', 4), leaf('numRecords', 'INT64')],
    ...[group('minValues', 9), ...bounds],
    ...[group('maxValues', 9), ...bounds],
    ...[group('nullCount', 2), leaf('id', 'INT64'), leaf('note', 'INT64')],
  ];
  const minValues = {
    id: -(2n ** 62n),
    price: -150n,
    total: 12_345_678_901_234_567n,
    note: 'é"😀',
    day: new Date('1969-12-31T00:00:00Z'),
    at: 1_700_000_000_123_456n,
    local: -1n,
    ratio: Number.NEGATIVE_INFINITY,
    inner: { deep: 1 },
  };
  const adds = [
    {
      path: 'a',
      size: 1n,
      stats: null,
      stats_parsed: { numRecords: 5n, minValues, maxValues: { id: 9n }, nullCount: { id: 0n, note: 2n } },
    },
    { path: 'b', size: 1n, stats: '{"numRecords":7}', stats_parsed: { numRecords: 8n } },
    { path: 'c', size: 1n, stats: null, stats_parsed: null },
  ];

  it('are given as the JSON that Spark would have written', async () => {
    const path = checkpointPath('t', 0);
    const store = memoryObjectStore();
    const rows = adds.map((add) => ({ add }));
    await store.put(path, parquetOf(columns, rows));
    const [part] = await readCheckpoint(store, 't', [path]);
    expect(part?.adds.map((add) => add.stats)).toEqual([
      '{"numRecords":5,"minValues":{"id":-4611686018427387904,"price":-1.50,"total":12345678901234.567,"note":"é\\"😀","day":"1969-12-31","at":"2023-11-14T22:13:20.123Z","local":"1969-12-31T23:59:59.999","ratio":"-Infinity","inner":{"deep":1}},"maxValues":{"id":9},"nullCount":{"id":0,"note":2}}',
      '{"numRecords":7}',
      undefined,
    ]);
  });
});
