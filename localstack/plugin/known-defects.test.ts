import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import type { LambdaKafkaEvent, NewRecord } from '../../shared/kafka/index.ts';
import {
  committed,
  log,
  problems,
  start,
  TOPIC,
  until,
  useEmptyLog,
} from '../poller/mapping-harness.fixture.ts';
import { planMappings } from './plan-mappings.ts';

useEmptyLog();

/** What the two public Kafka plugins for serverless-offline do wrong: one test for each defect. */
describe('known defects of other Kafka plugins', () => {
  it('partition hard-coded to 0', async () => {
    await append({ partition: 2 });
    expect((await firstEvent()).records['orders-2']![0]!.partition).toBe(2);
  });

  it('timestamp of the invocation instead of that of the record', async () => {
    await append({ timestamp: epochMillis(1_545_084_650_987) });
    expect((await firstRecord()).timestamp).toBe(1_545_084_650_987);
  });

  it('map key without the partition', async () => {
    await append({});
    expect(Object.keys((await firstEvent()).records)).toEqual(['orders-0']);
  });

  it('offset as text', async () => {
    await append({});
    expect((await firstRecord()).offset).toBe(0);
  });

  it('errors of the handler logged and forgotten', async () => {
    await append({});
    let invocations = 0;
    await start({}, async () => {
      invocations += 1;
      if (invocations < 3) throw new Error('sink is away');
    });
    await until(async () => expect(await committed()).toEqual([1, null, null]));
    expect(invocations).toBe(3);
    expect(problems.filter((problem) => problem === 'function failed on a batch')).toHaveLength(2);
  });

  it('commit before the handler has succeeded', async () => {
    await append({});
    const committedDuring: (number | null)[] = [];
    await start({}, async () => committedDuring.push((await committed())[0]!));
    await until(async () => expect((await committed())[0]).toBe(1));
    expect(committedDuring).toEqual([null]);
  });

  it('asynchronous invocation: the answer is not waited for', async () => {
    await append({});
    await append({});
    let running = 0;
    let mostAtOnce = 0;
    await start({ batchSize: 1 }, async () => {
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    await until(async () => expect((await committed())[0]).toBe(2));
    expect(mostAtOnce).toBe(1);
  });

  it('key not in base64', async () => {
    await append({ key: Buffer.from('recordKey') });
    expect((await firstRecord()).key).toBe('cmVjb3JkS2V5');
  });

  it('consumer group made up at every start', () => {
    const groupOf = () => plan({ topic: 'orders' }).settings.groupId;
    expect(groupOf()).toBe('shop-consume-orders');
    expect(groupOf()).toBe(groupOf());
  });

  it('window read from a key that is not the one of serverless.yml', () => {
    const { settings } = plan({ topic: 'orders', maximumBatchingWindow: 7 });
    expect(settings.maximumBatchingWindowSeconds).toBe(7);
  });

  it('listed after serverless-offline, so that stop never runs', () => {
    for (const service of ['serverless.yml', 'localstack/plugin/testing/mini-service/serverless.yml']) {
      const plugins = /^plugins:\n((?: +.*\n)+)/m.exec(read(service))![1]!;
      const names = [...plugins.matchAll(/- (\S+)/g)].map(([, name]) => name);
      const own = names.findIndex((name) => name!.endsWith('plugin/index.mjs'));
      expect(own).toBeGreaterThanOrEqual(0);
      expect(own).toBeLessThan(names.indexOf('serverless-offline'));
    }
  });
});

async function append(fields: Partial<NewRecord>): Promise<void> {
  await log.createTopics([{ topic: TOPIC, partitions: 3 }]);
  const record = { topic: TOPIC, partition: 0, timestamp: epochMillis(1), key: null };
  await log.append([{ ...record, value: Buffer.from('v'), ...fields }]);
}

async function firstEvent(): Promise<LambdaKafkaEvent> {
  const events: LambdaKafkaEvent[] = [];
  await start({}, async (event) => events.push(event));
  await until(() => expect(events).toHaveLength(1));
  return events[0]!;
}

async function firstRecord() {
  return Object.values((await firstEvent()).records)[0]![0]!;
}

function plan(kafka: { topic: string; maximumBatchingWindow?: number }) {
  const definition = { events: [{ kafka }] };
  return planMappings({
    service: {
      service: 'shop',
      provider: {},
      getAllFunctions: () => ['consume'],
      getFunction: () => definition,
    },
  })[0]!;
}

function read(path: string): string {
  return readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
}
