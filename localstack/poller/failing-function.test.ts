import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../shared/kafka/index.ts';
import {
  appendTo,
  committed,
  deadLetters,
  GROUP,
  header,
  keyed,
  log,
  problems,
  readAll,
  start,
  TOPIC,
  text,
  until,
  useEmptyLog,
  values,
} from './mapping-harness.fixture.ts';

useEmptyLog();

describe('event source mapping with a failing function', () => {
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
