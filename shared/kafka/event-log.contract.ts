import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { Consumer, EventLog, StartingPosition } from './event-log.ts';
import { partitionForKey } from './partitioner.ts';
import type { KafkaRecord, NewRecord } from './record.ts';
import { anyRecord } from './testing-records.ts';

export interface EventLogHarness {
  /** Another handle on the same log, as a restarted or a second process would have it. */
  open(): Promise<EventLog>;
  destroy(): Promise<void>;
}

/** What every event log does. Topics and groups have fresh names, so a shared broker serves as well as a folder. */
export function describeEventLog(name: string, start: () => Promise<EventLogHarness>): void {
  describe(`event log contract: ${name}`, () => {
    let harness: EventLogHarness;
    let log: EventLog;
    const consumers: Consumer[] = [];

    beforeAll(async () => {
      harness = await start();
      log = await harness.open();
    });
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    });
    afterAll(async () => {
      await log?.close();
      await harness?.destroy();
    });

    async function topicOf(partitions: number): Promise<string> {
      const topic = `contract-${randomUUID()}`;
      await log.createTopics([{ topic, partitions }]);
      return topic;
    }

    /** Collects what a group receives; commits nothing by itself. */
    async function collect(
      topic: string,
      options: { groupId?: string; from?: StartingPosition; on?: EventLog; maxBytes?: number } = {},
    ) {
      const received: KafkaRecord[] = [];
      const batches: KafkaRecord[][] = [];
      const errors: unknown[] = [];
      const groupId = options.groupId ?? `group-${randomUUID()}`;
      const consumer = await (options.on ?? log).subscribe({
        groupId,
        topic,
        startingPosition: options.from ?? { type: 'TRIM_HORIZON' },
        maxBytes: options.maxBytes ?? 1_000_000,
        deliver: async (records) => {
          received.push(...records);
          batches.push([...records]);
        },
        onError: (error) => {
          errors.push(error);
        },
      });
      consumers.push(consumer);
      return { received, batches, errors, consumer, groupId };
    }

    it('gives dense offsets from 0 per partition and delivers in that order', async () => {
      const topic = await topicOf(3);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      for (let round = 0; round < 4; round += 1) {
        await log.append(keys.map((key) => record(topic, { key, value: `${key}${round}` })));
      }
      const { received } = await collect(topic);
      await until(() => expect(received).toHaveLength(28));
      for (let partition = 0; partition < 3; partition += 1) {
        const offsets = received.filter((r) => r.partition === partition).map((r) => r.offset);
        expect(offsets).toEqual(offsets.map((_, index) => index));
      }
      for (const key of keys) {
        const ofKey = received.filter((r) => text(r.key) === key);
        expect(ofKey.map((r) => text(r.value))).toEqual([0, 1, 2, 3].map((round) => `${key}${round}`));
        expect(new Set(ofKey.map((r) => r.partition))).toEqual(
          new Set([partitionForKey(Buffer.from(key), 3)]),
        );
      }
    });

    it('answers an append with the place of each record, in the order given', async () => {
      const topic = await topicOf(2);
      const records = [0, 1, 0, 1, 1].map((partition, i) => record(topic, { partition, value: `v${i}` }));
      expect(await log.append(records)).toEqual([
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 0 },
        { topic, partition: 0, offset: 1 },
        { topic, partition: 1, offset: 1 },
        { topic, partition: 1, offset: 2 },
      ]);
    });

    it('puts keyless records into partitions that exist', async () => {
      const topic = await topicOf(3);
      for (let i = 0; i < 9; i += 1) await log.append([record(topic, { value: `v${i}` })]);
      const { received } = await collect(topic);
      await until(() => expect(received).toHaveLength(9));
      expect(received.every((r) => r.key === null && r.partition >= 0 && r.partition < 3)).toBe(true);
    });

    it('gives back any bytes: tombstones, no key, binary keys, headers in order', async () => {
      const topic = await topicOf(1);
      const drawn = fc.sample(anyRecord, 200).map(({ timestamp, key, value, headers }) => ({
        topic,
        timestamp,
        key,
        value,
        headers,
      }));
      await log.append(drawn);
      const { received } = await collect(topic, { maxBytes: 3000 });
      await until(() => expect(received).toHaveLength(200));
      expect(received.map(plain)).toEqual(drawn.map(plain));
    });

    it('carries values of several hundred kilobytes, even above the delivery limit', async () => {
      const topic = await topicOf(1);
      const values = [300_000, 10, 700_000].map((size) => Buffer.alloc(size, size % 251));
      await log.append(values.map((value) => ({ ...record(topic, {}), value })));
      const { received, batches } = await collect(topic, { maxBytes: 400_000 });
      await until(() => expect(received).toHaveLength(3));
      expect(received.map((r) => Buffer.compare(r.value!, values[r.offset]!))).toEqual([0, 0, 0]);
      for (const batch of batches) {
        const bytes = batch.reduce((sum, r) => sum + (r.value?.length ?? 0), 0);
        expect(batch.length === 1 || bytes <= 400_000).toBe(true);
      }
    });

    it('keeps records and committed offsets when the log is opened again', async () => {
      const topic = await topicOf(1);
      const first = await harness.open();
      await first.append([0, 1, 2, 3].map((i) => record(topic, { key: 'k', value: `v${i}` })));
      const before = await collect(topic, { on: first });
      await until(() => expect(before.received).toHaveLength(4));
      await before.consumer.commit(0, 3);
      await before.consumer.stop();
      await first.close();

      const second = await harness.open();
      try {
        const after = await collect(topic, { on: second, groupId: before.groupId });
        await until(() => expect(after.received.map((r) => text(r.value))).toEqual(['v3']));
        await after.consumer.stop();
        expect(await second.positions(topic, before.groupId)).toMatchObject([{ latest: 4, committed: 3 }]);
      } finally {
        await second.close();
      }
    });

    it('redelivers from the last commit when a consumer stopped without committing', async () => {
      const topic = await topicOf(1);
      await log.append([0, 1, 2].map((i) => record(topic, { value: `v${i}` })));
      const first = await collect(topic);
      await until(() => expect(first.received).toHaveLength(3));
      await first.consumer.stop();
      const second = await collect(topic, { groupId: first.groupId });
      await until(() => expect(second.received.map((r) => r.offset)).toEqual([0, 1, 2]));
    });

    it('lets several appenders write one partition at once without gap, loss or mixing', async () => {
      const topic = await topicOf(1);
      const other = await harness.open();
      try {
        const writers = [log, other, log, other];
        await Promise.all(
          writers.map(async (writer, w) => {
            for (let i = 0; i < 10; i += 1) {
              await writer.append([0, 1, 2].map((j) => record(topic, { key: `w${w}`, value: `${i}.${j}` })));
            }
          }),
        );
      } finally {
        await other.close();
      }
      const { received } = await collect(topic);
      await until(() => expect(received).toHaveLength(120));
      expect(received.map((r) => r.offset)).toEqual(Array.from({ length: 120 }, (_, i) => i));
      for (const w of [0, 1, 2, 3]) {
        const values = received.filter((r) => text(r.key) === `w${w}`).map((r) => text(r.value));
        expect(values).toEqual(Array.from({ length: 30 }, (_, i) => `${Math.floor(i / 3)}.${i % 3}`));
      }
    });

    it('shows an append as a whole or not at all', async () => {
      const topic = await topicOf(2);
      const reader = await harness.open();
      try {
        let done = false;
        const appending = (async () => {
          for (let i = 0; i < 20; i += 1) {
            await log.append([0, 1, 0, 1].map((partition) => record(topic, { partition, value: `v${i}` })));
          }
          done = true;
        })();
        let looks = 0;
        while (!done || looks === 0) {
          const [left, right] = await reader.positions(topic);
          expect(left!.latest % 2).toBe(0);
          expect(right!.latest).toBe(left!.latest);
          looks += 1;
          await setImmediate();
        }
        await appending;
      } finally {
        await reader.close();
      }
    });

    it('delivers what another handle appends later', async () => {
      const topic = await topicOf(2);
      const { received } = await collect(topic, { from: { type: 'LATEST' } });
      const other = await harness.open();
      try {
        await other.append([record(topic, { key: 'k', value: 'fresh' })]);
        await until(() => expect(received.map((r) => text(r.value))).toEqual(['fresh']));
      } finally {
        await other.close();
      }
    });

    it('starts a group without offsets where it was told to', async () => {
      const topic = await topicOf(1);
      const times = [100, 300, 200, 400, 400, 150, 500];
      await log.append(times.slice(0, 3).map((t) => record(topic, { value: `t${t}`, timestamp: t })));
      for (const t of times.slice(3)) await log.append([record(topic, { value: `t${t}`, timestamp: t })]);
      const firstFrom = async (from: StartingPosition): Promise<number | undefined> => {
        const { received, consumer } = await collect(topic, { from });
        await until(() => expect(received.at(-1)?.offset).toBe(6));
        await consumer.stop();
        return received[0]?.offset;
      };
      expect(await firstFrom({ type: 'TRIM_HORIZON' })).toBe(0);
      for (const timestamp of [0, 100, 101, 200, 300, 301, 400, 401, 500]) {
        const from = { type: 'AT_TIMESTAMP', timestamp: epochMillis(timestamp) } as const;
        expect({ timestamp, offset: await firstFrom(from) }).toEqual({
          timestamp,
          offset: times.findIndex((t) => t >= timestamp),
        });
      }
      const late = await collect(topic, { from: { type: 'AT_TIMESTAMP', timestamp: epochMillis(501) } });
      const latest = await collect(topic, { from: { type: 'LATEST' } });
      await log.append([record(topic, { value: 'end', timestamp: 1 })]);
      await until(() => expect(late.received.map((r) => r.offset)).toEqual([7]));
      await until(() => expect(latest.received.map((r) => r.offset)).toEqual([7]));
    });

    it('ignores the starting position where the group has committed', async () => {
      const topic = await topicOf(1);
      await log.append([0, 1, 2].map((i) => record(topic, { value: `v${i}` })));
      const first = await collect(topic);
      await until(() => expect(first.received).toHaveLength(3));
      await first.consumer.commit(0, 1);
      await first.consumer.stop();
      const second = await collect(topic, { groupId: first.groupId, from: { type: 'LATEST' } });
      await until(() => expect(second.received.map((r) => r.offset)).toEqual([1, 2]));
    });

    it('keeps two groups independent', async () => {
      const topic = await topicOf(1);
      await log.append([0, 1].map((i) => record(topic, { value: `v${i}` })));
      const one = await collect(topic);
      const two = await collect(topic);
      await until(() => expect([one.received.length, two.received.length]).toEqual([2, 2]));
      await one.consumer.commit(0, 2);
      expect(await log.positions(topic, one.groupId)).toMatchObject([{ committed: 2 }]);
      expect(await log.positions(topic, two.groupId)).toMatchObject([{ committed: null }]);
    });

    it('hands over one batch of a partition at a time, other partitions meanwhile', async () => {
      const topic = await topicOf(2);
      await log.append([0, 0, 1, 1].map((partition) => record(topic, { partition, value: 'x'.repeat(100) })));
      const running = new Map<number, number>();
      let overlaps = 0;
      const seen: string[] = [];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const consumer = await log.subscribe({
        groupId: `group-${randomUUID()}`,
        topic,
        startingPosition: { type: 'TRIM_HORIZON' },
        maxBytes: 100,
        deliver: async (records) => {
          const { partition } = records[0]!;
          running.set(partition, (running.get(partition) ?? 0) + 1);
          if (running.get(partition) !== 1) overlaps += 1;
          for (const r of records) seen.push(`${r.partition}:${r.offset}`);
          if (partition === 0) await held;
          running.set(partition, running.get(partition)! - 1);
        },
        onError: (error) => {
          throw error;
        },
      });
      consumers.push(consumer);
      await until(() => expect(seen).toContain('1:1'));
      expect(seen).not.toContain('0:1');
      release();
      await until(() => expect(seen).toContain('0:1'));
      expect(overlaps).toBe(0);
    });

    it('stops only after the running delivery, which may still commit', async () => {
      const topic = await topicOf(1);
      await log.append([record(topic, { value: 'v' })]);
      const events: string[] = [];
      const groupId = `group-${randomUUID()}`;
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const consumer: Consumer = await log.subscribe({
        groupId,
        topic,
        startingPosition: { type: 'TRIM_HORIZON' },
        maxBytes: 1000,
        deliver: async () => {
          events.push('delivering');
          await held;
          await consumer.commit(0, 1);
          events.push('committed');
        },
        onError: (error) => {
          events.push(String(error));
        },
      });
      await until(() => expect(events).toEqual(['delivering']));
      const stopping = consumer.stop().then(() => events.push('stopped'));
      release();
      await stopping;
      expect(events).toEqual(['delivering', 'committed', 'stopped']);
      expect(await log.positions(topic, groupId)).toMatchObject([{ committed: 1 }]);
    });

    it('keeps the partitions of a topic that exists', async () => {
      const topic = await topicOf(2);
      await log.createTopics([{ topic, partitions: 5 }]);
      expect(await log.positions(topic)).toMatchObject([
        { topic, partition: 0, earliest: 0, latest: 0 },
        { topic, partition: 1, earliest: 0, latest: 0 },
      ]);
    });

    it('refuses a topic or a partition that does not exist, and writes nothing of that append', async () => {
      const topic = await topicOf(1);
      const good = record(topic, { value: 'v' });
      await expect(log.append([good, record(`${topic}-missing`, {})])).rejects.toThrow(`${topic}-missing`);
      await expect(log.append([good, record(topic, { partition: 1 })])).rejects.toThrow();
      expect(await log.positions(topic)).toMatchObject([{ latest: 0 }]);
    });
  });
}

function record(
  topic: string,
  fields: { key?: string; value?: string; partition?: number; timestamp?: number },
): NewRecord {
  return {
    topic,
    ...(fields.partition !== undefined && { partition: fields.partition }),
    timestamp: epochMillis(fields.timestamp ?? 1_700_000_000_000),
    key: fields.key === undefined ? null : Buffer.from(fields.key),
    value: fields.value === undefined ? null : Buffer.from(fields.value),
  };
}

function plain({ timestamp, key, value, headers = [] }: Omit<NewRecord, 'topic'>) {
  const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
  return {
    timestamp,
    key: hex(key),
    value: hex(value),
    headers: headers.map(([name, bytes]) => [name, hex(bytes)]),
  };
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 5 });
}
