import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { PartitionPosition } from './event-log.ts';
import { BEGIN, type EventLogContract, plain, record, text, until } from './event-log-setting.contract.ts';
import { partitionForKey } from './partitioner.ts';
import { anyRecord } from './testing-records.ts';

/** What an append gives back, keeps and shows. */
export function describeAppending(contract: EventLogContract): void {
  it('gives rising offsets from 0 per partition and delivers in that order', async () => {
    const topic = await contract.topicOf(3);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (let round = 0; round < 4; round += 1) {
      await contract.log.append(keys.map((key) => record(topic, { key, value: `${key}${round}` })));
    }
    const { received } = await contract.collect(topic);
    await until(() => expect(received).toHaveLength(28));
    for (let partition = 0; partition < 3; partition += 1) {
      const offsets = received.filter((r) => r.partition === partition).map((r) => r.offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(offsets[0] ?? 0).toBe(0);
    }
    for (const key of keys) {
      const ofKey = received.filter((r) => text(r.key) === key);
      expect(ofKey.map((r) => text(r.value))).toEqual([0, 1, 2, 3].map((round) => `${key}${round}`));
      expect(new Set(ofKey.map((r) => r.partition))).toEqual(new Set([partitionForKey(Buffer.from(key), 3)]));
    }
  });

  it('answers an append with the place of each record, in the order given', async () => {
    const topic = await contract.topicOf(2);
    const records = [0, 1, 0, 1, 1].map((partition, i) => record(topic, { partition, value: `v${i}` }));
    expect(await contract.log.append(records)).toEqual([
      { topic, partition: 0, offset: 0 },
      { topic, partition: 1, offset: 0 },
      { topic, partition: 0, offset: 1 },
      { topic, partition: 1, offset: 1 },
      { topic, partition: 1, offset: 2 },
    ]);
  });

  it('puts keyless records into partitions that exist', async () => {
    const topic = await contract.topicOf(3);
    for (let i = 0; i < 9; i += 1) await contract.log.append([record(topic, { value: `v${i}` })]);
    const { received } = await contract.collect(topic);
    await until(() => expect(received).toHaveLength(9));
    expect(received.every((r) => r.key === null && r.partition >= 0 && r.partition < 3)).toBe(true);
  });

  it('gives back any bytes: tombstones, no key, binary keys, repeated headers in order', async () => {
    const topic = await contract.topicOf(1);
    const drawn = fc.sample(anyRecord, 200).map(({ timestamp, key, value, headers }) => ({
      topic,
      timestamp: epochMillis(BEGIN + (timestamp % 60_000)),
      key,
      value,
      headers,
    }));
    await contract.log.append(drawn);
    const { received } = await contract.collect(topic, { maxBytes: 3000 });
    await until(() => expect(received).toHaveLength(200));
    expect(received.map(plain)).toEqual(drawn.map(plain));
  });

  it('carries values of several hundred kilobytes, even above the delivery limit', async () => {
    const topic = await contract.topicOf(1);
    const values = [300_000, 10, 700_000].map((size) => Buffer.alloc(size, size % 251));
    await contract.log.append(values.map((value) => ({ ...record(topic, {}), value })));
    const { received, batches } = await contract.collect(topic, { maxBytes: 400_000 });
    await until(() => expect(received).toHaveLength(3));
    expect(received.map((r) => Buffer.compare(r.value!, values[r.offset]!))).toEqual([0, 0, 0]);
    for (const batch of batches) {
      const bytes = batch.reduce((sum, r) => sum + (r.value?.length ?? 0), 0);
      expect(batch.length === 1 || bytes <= 400_000).toBe(true);
    }
  });

  it('lets several appenders write one partition at once without gap, loss or mixing', async () => {
    const topic = await contract.topicOf(1);
    const other = await contract.open();
    try {
      const writers = [contract.log, other, contract.log, other];
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
    const { received } = await contract.collect(topic);
    await until(() => expect(received).toHaveLength(120));
    expect(received.map((r) => r.offset)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    for (const w of [0, 1, 2, 3]) {
      const values = received.filter((r) => text(r.key) === `w${w}`).map((r) => text(r.value));
      expect(values).toEqual(Array.from({ length: 30 }, (_, i) => `${Math.floor(i / 3)}.${i % 3}`));
    }
  });

  it('shows of an append all that a partition holds or nothing', async () => {
    const topic = await contract.topicOf(2);
    const reader = await contract.open();
    try {
      let done = false;
      const appending = (async () => {
        for (let i = 0; i < 20; i += 1) {
          await contract.log.append(
            [0, 1, 0, 1].map((partition) => record(topic, { partition, value: `v${i}` })),
          );
        }
        done = true;
      })();
      const seen: PartitionPosition[] = [];
      while (!done || seen.length === 0) {
        seen.push(...(await reader.positions(topic)));
        await setImmediate();
      }
      await appending;
      const { received } = await contract.collect(topic);
      await until(() => expect(received).toHaveLength(80));
      for (const { partition, latest } of seen) {
        const shown = received.filter((r) => r.partition === partition && r.offset < latest);
        expect(shown.length % 2).toBe(0);
      }
    } finally {
      await reader.close();
    }
  });

  it('keeps the partitions of a topic that exists', async () => {
    const topic = await contract.topicOf(2);
    await contract.log.createTopics([{ topic, partitions: 5 }]);
    expect(await contract.log.positions(topic)).toMatchObject([
      { topic, partition: 0, earliest: 0, latest: 0 },
      { topic, partition: 1, earliest: 0, latest: 0 },
    ]);
  });

  it('refuses a topic or a partition that does not exist, and writes nothing of that append', async () => {
    const topic = await contract.topicOf(1);
    const good = record(topic, { value: 'v' });
    await expect(contract.log.append([good, record(`${topic}-missing`, {})])).rejects.toThrow(
      `${topic}-missing`,
    );
    await expect(contract.log.append([good, record(topic, { partition: 1 })])).rejects.toThrow();
    expect(await contract.log.positions(topic)).toMatchObject([{ latest: 0 }]);
  });
}
