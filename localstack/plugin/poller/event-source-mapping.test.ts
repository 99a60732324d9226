import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LmdbEventLog, openLmdbEventLog } from '../../../shared/adapters/lmdb-event-log.ts';
import { epochMillis } from '../../../shared/domain/index.ts';
import {
  type EventLog,
  type KafkaRecord,
  type LambdaKafkaEvent,
  recordsOfEvent,
} from '../../../shared/kafka/index.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';
import type { MappingSettings } from './mapping-settings.ts';

const TOPIC = 'orders';
const GROUP = 'group';

let path: string;
let log: LmdbEventLog;
let mappings: EventSourceMapping[];
let problems: string[];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'mapping-'));
  log = await openLmdbEventLog({ path });
  mappings = [];
  problems = [];
});
afterEach(async () => {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  await log.close();
  await rm(path, { recursive: true });
});

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
      InvokedEventCount: 5,
      FailedInvokeEventCount: 0,
      DroppedEventCount: 0,
      OnFailureDestinationDeliveredEventCount: 0,
      OffsetLag: 0,
      lastError: null,
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

  it('keeps a record that no event can hold, and goes on (rule 11)', async () => {
    await appendTo(1, { 0: ['a', 'x'.repeat(3000), 'b'] });
    const seen: string[] = [];
    await start({ maximumEventBytes: 2000 }, async (event) => seen.push(...values(event)));
    await until(async () => expect(await committed()).toEqual([3]));
    expect(seen).toEqual(['a', 'b']);
    const [letter, ...others] = await deadLetters();
    expect(others).toEqual([]);
    expect(letter!.value).toHaveLength(3000);
    expect(header(letter!, 'dead-letter.condition')).toBe('MaximumPayloadSizeExceeded');
    expect(header(letter!, 'dead-letter.offset')).toBe('1');
  });

  it('retries a failed batch as a whole before anything behind it (rule 7)', async () => {
    await appendTo(1, { 0: ['a', 'b', 'c'] });
    const batches: string[][] = [];
    await start({ batchSize: 2 }, async (event) => {
      batches.push(values(event));
      if (batches.length <= 2) throw new Error('sink is away');
    });
    await until(() => expect(batches.flat()).toContain('c'));
    expect(batches).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
  });

  it('bisects down to the bad record and dead-letters just that one: sizes 4, 2, 1, 1, 2 (rules 8, 9)', async () => {
    await appendTo(1, { 0: ['a', 'bad', 'c', 'd'] });
    const batches: string[][] = [];
    const mapping = await start({ maximumRetryAttempts: 0 }, async (event) => {
      batches.push(values(event));
      if (values(event).includes('bad')) throw new Error('cannot parse');
    });
    await until(async () => expect(await committed()).toEqual([4]));
    expect(batches).toEqual([['a', 'bad', 'c', 'd'], ['a', 'bad'], ['a'], ['bad'], ['c', 'd']]);
    const letters = await deadLetters();
    expect(letters.map((letter) => [text(letter.key), text(letter.value)])).toEqual([['k', 'bad']]);
    expect(letters[0]!.headers.map(([name, value]) => [name, text(value)])).toEqual([
      ['dead-letter.topic', TOPIC],
      ['dead-letter.partition', '0'],
      ['dead-letter.offset', '1'],
      ['dead-letter.timestamp', '1700000000000'],
      ['dead-letter.function', 'consume'],
      ['dead-letter.condition', 'RetryAttemptsExhausted'],
      ['dead-letter.error', 'cannot parse'],
      ['dead-letter.attempts', '3'],
    ]);
    expect(await mapping.metrics()).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 1,
      DroppedEventCount: 0,
      OffsetLag: 0,
      lastError: { message: 'cannot parse' },
    });
  });

  it('invokes eleven times by default before it gives a record up (rule 8)', async () => {
    await appendTo(1, { 0: ['bad'] });
    let invocations = 0;
    await start({}, async () => {
      invocations += 1;
      throw new Error('never');
    });
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(11);
  });

  it('retries for ever with -1 (rule 8)', async () => {
    await appendTo(1, { 0: ['slow to heal'] });
    let invocations = 0;
    await start({ maximumRetryAttempts: -1 }, async () => {
      invocations += 1;
      if (invocations < 40) throw new Error('not yet');
    });
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(40);
    expect(await deadLetters()).toEqual([]);
  });

  it('lets the offset pass only after the dead letter is durable (rule 10)', async () => {
    await appendTo(1, { 0: ['bad'] });
    const steps: string[] = [];
    let failuresLeft = 2;
    const watched: EventLog = {
      ...log,
      append: async (records) => {
        steps.push('append');
        failuresLeft -= 1;
        if (failuresLeft >= 0) throw new Error('disk is full');
        return log.append(records);
      },
      subscribe: async (subscription) => {
        const consumer = await log.subscribe(subscription);
        return {
          ...consumer,
          commit: (partition, nextOffset) => {
            steps.push('commit');
            return consumer.commit(partition, nextOffset);
          },
        };
      },
    };
    await start(
      { maximumRetryAttempts: 0 },
      async () => {
        throw new Error('bad');
      },
      { log: watched },
    );
    await until(async () => expect(await committed()).toEqual([1]));
    expect(steps).toEqual(['append', 'append', 'append', 'commit']);
    expect(await deadLetters()).toHaveLength(1);
  });

  it('drops with an error where there is no destination: a dead-letter topic has none (rule 12)', async () => {
    const topic = 'orders.dead-letter';
    await log.createTopics([{ topic, partitions: 1 }]);
    await log.append([{ ...keyed(0, 'bad'), topic }]);
    const mapping = await start({ topic, maximumRetryAttempts: 0 }, async () => {
      throw new Error('notifier is away');
    });
    await until(async () =>
      expect(await mapping.metrics()).toMatchObject({ DroppedEventCount: 1, OffsetLag: 0 }),
    );
    expect(problems).toContain('record dropped');
    await expect(log.positions(`${topic}.dead-letter`)).rejects.toMatchObject({ code: 'unknown_topic' });
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

  it('runs one invocation per partition and no more partitions at once than allowed (rules 6, 14)', async () => {
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

  it('commits up to the lowest failed offset and redelivers from there (rule 15)', async () => {
    await appendTo(1, { 0: ['a', 'b', 'c', 'd'] });
    const batches: string[][] = [];
    const committedBefore: (number | null)[] = [];
    await start({ reportBatchItemFailures: true }, async (event) => {
      committedBefore.push((await committed())[0]!);
      batches.push(values(event));
      const itemIdentifier = (offset: number) => ({ itemIdentifier: { partition: 'orders-0', offset } });
      return batches.length === 1 ? { batchItemFailures: [itemIdentifier(3), itemIdentifier(1)] } : {};
    });
    await until(async () => expect(await committed()).toEqual([4]));
    expect(batches).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
    expect(committedBefore).toEqual([null, 1]);
  });

  it('finishes and commits the running invocation on stop, and starts no other (rule 16)', async () => {
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

  it('stops in the middle of a retry without committing, and a restart delivers again (rule 16)', async () => {
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

  it('handles or dead-letters every record exactly as its function decides, in order, for any bad ones', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 2 }),
        async (bad, batchSize, maximumRetryAttempts) => {
          round += 1;
          const topic = `random-${round}`;
          await log.createTopics([{ topic, partitions: 1 }]);
          const names = bad.map((isBad, i) => `${isBad ? 'bad' : 'good'}${i}`);
          await log.append(names.map((name) => ({ ...keyed(0, name), topic })));
          const handled: string[] = [];
          const settings = { topic, batchSize, maximumRetryAttempts, maximumBatchingWindowSeconds: 0 };
          const mapping = await start(settings, async (event) => {
            if (values(event).some((value) => value.startsWith('bad'))) throw new Error('bad');
            handled.push(...values(event));
          });
          await until(async () =>
            expect((await log.positions(topic, GROUP))[0]!.committed).toBe(names.length),
          );
          await mapping.stop();
          expect(handled).toEqual(names.filter((name) => name.startsWith('good')));
          const letters = await readAll(`${topic}.dead-letter`);
          expect(letters.map((letter) => text(letter.value))).toEqual(
            names.filter((n) => n.startsWith('bad')),
          );
        },
      ),
      { numRuns: 25 },
    );
  });
});

async function start(
  mapping: Partial<MappingSettings>,
  invoke: (event: LambdaKafkaEvent) => Promise<unknown>,
  options: Partial<Parameters<typeof startEventSourceMapping>[0]> = {},
): Promise<EventSourceMapping> {
  const started = await startEventSourceMapping({
    log,
    mapping: {
      functionName: 'consume',
      topic: TOPIC,
      groupId: GROUP,
      maximumBatchingWindowSeconds: 0,
      ...mapping,
    },
    invoke,
    onProblem: (message) => problems.push(message),
    backoff: { firstMs: 1, mostMs: 1 },
    ...options,
  });
  mappings.push(started);
  return started;
}

async function appendTo(partitions: number, byPartition: Record<number, readonly string[]>): Promise<void> {
  await log.createTopics([{ topic: TOPIC, partitions }]);
  const records = Object.entries(byPartition).flatMap(([partition, list]) =>
    list.map((value) => keyed(Number(partition), value)),
  );
  await log.append(records);
}

function keyed(partition: number, value: string) {
  const timestamp = epochMillis(1_700_000_000_000);
  return { topic: TOPIC, partition, timestamp, key: Buffer.from('k'), value: Buffer.from(value) };
}

async function committed(): Promise<(number | null)[]> {
  return (await log.positions(TOPIC, GROUP)).map((position) => position.committed);
}

function deadLetters(): Promise<KafkaRecord[]> {
  return readAll(`${TOPIC}.dead-letter`);
}

async function readAll(topic: string): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  const positions = await log.positions(topic);
  const consumer = await log.subscribe({
    groupId: 'reader',
    topic,
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (delivered) => {
      records.push(...delivered);
    },
    onError: (error) => {
      throw error;
    },
  });
  await until(() => expect(records).toHaveLength(positions.reduce((sum, { latest }) => sum + latest, 0)));
  await consumer.stop();
  return records;
}

function values(event: LambdaKafkaEvent): string[] {
  return recordsOfEvent(event).map((record) => text(record.value));
}

function header(record: KafkaRecord, name: string): string | undefined {
  const found = record.headers.find(([key]) => key === name);
  return found && text(found[1]);
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString();
}

function many(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

function until(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 10_000, interval: 5 });
}
