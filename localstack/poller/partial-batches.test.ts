import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendTo,
  committed,
  DEAD_LETTERS,
  deadLetters,
  GROUP,
  header,
  keyed,
  log,
  readAll,
  start,
  text,
  until,
  useEmptyLog,
  valueInLetter,
  values,
} from './mapping-harness.fixture.ts';

useEmptyLog();

const item = (offset: unknown, partition = 'orders-0') => ({ itemIdentifier: { partition, offset } });

describe('event source mapping that looks for the bad records of a batch', () => {
  it('bisects to the bad record with the batch sizes 4, 2, 1, 1, 2 (rule 9)', async () => {
    await appendTo(1, { 0: ['a', 'bad', 'c', 'd'] });
    const batches: string[][] = [];
    const settings = {
      maximumRetryAttempts: 0,
      bisectBatchOnFunctionError: true,
      onFailureDestination: DEAD_LETTERS,
    };
    await start(settings, async (event) => {
      batches.push(values(event));
      if (values(event).includes('bad')) throw new Error('cannot parse');
    });
    await until(async () => expect(await committed()).toEqual([4]));
    expect(batches.map((batch) => batch.length)).toEqual([4, 2, 1, 1, 2]);
    expect(batches).toEqual([['a', 'bad', 'c', 'd'], ['a', 'bad'], ['a'], ['bad'], ['c', 'd']]);
    const [letter, ...others] = await deadLetters();
    expect(others).toEqual([]);
    expect([text(letter!.key), valueInLetter(letter!), header(letter!, 'dead-letter.error')]).toEqual([
      'k',
      'bad',
      'cannot parse',
    ]);
  });

  it('leaves a single record all its retries when it bisects: splitting counts for none (rule 9)', async () => {
    await appendTo(1, { 0: ['a', 'bad'] });
    const batches: string[][] = [];
    const settings = {
      maximumRetryAttempts: 2,
      bisectBatchOnFunctionError: true,
      onFailureDestination: DEAD_LETTERS,
    };
    await start(settings, async (event) => {
      batches.push(values(event));
      if (values(event).includes('bad')) throw new Error('cannot parse');
    });
    await until(async () => expect(await committed()).toEqual([2]));
    expect(batches).toEqual([['a', 'bad'], ['a'], ['bad'], ['bad'], ['bad']]);
  });

  it('commits up to the lowest failed offset and delivers again from there (rule 15)', async () => {
    await appendTo(1, { 0: ['a', 'b', 'c', 'd'] });
    const batches: string[][] = [];
    const committedBefore: (number | null)[] = [];
    await start({ reportBatchItemFailures: true }, async (event) => {
      committedBefore.push((await committed())[0]!);
      batches.push(values(event));
      return batches.length === 1 ? { batchItemFailures: [item(3), item(1)] } : {};
    });
    await until(async () => expect(await committed()).toEqual([4]));
    expect(batches).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
    expect(committedBefore).toEqual([null, 1]);
  });

  it.each([
    ['an unknown offset', item(99)],
    ['an unknown partition', item(1, 'orders-7')],
  ])('fails the whole batch for %s (rule 15)', async (_, failure) => {
    await appendTo(1, { 0: ['a', 'b'] });
    const batches: string[][] = [];
    await start({ reportBatchItemFailures: true }, async (event) => {
      batches.push(values(event));
      return batches.length === 1 ? { batchItemFailures: [failure] } : null;
    });
    await until(async () => expect(await committed()).toEqual([2]));
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('does not read the answer of a function that does not report failures (rule 15)', async () => {
    await appendTo(1, { 0: ['a', 'b'] });
    let invocations = 0;
    await start({}, async () => {
      invocations += 1;
      return { batchItemFailures: [item(0)] };
    });
    await until(async () => expect(await committed()).toEqual([2]));
    expect(invocations).toBe(1);
  });

  it('bisects where the function says that it failed (rules 9, 15)', async () => {
    await appendTo(1, { 0: ['a', 'b', 'bad', 'd', 'e'] });
    const batches: string[][] = [];
    const settings = {
      reportBatchItemFailures: true,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 0,
      onFailureDestination: DEAD_LETTERS,
    };
    await start(settings, async (event) => {
      batches.push(values(event));
      return values(event).includes('bad') ? { batchItemFailures: [item(2)] } : {};
    });
    await until(async () => expect(await committed()).toEqual([5]));
    expect(batches).toEqual([['a', 'b', 'bad', 'd', 'e'], ['bad', 'd', 'e'], ['bad'], ['d', 'e']]);
    expect((await deadLetters()).map(valueInLetter)).toEqual(['bad']);
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
          const settings = {
            topic,
            batchSize,
            maximumRetryAttempts,
            maximumBatchingWindowSeconds: 0,
            bisectBatchOnFunctionError: true,
            onFailureDestination: { type: 'kafka', topic: `${topic}.dead-letter` },
          } as const;
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
          expect(letters.map(valueInLetter)).toEqual(names.filter((name) => name.startsWith('bad')));
        },
      ),
      { numRuns: 25 },
    );
  });
});
