import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import {
  appendTo,
  committed,
  DEAD_LETTERS,
  deadLetters,
  hurriedTimers,
  keyed,
  letterOf,
  log,
  problems,
  start,
  timersAt,
  until,
  useEmptyLog,
  valueInLetter,
  values,
} from './mapping-harness.fixture.ts';

useEmptyLog();

describe('event source mapping with a failing function', () => {
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

  it('retries for ever by default, and keeps the partition waiting (rule 8)', async () => {
    await appendTo(1, { 0: ['slow to heal'] });
    let invocations = 0;
    const mapping = await start({}, async () => {
      invocations += 1;
      if (invocations < 40) throw new Error('not yet');
    });
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(40);
    expect(await mapping.metrics()).toMatchObject({ DroppedEventCount: 0, FailedInvokeEventCount: 39 });
  });

  it('stops at ten retries, eleven invocations, where there is a destination (rule 8)', async () => {
    await appendTo(1, { 0: ['bad'] });
    let invocations = 0;
    await start({ onFailureDestination: DEAD_LETTERS }, async () => {
      invocations += 1;
      throw new Error('never');
    });
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(11);
    expect(letterOf((await deadLetters())[0]!).requestContext.approximateInvokeCount).toBe(11);
  });

  it('gives a batch up as a whole, one dead letter for every record (rules 8, 11)', async () => {
    await appendTo(1, { 0: ['a', 'bad', 'c'] });
    const mapping = await start({ maximumRetryAttempts: 1, onFailureDestination: DEAD_LETTERS }, async () => {
      throw new Error('cannot parse');
    });
    await until(async () => expect(await committed()).toEqual([3]));
    expect((await deadLetters()).map(valueInLetter)).toEqual(['a', 'bad', 'c']);
    expect(await mapping.metrics()).toMatchObject({
      InvokedEventCount: 6,
      FailedInvokeEventCount: 6,
      DroppedEventCount: 3,
      OnFailureDestinationDeliveredEventCount: 3,
      OffsetLag: 0,
    });
  });

  it('drops with an error where there is no destination, and the offset advances (rule 10)', async () => {
    await appendTo(1, { 0: ['bad', 'good'] });
    const mapping = await start({ maximumRetryAttempts: 0, batchSize: 1 }, async (event) => {
      if (values(event).includes('bad')) throw new Error('cannot parse');
    });
    await until(async () => expect(await committed()).toEqual([2]));
    expect(problems).toContain('record dropped');
    expect(await mapping.metrics()).toMatchObject({
      DroppedEventCount: 1,
      OnFailureDestinationDeliveredEventCount: 0,
    });
  });

  it('passes expired records by, without the function (rule 12)', async () => {
    await appendTo(1, { 0: ['old', 'older'] });
    const fresh = { ...keyed(0, 'fresh'), timestamp: epochMillis(Date.now()) };
    await log.append([fresh]);
    const seen: string[] = [];
    await start({ maximumRecordAgeSeconds: 60, onFailureDestination: DEAD_LETTERS }, async (event) =>
      seen.push(...values(event)),
    );
    await until(async () => expect(await committed()).toEqual([3]));
    expect(seen).toEqual(['fresh']);
    const letters = await deadLetters();
    expect(letters.map(valueInLetter)).toEqual(['old', 'older']);
    expect(letterOf(letters[0]!)).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
    });
  });

  it('ends the retries of a record when it expires (rule 12)', async () => {
    await appendTo(1, { 0: ['ageing'] });
    let clock = 1_700_000_000_000 + 60_000;
    let invocations = 0;
    const mapping = await start(
      { maximumRecordAgeSeconds: 60 },
      async () => {
        invocations += 1;
        if (invocations === 3) clock += 1;
        throw new Error('away');
      },
      { timers: timersAt(() => clock) },
    );
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(3);
    expect(await mapping.metrics()).toMatchObject({ DroppedEventCount: 1 });
  });

  it('gives up a record that no event can hold, without the function, and goes on (rule 13)', async () => {
    await appendTo(1, { 0: ['a', 'x'.repeat(3000), 'b'] });
    const seen: string[] = [];
    await start({ maximumEventBytes: 2000, onFailureDestination: DEAD_LETTERS }, async (event) =>
      seen.push(...values(event)),
    );
    await until(async () => expect(await committed()).toEqual([3]));
    expect(seen).toEqual(['a', 'b']);
    const [letter, ...others] = await deadLetters();
    expect(others).toEqual([]);
    expect(valueInLetter(letter!)).toHaveLength(3000);
    expect(letterOf(letter!)).toMatchObject({
      requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
      KafkaBatchInfo: { recordInfo: { offset: '1' } },
    });
  });

  it('lets the offset pass only after the destination has taken the records (rule 10)', async () => {
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
      subscribe: (subscription) =>
        log.subscribe({
          ...subscription,
          deliver: (records, assignment) =>
            subscription.deliver(records, {
              ...assignment,
              commit: (nextOffset) => {
                steps.push('commit');
                return assignment.commit(nextOffset);
              },
            }),
        }),
    };
    await start(
      { maximumRetryAttempts: 0, onFailureDestination: DEAD_LETTERS },
      async () => {
        throw new Error('bad');
      },
      { log: watched },
    );
    await until(async () => expect(await committed()).toEqual([1]));
    expect(steps).toEqual(['append', 'append', 'append', 'commit']);
    expect(await deadLetters()).toHaveLength(1);
    expect(problems).toContain('on-failure destination failed');
  });

  it('asks again while the function is throttled, away or not deployed, and counts no failure (rule 16)', async () => {
    await appendTo(1, { 0: ['a'] });
    const codes = ['function_throttled', 'function_unreachable', 'function_not_found'];
    let runs = 0;
    const mapping = await start({ maximumRetryAttempts: 0, onFailureDestination: DEAD_LETTERS }, async () => {
      const code = codes.shift();
      if (code !== undefined) throw new PlatformError(code, 'not now', { retryable: true });
      runs += 1;
    });
    await until(async () => expect(await committed()).toEqual([1]));
    expect(runs).toBe(1);
    expect(await mapping.metrics()).toMatchObject({
      InvokedEventCount: 1,
      FailedInvokeEventCount: 0,
      DroppedEventCount: 0,
    });
  });

  it('fails the batch of a function that never answers, once its timeout and a margin are over (rule 17)', async () => {
    await appendTo(1, { 0: ['a'] });
    const waits: (number | null)[] = [];
    let invocations = 0;
    await start(
      { functionTimeoutSeconds: 2 },
      () => {
        invocations += 1;
        return invocations === 1 ? new Promise<never>(() => undefined) : Promise.resolve();
      },
      { timers: hurriedTimers(waits, 12_000) },
    );
    await until(async () => expect(await committed()).toEqual([1]));
    expect(invocations).toBe(2);
    expect(waits).toContain(12_000);
    expect(problems).toContain('function failed on a batch');
  });
});
