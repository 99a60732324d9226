import { expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { groupByPartition } from './group-by-partition.ts';

it('keeps the order of records within a partition and of first appearance between partitions', () => {
  const record = (topic: string, partition: number, offset: number) => ({
    topic,
    partition,
    offset,
    timestamp: epochMillis(0),
    key: null,
    value: null,
    headers: [],
  });
  const groups = groupByPartition([
    record('b', 1, 7),
    record('a', 0, 1),
    record('b', 1, 8),
    record('b', 0, 3),
  ]);
  expect(
    groups.map(({ topic, partition, records }) => [topic, partition, records.map((r) => r.offset)]),
  ).toEqual([
    ['b', 1, [7, 8]],
    ['a', 0, [1]],
    ['b', 0, [3]],
  ]);
});
