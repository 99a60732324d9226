import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { type NewRecord, partitionForKey } from '../kafka/index.ts';
import {
  isOneBatch,
  type PlacedRecord,
  placeRecords,
  planRequests,
  positionsOf,
  type RequestPlan,
} from './kafka-event-log-batches.ts';
import { cutByBytes, encodedBytes } from './kafka-event-log-record.ts';

const PARTITIONS = new Map([
  ['orders', 3],
  ['users', 1],
]);

describe('the plan of an append', () => {
  it('places by the given partition, then by the key, then all others of the append together', () => {
    const key = Buffer.from('k');
    const placed = placeRecords(
      [
        record('orders', { partition: 2 }),
        record('orders', { key }),
        record('orders', {}),
        record('orders', {}),
      ],
      PARTITIONS,
      7,
    );
    expect(placed.map(({ partition }) => partition)).toEqual([2, partitionForKey(key, 3), 7 % 3, 7 % 3]);
  });

  it('refuses a partition that the topic does not have', () => {
    for (const partition of [-1, 3]) {
      expect(() => placeRecords([record('orders', { partition })], PARTITIONS, 0)).toThrow(
        `topic orders has partitions 0 to 2, got ${partition}`,
      );
    }
  });

  it('needs no transaction for what one record batch holds', () => {
    const requests = (records: readonly NewRecord[]) => planRequests(placeRecords(records, PARTITIONS, 0));
    expect(isOneBatch(requests([record('users', {}), record('users', {})]))).toBe(true);
    expect(isOneBatch(requests([record('users', {}), record('orders', {})]))).toBe(false);
    expect(isOneBatch(requests([0, 1].map((partition) => record('orders', { partition }))))).toBe(false);
    expect(
      isOneBatch(requests([record('users', { bytes: 600_000 }), record('users', { bytes: 600_000 })])),
    ).toBe(false);
    expect(isOneBatch(requests(Array.from({ length: 1001 }, () => record('users', {}))))).toBe(false);
  });

  it('writes every record once, in order per partition, in batches that a broker takes, and tells where', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 60 }), fc.nat(), (records, sticky) => {
        const placed = placeRecords(records, PARTITIONS, sticky);
        const requests = planRequests(placed);
        const log = new Map<string, number[]>();
        const answers = requests.map((request) => {
          const batches = groupByName(request);
          return [...batches].map(([name, batch]) => {
            const bytes = batch.reduce((sum, one) => sum + encodedBytes(one.record), 0);
            expect(batch.length === 1 || bytes <= 1_000_000).toBe(true);
            const written = log.get(name) ?? [];
            const baseOffset = String(written.length);
            log.set(name, [...written, ...batch.map(({ index }) => index)]);
            return {
              topicName: batch[0]!.record.topic,
              partition: batch[0]!.partition,
              baseOffset,
              errorCode: 0,
            };
          });
        });
        for (const written of log.values()) expect(written).toEqual([...written].sort((a, b) => a - b));
        const positions = positionsOf(requests, answers);
        expect(positions).toHaveLength(records.length);
        for (const [index, { topic, partition, offset }] of positions.entries()) {
          expect(log.get(`${topic}-${partition}`)?.[offset]).toBe(index);
        }
      }),
    );
  });

  it('cuts a list into pieces that keep the limit where their items do', () => {
    expect(cutByBytes([3, 3, 3, 9, 1], (n) => n, 6)).toEqual([[3, 3], [3], [9], [1]]);
    expect(cutByBytes([], (n: number) => n, 6)).toEqual([]);
  });
});

const anyRecord: fc.Arbitrary<NewRecord> = fc
  .record({
    topic: fc.constantFrom('orders', 'users'),
    key: fc.option(fc.uint8Array({ maxLength: 4 })),
    bytes: fc.constantFrom(0, 10, 400_000, 1_200_000),
  })
  .map(({ topic, key, bytes }) => record(topic, { key, bytes }));

function groupByName(request: RequestPlan): Map<string, PlacedRecord[]> {
  const groups = new Map<string, PlacedRecord[]>();
  for (const placed of request) {
    const name = `${placed.record.topic}-${placed.partition}`;
    groups.set(name, [...(groups.get(name) ?? []), placed]);
  }
  return groups;
}

function record(
  topic: string,
  { partition, key = null, bytes = 1 }: { partition?: number; key?: Uint8Array | null; bytes?: number },
): NewRecord {
  return {
    topic,
    ...(partition !== undefined && { partition }),
    timestamp: epochMillis(0),
    key,
    value: new Uint8Array(bytes),
  };
}
