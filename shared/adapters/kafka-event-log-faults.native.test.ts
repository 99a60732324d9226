import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '../../localstack/services/native/index.ts';
import { PlatformError } from '../errors.ts';
import { offsetLag } from '../kafka/index.ts';
import { openKafkaEventLog } from './kafka-event-log.ts';
import { commitAll, joinGroup, newRecord, text, until } from './kafka-event-log-testing.ts';

type RunningKafka = Awaited<ReturnType<typeof startService>>;

describe('a broker that is killed', () => {
  let dataDir: string;
  let kafka: RunningKafka;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'kafka-faults-'));
    kafka = await startService('kafka', { dataDir });
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(dataDir, { recursive: true });
  });

  it('loses nothing that was acknowledged, and consumers and writers go on with it', async () => {
    const problems: string[] = [];
    const options = {
      brokers: [new URL(kafka.url).host],
      onProblem: (message: string) => problems.push(message),
    };
    const log = await openKafkaEventLog(options);
    await log.createTopics([{ topic: 'orders', partitions: 2 }]);
    const member = await joinGroup(log, { topic: 'orders', groupId: 'group' }, (records, assignment) =>
      // As a mapping does: a commit that the broker did not answer is tried again.
      until(async () => expect(await commitAll(records, assignment)).toMatch(/committed|lost/), 60_000),
    );
    const acknowledged: string[] = [];
    let stopped = false;
    const writing = (async () => {
      for (let i = 0; !stopped; i += 1) {
        // Every other append is a transaction over both partitions.
        const values = i % 2 === 0 ? [`${i}`] : [`${i}a`, `${i}b`];
        const written = await log
          .append(values.map((value, p) => newRecord('orders', value, p)))
          .then(() => true)
          .catch(() => false);
        if (written) acknowledged.push(...values);
      }
    })();
    for (let kill = 0; kill < 2; kill += 1) {
      const before = acknowledged.length;
      await until(() => expect(acknowledged.length).toBeGreaterThan(before + 50));
      await kafka.kill();
      kafka = await startService('kafka', { dataDir });
    }
    const before = acknowledged.length;
    await until(() => expect(acknowledged.length).toBeGreaterThan(before + 50), 60_000);
    stopped = true;
    await writing;
    expect(member.errors.filter((error) => !(error instanceof PlatformError && error.retryable))).toEqual([]);
    await until(async () => expect(offsetLag(await log.positions('orders', 'group'))).toBe(0), 60_000);

    const seen = new Set(member.received.map(text));
    expect(acknowledged.filter((value) => !seen.has(value))).toEqual([]);
    for (const value of seen) {
      if (value.endsWith('a')) expect(seen).toContain(value.replace('a', 'b'));
    }
    expect(problems).toContain('kafka cannot be reached');
    await log.close();
  });
});
