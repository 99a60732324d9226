import { beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import { type LambdaKafkaEvent, recordsOfEvent } from '../../shared/kafka/index.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';
import { HandFedLog } from './hand-fed-log.fixture.ts';
import type { MappingSettings } from './mapping-settings.ts';

describe('event source mapping whose partition is taken away', () => {
  let log: HandFedLog;
  /** Invocations that run, newest last. */
  let running: { offsets: number[]; succeed: () => void; fail: () => void }[];
  beforeEach(() => {
    log = new HandFedLog();
    running = [];
  });

  function start(mapping: Partial<MappingSettings> = {}): Promise<EventSourceMapping> {
    return startEventSourceMapping({
      log,
      mapping: {
        functionName: 'consume',
        topic: 'orders',
        groupId: 'group',
        batchSize: 2,
        maximumBatchingWindowSeconds: 0,
        maximumRetryAttempts: 0,
        onFailureDestination: { type: 'kafka', topic: 'dead' },
        ...mapping,
      },
      invoke: (event: LambdaKafkaEvent) =>
        new Promise((resolve, reject) => {
          running.push({
            offsets: recordsOfEvent(event).map(({ offset }) => offset),
            succeed: () => resolve(null),
            fail: () => reject(new Error('failed')),
          });
        }),
      onProblem: () => undefined,
    });
  }

  it('drops what it has read, and invokes no more for it (rule 19)', async () => {
    const mapping = await start();
    const { assignment, lose } = log.assign('orders', 0);
    const delivered = log.deliver(records(0, 6), assignment);
    await until(() => expect(running).toHaveLength(1));
    lose();
    // Whoever delivers is not kept waiting for the running invocation.
    await delivered;
    running[0]!.succeed();
    await mapping.stop();
    expect(running.map(({ offsets }) => offsets)).toEqual([[0, 1]]);
  });

  it('keeps nobody waiting who delivers after it was taken away (rule 19)', async () => {
    const mapping = await start();
    const { assignment, lose } = log.assign('orders', 0);
    await log.deliver(records(0, 1), assignment);
    await until(() => expect(running).toHaveLength(1));
    lose();
    await log.deliver(records(1, 1), assignment);
    running[0]!.succeed();
    await mapping.stop();
    expect(await mapping.metrics()).toMatchObject({ PolledEventCount: 1 });
  });

  it.each(['succeed', 'fail'] as const)(
    'neither commits nor gives up what it was invoked with when that comes to %s (rule 19)',
    async (end) => {
      const mapping = await start();
      const { assignment, lose } = log.assign('orders', 0);
      await log.deliver(records(0, 1), assignment);
      await until(() => expect(running).toHaveLength(1));
      lose();
      running[0]![end]();
      await mapping.stop();
      expect(log.commits).toEqual([]);
      expect(log.appended).toEqual([]);
      expect(await mapping.metrics()).toMatchObject({ FailedInvokeEventCount: 0, DroppedEventCount: 0 });
    },
  );

  it('reads nothing on while the last invocation of a mapping that stops runs (rule 18)', async () => {
    const mapping = await start();
    const { assignment } = log.assign('orders', 0);
    await log.deliver(records(0, 1), assignment);
    await until(() => expect(running).toHaveLength(1));
    const stopped = mapping.stop();
    let isTaken = false;
    const delivered = log.deliver(records(1, 1), assignment).then(() => {
      isTaken = true;
    });
    await new Promise(setImmediate);
    expect(isTaken).toBe(false);
    running[0]!.succeed();
    await Promise.all([stopped, delivered]);
    expect(await mapping.metrics()).toMatchObject({ PolledEventCount: 1 });
    expect(log.commits).toEqual([1]);
  });

  it('waits, when the partition comes back, for the invocation that still runs for it (rule 20)', async () => {
    const mapping = await start();
    const first = log.assign('orders', 0);
    await log.deliver(records(0, 1), first.assignment);
    await until(() => expect(running).toHaveLength(1));
    first.lose();
    const second = log.assign('orders', 0);
    await log.deliver(records(0, 1), second.assignment);
    // Another partition is not held up, which also shows that there was time to invoke.
    const other = log.assign('orders', 1);
    await log.deliver(records(7, 1, 1), other.assignment);
    await until(() => expect(running).toHaveLength(2));
    expect(running[1]!.offsets).toEqual([7]);

    running[0]!.succeed();
    await until(() => expect(running).toHaveLength(3));
    expect(running[2]!.offsets).toEqual([0]);
    for (const invocation of running) invocation.succeed();
    await mapping.stop();
    expect(log.commits.sort()).toEqual([1, 8]);
  });
});

function records(from: number, count: number, partition = 0) {
  return Array.from({ length: count }, (_, i) => ({
    topic: 'orders',
    partition,
    offset: from + i,
    timestamp: epochMillis(0),
    key: null,
    value: Buffer.from(`v${from + i}`),
    headers: [],
  }));
}

function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 10_000, interval: 2 });
}
