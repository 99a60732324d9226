import { describe, expect, it } from 'vitest';
import { type LambdaKafkaEvent, recordsOfEvent } from '../../shared/kafka/index.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import {
  appendTo,
  committed,
  GROUP,
  keyed,
  log,
  many,
  start,
  TOPIC,
  until,
  useEmptyLog,
  values,
} from './mapping-harness.fixture.ts';

useEmptyLog();

describe('event source mapping', () => {
  it('invokes with the records of one partition in order and commits after the handler (rules 1, 2, 6)', async () => {
    await appendTo(2, { 0: ['a', 'b'], 1: ['c', 'd', 'e'] });
    const events: LambdaKafkaEvent[] = [];
    const committedDuring: (number | null)[] = [];
    const mapping = await start({}, async (event) => {
      events.push(event);
      const { partition } = recordsOfEvent(event)[0]!;
      committedDuring.push((await log.positions(TOPIC, GROUP))[partition]!.committed);
    });
    await until(async () => expect(await committed()).toEqual([2, 3]));
    expect(events.map((event) => Object.keys(event.records)).sort()).toEqual([['orders-0'], ['orders-1']]);
    expect(events.flatMap(values).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(committedDuring).toEqual([null, null]);
    expect(await mapping.metrics()).toEqual({
      PolledEventCount: 5,
      FilteredOutEventCount: 0,
      InvokedEventCount: 5,
      FailedInvokeEventCount: 0,
      DroppedEventCount: 0,
      OnFailureDestinationDeliveredEventCount: 0,
      OffsetLag: 0,
      lastError: null,
    });
  });

  it('says of an MSK cluster which one it is (rule 1)', async () => {
    await appendTo(1, { 0: ['a'] });
    const eventSourceArn = 'arn:aws:kafka:us-east-1:123456789012:cluster/shop/751d2973-2';
    const source = { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers: 'b1:9092,b2:9092' } as const;
    const events: LambdaKafkaEvent[] = [];
    await start({}, async (event) => events.push(event), { source });
    await until(() => expect(events).toHaveLength(1));
    expect(events[0]).toEqual({
      ...source,
      records: {
        'orders-0': [
          {
            topic: 'orders',
            partition: 0,
            offset: 0,
            timestamp: 1_700_000_000_000,
            timestampType: 'CREATE_TIME',
            key: 'aw==',
            value: 'YQ==',
            headers: [],
          },
        ],
      },
    });
  });

  it('closes a batch at its size (rule 3)', async () => {
    await appendTo(1, { 0: ['a', 'b', 'c', 'd', 'e'] });
    const batches: string[][] = [];
    await start({ batchSize: 2 }, async (event) => batches.push(values(event)));
    await until(() => expect(batches.flat()).toHaveLength(5));
    expect(batches.slice(0, 2)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('waits for its window, and then takes what has come (rule 4)', async () => {
    await appendTo(1, { 0: ['a'] });
    const batches: string[][] = [];
    await start({ maximumBatchingWindowSeconds: 0.3 }, async (event) => batches.push(values(event)));
    await log.append([keyed(0, 'b')]);
    await until(() => expect(batches).toEqual([['a', 'b']]));
  });

  it('never builds an event above its limit (rule 5)', async () => {
    await appendTo(1, { 0: Array.from({ length: 20 }, (_, i) => `${i}`.repeat(100)) });
    const sizes: number[] = [];
    const seen: string[] = [];
    await start({ maximumEventBytes: 2000 }, async (event) => {
      sizes.push(JSON.stringify(event).length);
      seen.push(...values(event));
    });
    await until(() => expect(seen).toHaveLength(20));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2000);
    expect(sizes.length).toBeLessThan(20);
  });

  it('goes on with other partitions while one retries (rule 13)', async () => {
    await appendTo(2, { 0: ['stuck'], 1: ['a', 'b'] });
    await start({ maximumRetryAttempts: -1 }, async (event) => {
      if (values(event).includes('stuck')) throw new Error('stuck');
    });
    await until(async () => expect(await committed()).toEqual([null, 2]));
    await log.append([keyed(1, 'c')]);
    await until(async () => expect(await committed()).toEqual([null, 3]));
  });

  it('runs one invocation per partition and no more partitions at once than allowed (rule 6)', async () => {
    const partitions = 4;
    await appendTo(partitions, { 0: many('p', 6), 1: many('q', 6), 2: many('r', 6), 3: many('s', 6) });
    const running: number[] = [];
    let mostAtOnce = 0;
    let overlaps = 0;
    const seen: string[] = [];
    await start(
      { batchSize: 2 },
      async (event) => {
        const { partition } = recordsOfEvent(event)[0]!;
        if (running.includes(partition)) overlaps += 1;
        running.push(partition);
        mostAtOnce = Math.max(mostAtOnce, running.length);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running.splice(running.indexOf(partition), 1);
        seen.push(...values(event));
      },
      { limit: concurrencyLimit(2) },
    );
    await until(() => expect(seen).toHaveLength(24));
    expect(overlaps).toBe(0);
    expect(mostAtOnce).toBe(2);
  });

  it('finishes and commits the running invocation on stop, and starts no other (rule 18)', async () => {
    await appendTo(1, { 0: ['a', 'b'] });
    const batches: string[][] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const mapping = await start({ batchSize: 1 }, async (event) => {
      batches.push(values(event));
      await held;
    });
    await until(() => expect(batches).toEqual([['a']]));
    const stopping = mapping.stop();
    release();
    await stopping;
    expect(batches).toEqual([['a']]);
    expect(await committed()).toEqual([1]);
  });

  it('stops in the middle of a retry without committing, and a restart delivers again (rule 18)', async () => {
    await appendTo(1, { 0: ['a'] });
    let failures = 0;
    const first = await start(
      { maximumRetryAttempts: -1 },
      async () => {
        failures += 1;
        throw new Error('away');
      },
      { backoff: { firstMs: 60_000, mostMs: 60_000 } },
    );
    await until(() => expect(failures).toBe(1));
    await first.stop();
    expect(await committed()).toEqual([null]);
    const seen: string[] = [];
    await start({}, async (event) => seen.push(...values(event)));
    await until(() => expect(seen).toEqual(['a']));
  });
});
