import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import type { SourceEventLog } from '../kafka/index.ts';
import { openKafkaEventLog } from './kafka-event-log.ts';
import { KafkaAppender } from './kafka-event-log-appender.ts';
import { joinGroup, newRecord, TestTopics, text, until, withAdmin } from './kafka-event-log-testing.ts';
import { KafkaTopics } from './kafka-event-log-topics.ts';
import { KafkaWriter } from './kafka-event-log-writer.ts';

describe('writing to kafka', () => {
  const brokers = [new URL(runningService('kafka').url).host];
  const topics = new TestTopics(brokers);
  const open = async () => topics.watch(await openKafkaEventLog({ brokers, onProblem: () => undefined }));
  let log: SourceEventLog;
  let topic: string;
  let source: string;

  const read = async (): Promise<string[]> => {
    const { received, consumer } = await joinGroup(log, { topic, groupId: `group-${randomUUID()}` });
    // Appended last, to every partition, so that all before it was read.
    await log.append([0, 1].map((partition) => newRecord(topic, 'end', partition)));
    await until(() => expect(received.filter((record) => text(record) === 'end')).toHaveLength(2));
    await consumer.stop();
    return received.map(text).filter((value) => value !== 'end');
  };

  beforeAll(async () => {
    log = await open();
  });
  beforeEach(async () => {
    topic = `writing-${randomUUID()}`;
    source = `source-${randomUUID()}`;
    await log.createTopics([{ topic, partitions: 2 }]);
  });
  afterAll(async () => {
    await log.close();
    await topics.remove();
  });

  it('stores what a source has reached together with its records, also without records', async () => {
    expect(await log.positionOf(source)).toBeNull();
    const records = [1, 0, 1].map((partition, i) => newRecord(topic, `v${i}`, partition));
    expect(await log.appendWithPosition(source, records, '0/16')).toEqual([
      { topic, partition: 1, offset: 0 },
      { topic, partition: 0, offset: 0 },
      { topic, partition: 1, offset: 1 },
    ]);
    expect(await log.appendWithPosition(source, [], '0/20')).toEqual([]);
    const missing = newRecord(`${topic}-missing`, 'v');
    await expect(log.appendWithPosition(source, [missing], '0/30')).rejects.toMatchObject({
      code: 'unknown_topic',
    });
    const other = await open();
    expect(await other.positionOf(source)).toBe('0/20');
    expect(await other.positionOf(`${source}-other`)).toBeNull();
    await other.close();
  });

  it('lets a newer writer of a source fence the older, which writes nothing any more', async () => {
    const newer = await open();
    await log.appendWithPosition(source, [newRecord(topic, 'by the older', 0)], '0/1');
    expect(await newer.positionOf(source)).toBe('0/1');
    await newer.appendWithPosition(source, [newRecord(topic, 'by the newer', 0)], '0/2');
    await expect(
      log.appendWithPosition(source, [newRecord(topic, 'too late', 0)], '0/2'),
    ).rejects.toMatchObject({ code: 'event_log_writer_fenced' });
    expect(await newer.positionOf(source)).toBe('0/2');
    expect(await read()).toEqual(['by the older', 'by the newer']);
    await newer.close();
  });

  it('refuses to go on from a position that another has moved meanwhile', async () => {
    const older = await open();
    await older.appendWithPosition(source, [], '0/1');
    expect(await log.positionOf(source)).toBe('0/1');
    await older.appendWithPosition(source, [newRecord(topic, 'between', 0)], '0/2');
    const repeated = [newRecord(topic, 'between', 0)];
    await expect(log.appendWithPosition(source, repeated, '0/2')).rejects.toMatchObject({
      code: 'source_position_moved',
    });
    expect(await log.positionOf(source)).toBe('0/2');
    await log.appendWithPosition(source, [newRecord(topic, 'next', 0)], '0/3');
    expect(await read()).toEqual(['between', 'next']);
    await older.close();
  });

  it('lets handles append to one topic by transactions without fencing each other', async () => {
    const others = await Promise.all([open(), open()]);
    const handles = [log, ...others];
    await Promise.all(
      handles.map(async (handle, h) => {
        for (let i = 0; i < 10; i += 1) {
          await handle.append(
            [0, 1].map((partition) => newRecord(topic, `${h}.${i}.${partition}`, partition)),
          );
        }
      }),
    );
    expect((await read()).sort()).toEqual(
      handles.flatMap((_, h) => many(10).flatMap((i) => [`${h}.${i}.0`, `${h}.${i}.1`])).sort(),
    );
    await Promise.all(others.map((handle) => handle.close()));
  });

  it('lets an append whose transaction the broker has ended be made again', async () => {
    const options = { brokers, onProblem: () => undefined };
    const transactionalId = `append-${randomUUID()}`;
    await withAdmin(brokers, async (admin) => {
      const appender = new KafkaAppender(new KafkaTopics(admin), {
        plain: new KafkaWriter(options, null),
        transactional: new KafkaWriter(options, transactionalId),
      });
      const append = () => appender.append([0, 1].map((partition) => newRecord(topic, 'v', partition)));
      await append();
      // Fences as a transaction does that takes too long.
      const other = new KafkaWriter(options, transactionalId);
      await other.transact([]);
      await expect(append()).rejects.toMatchObject({ code: 'event_log_unreachable', retryable: true });
      await append();
      await Promise.all([appender.close(), other.close()]);
    });
    expect(await read()).toEqual(['v', 'v', 'v', 'v']);
  });

  it('keeps the order of calls that were made without waiting', async () => {
    await Promise.all(many(300).map((i) => log.append([newRecord(topic, String(i), i % 2)])));
    const values = (await read()).map(Number);
    for (const partition of [0, 1]) {
      const ofPartition = values.filter((value) => value % 2 === partition);
      expect(ofPartition).toEqual(many(300).filter((i) => i % 2 === partition));
    }
  });

  it('refuses a record that is larger than the broker takes, alone and among others, and appends the others', async () => {
    const large = newRecord(topic, '', 0);
    const tooLarge = { ...large, value: randomBytes(1_100_000) };
    const outcomes = await Promise.allSettled([
      log.append([newRecord(topic, 'before', 0)]),
      log.append([tooLarge]),
      log.append([newRecord(topic, 'whole', 0), tooLarge]),
      log.append([newRecord(topic, 'after', 1)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    for (const index of [1, 2]) {
      expect(outcomes[index]).toMatchObject({ reason: { code: 'record_too_large', retryable: false } });
    }
    expect((await read()).sort()).toEqual(['after', 'before']);
  });

  it('carries headers whose names are those of object members', async () => {
    const headers = ['__proto__', 'constructor', 'a', '__proto__'].map(
      (name, i) => [name, Buffer.from([i])] as const,
    );
    await log.append([{ ...newRecord(topic, 'v', 0), headers }]);
    const { received, consumer } = await joinGroup(log, { topic, groupId: `group-${randomUUID()}` });
    await until(() => expect(received).toHaveLength(1));
    await consumer.stop();
    expect(received[0]!.headers.map(([name, value]) => [name, ...value])).toEqual([
      ['__proto__', 0],
      ['__proto__', 3],
      ['constructor', 1],
      ['a', 2],
    ]);
  });

  it('has the same incarnation for every handle', async () => {
    const handles = await Promise.all([open(), open(), open()]);
    expect(new Set(handles.map(({ incarnation }) => incarnation))).toEqual(new Set([log.incarnation]));
    await Promise.all(handles.map((handle) => handle.close()));
  });

  it('creates a topic once when several create it, with leaders when it resolves', async () => {
    const fresh = `${topic}-fresh`;
    const handles = await Promise.all([open(), open(), open()]);
    await Promise.all(handles.map((handle) => handle.createTopics([{ topic: fresh, partitions: 3 }])));
    const { topics: described } = await withAdmin(brokers, (admin) =>
      admin.fetchTopicMetadata({ topics: [fresh] }),
    );
    expect(described[0]!.partitions.map(({ leader }) => leader >= 0)).toEqual([true, true, true]);
    await Promise.all(handles.map((handle) => handle.close()));
  });
});

function many(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
