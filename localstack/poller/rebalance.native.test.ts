import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openKafkaEventLog } from '../../shared/adapters/kafka-event-log.ts';
import { withAdmin } from '../../shared/adapters/kafka-event-log-testing.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { type LambdaKafkaEvent, recordsOfEvent, type SourceEventLog } from '../../shared/kafka/index.ts';
import { runningService } from '../services/native/running-services.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';

const PARTITIONS = 4;
const RECORDS = 800;
/** After this long without a heartbeat a consumer of the Kafka adapter loses its partitions. */
const SESSION_MS = 10_000;

interface Call {
  readonly poller: string;
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly begin: number;
  end: number;
}

/** Two pollers of one consumer group on a real broker, the second of which joins and leaves while functions run. */
describe('event source mappings that share a consumer group', () => {
  const topic = `poller-${randomUUID()}`;
  const groupId = `group-${randomUUID()}`;
  const brokers = [new URL(runningService('kafka').url).host];
  let logs: SourceEventLog[];
  const calls: Call[] = [];
  const done = new Map<string, number>();

  beforeAll(async () => {
    logs = await Promise.all([1, 2].map(() => openKafkaEventLog({ brokers, onProblem: () => undefined })));
    await logs[0]!.createTopics([{ topic, partitions: PARTITIONS }]);
    await logs[0]!.append(
      Array.from({ length: RECORDS }, (_, id) => ({
        topic,
        partition: id % PARTITIONS,
        timestamp: epochMillis(Date.now()),
        key: null,
        value: Buffer.from(String(id)),
      })),
    );
  });
  afterAll(async () => {
    await Promise.all(logs.map((log) => log.close()));
    await withAdmin(brokers, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await admin.deleteGroups([groupId]);
    });
  });

  function start(poller: string, log: SourceEventLog): Promise<EventSourceMapping> {
    return startEventSourceMapping({
      log,
      mapping: { functionName: 'slow', topic, groupId, batchSize: 5, maximumBatchingWindowSeconds: 0 },
      invoke: async (event: LambdaKafkaEvent) => {
        const records = recordsOfEvent(event);
        const call: Call = {
          poller,
          partition: records[0]!.partition,
          offsets: records.map(({ offset }) => offset),
          begin: performance.now(),
          end: Number.POSITIVE_INFINITY,
        };
        calls.push(call);
        // The function is slow, so that members join and leave in the middle of it.
        await sleep(150);
        call.end = performance.now();
        for (const { value } of records) {
          const id = Buffer.from(value!).toString();
          done.set(id, (done.get(id) ?? 0) + 1);
        }
      },
      onProblem: () => undefined,
    });
  }

  it('handle every record, in order within its partition, and commit all (rules 6, 19, 20)', async () => {
    const first = await start('first', logs[0]!);
    await until(() => expect(done.size).toBeGreaterThan(10));
    const second = await start('second', logs[1]!);
    await until(() => expect(calls.some(({ poller }) => poller === 'second')).toBe(true));
    const atJoin = calls.length;
    await until(() => expect(calls.length).toBeGreaterThan(atJoin + 4));
    await second.stop();
    await until(async () => expect((await first.metrics()).OffsetLag).toBe(0));
    await first.stop();

    const ids = [...done.keys()].map(Number).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: RECORDS }, (_, id) => id));
    // Repeated is at most what ran while a member joined or left: a batch of each partition, each time.
    const repeated = [...done.values()].filter((times) => times > 1).length;
    expect(repeated).toBeLessThanOrEqual(2 * PARTITIONS * 5);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const own = calls.filter((call) => call.partition === partition);
      for (const poller of ['first', 'second']) {
        const ofPoller = own.filter((call) => call.poller === poller);
        // One invocation at a time within a poller, also across the loss and return of the partition.
        for (const [index, call] of ofPoller.entries()) {
          const next = ofPoller[index + 1];
          if (next !== undefined) expect(next.begin).toBeGreaterThanOrEqual(call.end);
        }
      }
      // Ascending, but for a step back to what was not committed when the partition changed hands.
      const firstSeen = [...new Set(own.flatMap(({ offsets }) => offsets))];
      expect(firstSeen).toEqual([...firstSeen].sort((a, b) => a - b));
    }
  }, 120_000);

  it('keep a partition for as long as its function runs, also beyond the session of a consumer (rule 21)', async () => {
    const long = `poller-${randomUUID()}`;
    const [log] = logs;
    await log!.createTopics([{ topic: long, partitions: 1 }]);
    await log!.append(
      [0, 1].map((id) => ({
        topic: long,
        timestamp: epochMillis(Date.now()),
        key: null,
        value: Buffer.from(`${id}`),
      })),
    );
    let invocations = 0;
    const mapping = await startEventSourceMapping({
      log: log!,
      mapping: {
        functionName: 'long',
        topic: long,
        groupId: long,
        batchSize: 1,
        maximumBatchingWindowSeconds: 0,
      },
      invoke: async () => {
        invocations += 1;
        if (invocations === 1) await sleep(SESSION_MS + 1500);
      },
      onProblem: () => undefined,
    });
    await until(async () => expect((await mapping.metrics()).OffsetLag).toBe(0));
    expect(invocations).toBe(2);
    await mapping.stop();
    await withAdmin(brokers, async (admin) => {
      await admin.deleteTopics({ topics: [long] });
      await admin.deleteGroups([long]);
    });
  }, 60_000);
});

function until(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 60_000, interval: 20 });
}
