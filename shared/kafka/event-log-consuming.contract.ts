import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import type { Assignment, Consumer, StartingPosition } from './event-log.ts';
import { BEGIN, type EventLogContract, record, text, until } from './event-log-setting.contract.ts';

/** Where a group starts, what it gets, and what a commit and a stop mean. */
export function describeConsuming(contract: EventLogContract): void {
  it('keeps records and committed offsets when the log is opened again', async () => {
    const topic = await contract.topicOf(1);
    const first = await contract.open();
    await first.append([0, 1, 2, 3].map((i) => record(topic, { key: 'k', value: `v${i}` })));
    const before = await contract.collect(topic, { on: first });
    await until(() => expect(before.received).toHaveLength(4));
    await before.commit(0, 3);
    await before.consumer.stop();
    await first.close();

    const second = await contract.open();
    try {
      const after = await contract.collect(topic, { on: second, groupId: before.groupId });
      await until(() => expect(after.received.map((r) => text(r.value))).toEqual(['v3']));
      await after.consumer.stop();
      expect(await second.positions(topic, before.groupId)).toMatchObject([{ latest: 4, committed: 3 }]);
    } finally {
      await second.close();
    }
  });

  it('redelivers from the last commit when a consumer stopped without committing', async () => {
    const topic = await contract.topicOf(1);
    await contract.log.append([0, 1, 2].map((i) => record(topic, { value: `v${i}` })));
    const first = await contract.collect(topic);
    await until(() => expect(first.received).toHaveLength(3));
    await first.consumer.stop();
    const second = await contract.collect(topic, { groupId: first.groupId });
    await until(() => expect(second.received.map((r) => r.offset)).toEqual([0, 1, 2]));
  });

  it('delivers what another handle appends later', async () => {
    const topic = await contract.topicOf(2);
    const { received } = await contract.collect(topic, { from: { type: 'LATEST' } });
    const other = await contract.open();
    try {
      await other.append([record(topic, { key: 'k', value: 'fresh' })]);
      await until(() => expect(received.map((r) => text(r.value))).toEqual(['fresh']));
    } finally {
      await other.close();
    }
  });

  it('starts a group without offsets where it was told to', async () => {
    const topic = await contract.topicOf(1);
    const times = [100, 300, 200, 400, 400, 150, 500].map((later) => BEGIN + later);
    await contract.log.append(times.slice(0, 3).map((t) => record(topic, { value: `t${t}`, timestamp: t })));
    for (const t of times.slice(3))
      await contract.log.append([record(topic, { value: `t${t}`, timestamp: t })]);
    const firstFrom = async (from: StartingPosition): Promise<number | undefined> => {
      const { received, consumer } = await contract.collect(topic, { from });
      await until(() => expect(received.at(-1)?.offset).toBe(6));
      await consumer.stop();
      return received[0]?.offset;
    };
    expect(await firstFrom({ type: 'TRIM_HORIZON' })).toBe(0);
    for (const later of [0, 100, 101, 200, 300, 301, 400, 401, 500]) {
      const timestamp = BEGIN + later;
      const from = { type: 'AT_TIMESTAMP', timestamp: epochMillis(timestamp) } as const;
      expect({ later, offset: await firstFrom(from) }).toEqual({
        later,
        offset: times.findIndex((t) => t >= timestamp),
      });
    }
    const late = await contract.collect(topic, {
      from: { type: 'AT_TIMESTAMP', timestamp: epochMillis(BEGIN + 501) },
    });
    const latest = await contract.collect(topic, { from: { type: 'LATEST' } });
    await contract.log.append([record(topic, { value: 'end', timestamp: BEGIN })]);
    await until(() => expect(late.received.map((r) => r.offset)).toEqual([7]));
    await until(() => expect(latest.received.map((r) => r.offset)).toEqual([7]));
  });

  it('ignores the starting position where the group has committed', async () => {
    const topic = await contract.topicOf(1);
    await contract.log.append([0, 1, 2].map((i) => record(topic, { value: `v${i}` })));
    const first = await contract.collect(topic);
    await until(() => expect(first.received).toHaveLength(3));
    await first.commit(0, 1);
    await first.consumer.stop();
    const second = await contract.collect(topic, { groupId: first.groupId, from: { type: 'LATEST' } });
    await until(() => expect(second.received.map((r) => r.offset)).toEqual([1, 2]));
  });

  it('keeps two groups independent', async () => {
    const topic = await contract.topicOf(1);
    await contract.log.append([0, 1].map((i) => record(topic, { value: `v${i}` })));
    const one = await contract.collect(topic);
    const two = await contract.collect(topic);
    await until(() => expect([one.received.length, two.received.length]).toEqual([2, 2]));
    await one.commit(0, 2);
    expect(await contract.log.positions(topic, one.groupId)).toMatchObject([{ committed: 2 }]);
    expect(await contract.log.positions(topic, two.groupId)).toMatchObject([{ committed: null }]);
  });

  it('hands over one batch of a partition at a time, other partitions meanwhile', async () => {
    const topic = await contract.topicOf(2);
    await contract.log.append(
      [0, 0, 1, 1].map((partition) => record(topic, { partition, value: 'x'.repeat(100) })),
    );
    const running = new Map<number, number>();
    let overlaps = 0;
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = await contract.log.subscribe({
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
    contract.stopAfter(consumer);
    await until(() => expect(seen).toContain('1:1'));
    expect(seen).not.toContain('0:1');
    release();
    await until(() => expect(seen).toContain('0:1'));
    expect(overlaps).toBe(0);
  });

  it('stops only after the running delivery, which may still commit', async () => {
    const topic = await contract.topicOf(1);
    await contract.log.append([record(topic, { value: 'v' })]);
    const events: string[] = [];
    const groupId = `group-${randomUUID()}`;
    let held: Assignment | null = null;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer: Consumer = await contract.log.subscribe({
      groupId,
      topic,
      startingPosition: { type: 'TRIM_HORIZON' },
      maxBytes: 1000,
      deliver: async (_, assignment) => {
        held = assignment;
        events.push('delivering');
        await released;
        events.push(await assignment.commit(1));
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
    expect(await contract.log.positions(topic, groupId)).toMatchObject([{ committed: 1 }]);
    expect(held!.lost.aborted).toBe(true);
    expect(await held!.commit(0)).toBe('lost');
    expect(await contract.log.positions(topic, groupId)).toMatchObject([{ committed: 1 }]);
  });
}
