import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { epochMillis } from '../domain/index.ts';
import { offsetLag, type SourceEventLog } from '../kafka/index.ts';
import { openKafkaEventLog } from './kafka-event-log.ts';
import {
  commitAll,
  deleteRecordsBefore,
  gate,
  joinGroup,
  newRecord,
  type TestMember,
  TestTopics,
  text,
  until,
  withAdmin,
} from './kafka-event-log-testing.ts';

describe('members of a consumer group on kafka', () => {
  const brokers = [new URL(runningService('kafka').url).host];
  const topics = new TestTopics(brokers);
  const members: TestMember[] = [];
  let log: SourceEventLog;
  let topic: string;
  let groupId: string;

  const join = async (...[subscription, handle]: JoinArguments): Promise<TestMember> => {
    const member = await joinGroup(log, { topic, groupId, ...subscription }, handle);
    members.push(member);
    return member;
  };
  const append = (partition: number, values: readonly string[]) =>
    log.append(values.map((value) => newRecord(topic, value, partition)));
  const lag = async () => offsetLag(await log.positions(topic, groupId));

  beforeAll(async () => {
    log = topics.watch(await openKafkaEventLog({ brokers, onProblem: () => undefined }));
  });
  beforeEach(async () => {
    topic = `group-${randomUUID()}`;
    groupId = `group-${randomUUID()}`;
    await log.createTopics([{ topic, partitions: 4 }]);
  });
  afterEach(() => Promise.all(members.splice(0).map(({ consumer }) => consumer.stop())));
  afterAll(async () => {
    await log.close();
    await topics.remove();
  });

  it('share the partitions', async () => {
    const first = await join();
    const second = await join();
    await append(0, ['a']);
    for (const partition of [1, 2, 3]) await append(partition, ['b']);
    await until(() => expect(first.received.length + second.received.length).toBe(4));
    expect(first.received).toHaveLength(2);
    await until(async () => expect(await lag()).toBe(0));
  });

  it('lose nothing and keep the order of each partition when another joins in the middle of a batch', async () => {
    for (const partition of [0, 1, 2, 3]) await append(partition, many('early', 50));
    const held = gate();
    const late: string[] = [];
    const first = await join({ maxBytes: 100 }, async (records, assignment) => {
      await held.opened;
      late.push(String(await assignment.commit(records.at(-1)!.offset + 1)));
    });
    await until(() => expect(first.assignments).toHaveLength(4));
    const second = await join({ maxBytes: 100 });
    await until(() => expect(first.assignments.every(({ lost }) => lost.aborted)).toBe(true));
    held.open();
    for (const partition of [0, 1, 2, 3]) await append(partition, many('late', 50));
    await until(async () => expect(await lag()).toBe(0));

    // What ran while the partition was taken away was not committed, and came again to whoever holds it.
    expect(late.slice(0, 4)).toEqual(['lost', 'lost', 'lost', 'lost']);
    for (const partition of [0, 1, 2, 3]) {
      const expected = [...many('early', 50), ...many('late', 50)];
      for (const { assignments, received } of [first, second]) {
        const ofPartition = received.filter((record) => record.partition === partition);
        const last = ofPartition.slice(-expected.length).map(({ offset }) => offset);
        expect(last).toEqual([...last].sort((a, b) => a - b));
        expect(assignments.filter((a) => a.partition === partition && !a.lost.aborted).length).toBeLessThan(
          2,
        );
      }
      const seen = new Set(
        [first, second].flatMap(({ received }) =>
          received.filter((r) => r.partition === partition).map(text),
        ),
      );
      expect([...seen].sort()).toEqual([...expected].sort());
    }
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('refuses a commit of an assignment that is over, also when the partition is held again', async () => {
    await append(0, ['a', 'b']);
    const first = await join({ maxBytes: 1 });
    await until(async () => expect(await lag()).toBe(0));
    const old = first.assignments[0]!;
    const other = await join();
    await other.consumer.stop();
    await append(0, ['c']);
    await until(async () => expect(await lag()).toBe(0));
    expect(await old.commit(0)).toBe('lost');
    expect((await log.positions(topic, groupId))[0]).toMatchObject({ committed: 3 });
  });

  it('stays in the group during a delivery that is longer than the session', async () => {
    await append(0, ['slow', 'after']);
    await append(1, ['quick']);
    const held = gate();
    const member = await join({ maxBytes: 1 }, async (records, assignment) => {
      if (text(records[0]!) === 'slow') await held.opened;
      await commitAll(records, assignment);
    });
    const begin = performance.now();
    await until(() => expect(performance.now() - begin).toBeGreaterThan(11_000));
    await append(1, ['meanwhile']);
    await until(() => expect(member.received.map(text)).toContain('meanwhile'));
    held.open();
    await until(async () => expect(await lag()).toBe(0));
    expect(member.received.filter((r) => r.partition === 0).map(text)).toEqual(['slow', 'after']);
    expect(member.errors).toEqual([]);
  });

  it('reads no further ahead than it may while a delivery runs, and goes on afterwards', async () => {
    const values = many('x'.repeat(1000), 200);
    await append(0, values);
    const held = gate();
    const member = await join({ maxBytes: 2000 }, async (records, assignment) => {
      await held.opened;
      await commitAll(records, assignment);
    });
    await until(() => expect(member.received).toHaveLength(1));
    held.open();
    await until(() => expect(member.received.map(text)).toEqual(values));
  });

  it('leave the group at once when they stop', async () => {
    const first = await join();
    await join();
    await first.consumer.stop();
    const described = await withAdmin(brokers, (admin) => admin.describeGroups([groupId]));
    await until(async () => expect(described.groups[0]!.members).toHaveLength(1));
    for (const partition of [0, 1, 2, 3]) await append(partition, ['v']);
    await until(async () => expect(await lag()).toBe(0), 5000);
  });

  it('commit past the markers of transactions, also of those that hold no records for the partition', async () => {
    await join();
    for (let i = 0; i < 5; i += 1) {
      await log.append([0, 1, 2, 3, 0, 1].map((partition) => newRecord(topic, `v${i}`, partition)));
      await until(async () => expect(await lag()).toBe(0));
    }
    const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer({
      transactionalId: randomUUID(),
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, key: null, value: 'given up' }] });
    await transaction.abort();
    await producer.disconnect();
    await until(async () => expect(await lag()).toBe(0));
  });

  it('tell of an offset that is out of range, and go on at the starting position', async () => {
    await append(0, many('old', 10));
    const before = await join({}, (_, assignment) => assignment.commit(2));
    await until(async () => expect(await lag()).toBe(8));
    await before.consumer.stop();
    await deleteRecordsBefore(brokers, { topic, partition: 0 }, 7);
    const after = await join();
    await until(() => expect(after.received.map(text)).toEqual(['old7', 'old8', 'old9']));
    expect(after.errors).toMatchObject([{ code: 'offset_out_of_range' }]);
    await until(async () => expect(await lag()).toBe(0));
  });

  it('tell of an offset that is out of range, and go on at a time', async () => {
    const times = [100, 200, 300, 400];
    const begin = Date.now() - 60_000;
    await log.append(
      times.map((later) => ({ ...newRecord(topic, `t${later}`, 0), timestamp: epochMillis(begin + later) })),
    );
    const before = await join({}, (_, assignment) => assignment.commit(0));
    await until(async () => expect((await log.positions(topic, groupId))[0]).toMatchObject({ committed: 0 }));
    await before.consumer.stop();
    await deleteRecordsBefore(brokers, { topic, partition: 0 }, 1);
    const startingPosition = { type: 'AT_TIMESTAMP', timestamp: epochMillis(begin + 300) } as const;
    const after = await join({ startingPosition });
    await until(() => expect(after.received.map(text)).toEqual(['t300', 't400']));
    expect(after.errors).toMatchObject([{ code: 'offset_out_of_range' }]);
  });

  it('name the codec and the topic of records that they cannot read, and go on when those are gone', async () => {
    const { CompressionCodecs, CompressionTypes } = kafkajs;
    const none = CompressionCodecs[CompressionTypes.Snappy];
    CompressionCodecs[CompressionTypes.Snappy] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => snappyLiteral(buffer),
    });
    const producer = new kafkajs.Kafka({ brokers }).producer();
    await producer.connect();
    const messages = [{ partition: 0, key: null, value: 'compressed' }];
    await producer.send({ topic, messages, compression: CompressionTypes.Snappy });
    await producer.disconnect();
    CompressionCodecs[CompressionTypes.Snappy] = none;

    const member = await join();
    await until(() => expect(member.errors.length).toBeGreaterThan(1));
    expect(member.errors[0]).toMatchObject({ code: 'unsupported_compression' });
    expect(String(member.errors[0])).toContain(`topic ${topic} holds records compressed with snappy`);
    await deleteRecordsBefore(brokers, { topic, partition: 0 }, 1);
    await append(0, ['readable']);
    await until(() => expect(member.received.map(text)).toEqual(['readable']));
  });

  it('reads lz4 and gzip', async () => {
    const { CompressionTypes } = kafkajs;
    const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer();
    await producer.connect();
    for (const compression of [CompressionTypes.LZ4, CompressionTypes.GZIP]) {
      const messages = [{ partition: 0, value: 'compressed '.repeat(100) }];
      await producer.send({ topic, messages, compression });
    }
    await producer.disconnect();
    const member = await join();
    await until(() => expect(member.received).toHaveLength(2));
    expect(new Set(member.received.map(text))).toEqual(new Set(['compressed '.repeat(100)]));
  });
});

type JoinArguments = [
  subscription?: Partial<Parameters<typeof joinGroup>[1]>,
  handle?: Parameters<typeof joinGroup>[2],
];

function many(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** The bytes as one Snappy literal: a valid stream without compression (https://github.com/google/snappy/blob/main/format_description.txt). */
function snappyLiteral(bytes: Buffer): Buffer {
  if (bytes.length >= 128) throw new Error('one byte of length holds up to 127');
  return Buffer.concat([Buffer.from([bytes.length, 60 << 2, bytes.length - 1]), bytes]);
}
