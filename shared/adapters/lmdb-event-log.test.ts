import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { describeEventLog } from '../kafka/event-log.contract.ts';
import type { Assignment, EventLog, KafkaRecord } from '../kafka/index.ts';
import { openLmdbEventLog } from './lmdb-event-log.ts';
import { encodeChunks, stampChunk } from './lmdb-event-log-chunk.ts';
import { chunkKey, openLogStore } from './lmdb-event-log-store.ts';

describeEventLog('lmdb', async () => {
  const path = await mkdtemp(join(tmpdir(), 'event-log-'));
  return {
    open: () => openLmdbEventLog({ path }),
    destroy: () => rm(path, { recursive: true }),
  };
});

describe('lmdb event log', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'event-log-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('stores what a source has reached together with its records, also without records', async () => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 1 }]);
    expect(await log.positionOf('shop')).toBeNull();
    await log.appendWithPosition('shop', [valueRecord('t', 'a')], '0/16');
    await log.appendWithPosition('shop', [], '0/20');
    await expect(log.appendWithPosition('shop', [valueRecord('missing', 'b')], '0/30')).rejects.toMatchObject(
      {
        code: 'unknown_topic',
      },
    );
    await log.close();
    const again = await openLmdbEventLog({ path });
    expect(await again.positionOf('shop')).toBe('0/20');
    expect(await again.positions('t')).toMatchObject([{ latest: 1 }]);
    await again.close();
  });

  it('gives dense offsets and shows an append in all partitions at once', async () => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 2 }]);
    const reader = await openLmdbEventLog({ path });
    const append = () =>
      log.append([0, 1, 0, 1].map((partition) => ({ ...valueRecord('t', 'v'), partition })));
    let appended = false;
    const appending = append().then(append).then(append);
    appending.finally(() => {
      appended = true;
    });
    const seen: number[] = [];
    while (!appended) {
      const [left, right] = await reader.positions('t');
      expect(right!.latest).toBe(left!.latest);
      seen.push(left!.latest);
      await setImmediate();
    }
    await appending;
    expect(await reader.positions('t')).toMatchObject([{ latest: 6 }, { latest: 6 }]);
    expect(seen.filter((latest) => ![0, 2, 4, 6].includes(latest))).toEqual([]);
    await reader.close();
    await log.close();
  });

  it('keeps the order of headers, repeated names among others', async () => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 1 }]);
    const headers = ['b', '2', 'a', 'b', '1'].map((name, i) => [name, Buffer.from([i])] as const);
    await log.append([{ ...valueRecord('t', 'v'), headers }]);
    const received = await consumed(log, 1);
    expect(received[0]!.headers.map(([name, [value]]) => [name, value])).toEqual(
      headers.map(([name, [value]]) => [name, value]),
    );
    await log.close();
  });

  it('keeps its incarnation for life', async () => {
    const log = await openLmdbEventLog({ path, newIncarnation: () => 'first' });
    await log.close();
    const again = await openLmdbEventLog({ path, newIncarnation: () => 'second' });
    expect(again.incarnation).toBe('first');
    await again.close();
  });

  it('never shows what a torn append left beyond the head, and overwrites it', async () => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 1 }]);
    await log.append([valueRecord('t', 'kept')]);
    const store = await openLogStore(path, 'unused');
    await store.root.transaction(() => {
      const [torn] = encodeChunks(['x', 'y', 'z'].map((value) => valueRecord('t', value)));
      store.chunks.put(chunkKey(0, 0, 3), stampChunk(torn!, 1, 0));
    });
    expect(await log.positions('t')).toMatchObject([{ latest: 1 }]);
    await log.append([valueRecord('t', 'after')]);
    const received = await consumed(log, 2);
    expect(received.map((r) => Buffer.from(r.value!).toString())).toEqual(['kept', 'after']);
    await log.close();
  });

  it.each([
    ['worker threads terminated', appendingThread],
    ['processes killed', appendingProcess],
  ])('survives %s in the middle of appending: appends whole, offsets dense', async (_, startAppender) => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 2 }]);
    for (let round = 0; round < 4; round += 1) {
      const before = (await log.positions('t'))[0]!.latest;
      const appender = startAppender(path);
      await vi.waitFor(
        async () => expect((await log.positions('t'))[0]!.latest).toBeGreaterThan(before),
        20_000,
      );
      await appender.kill();
      const [left, right] = await log.positions('t');
      expect(left!.latest % 100).toBe(0);
      expect(right!.latest).toBe(left!.latest);
    }
    const { latest } = (await log.positions('t'))[0]!;
    const offsets = (await consumed(log, latest, 0)).map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: latest }, (_, i) => i));
    await log.close();
  });

  it('gives up loudly on a group that stands beyond the end', async () => {
    const log = await openLmdbEventLog({ path });
    await log.createTopics([{ topic: 't', partitions: 1 }]);
    await log.append([valueRecord('t', 'only')]);
    const errors: unknown[] = [];
    const subscription = {
      groupId: 'g',
      topic: 't',
      startingPosition: { type: 'TRIM_HORIZON' },
      maxBytes: 1000,
      deliver: async (_: readonly KafkaRecord[], assignment: Assignment) => {
        await assignment.commit(5);
      },
      onError: (error: unknown) => {
        errors.push(error);
      },
    } as const;
    const first = await log.subscribe(subscription);
    await vi.waitFor(async () => expect(await log.positions('t', 'g')).toMatchObject([{ committed: 5 }]));
    await first.stop();
    const second = await log.subscribe(subscription);
    await vi.waitFor(() => expect(errors).toMatchObject([{ code: 'offset_out_of_range' }]));
    await second.stop();
    await log.close();
  });
});

function valueRecord(topic: string, value: string) {
  return { topic, timestamp: epochMillis(1), key: null, value: Buffer.from(value) };
}

/** Appends 100 large records to each of two partitions at a time, until it is ended. */
function appenderSource(path: string): string {
  return `(async () => {
    const { register } = await import('tsx/esm/api');
    register();
    const { openLmdbEventLog } = await import(${JSON.stringify(new URL('./lmdb-event-log.ts', import.meta.url).href)});
    const log = await openLmdbEventLog({ path: ${JSON.stringify(path)} });
    const records = Array.from({ length: 200 }, (_, i) => ({
      topic: 't', partition: i % 2, timestamp: 1, key: null, value: Buffer.alloc(20_000, i),
    }));
    for (;;) await log.append(records);
  })()`;
}

/** All records of `t`, or those of one partition, when `count` of them have been delivered. */
async function consumed(log: EventLog, count: number, partition?: number): Promise<readonly KafkaRecord[]> {
  const received: KafkaRecord[] = [];
  const consumer = await log.subscribe({
    groupId: 'g',
    topic: 't',
    startingPosition: { type: 'TRIM_HORIZON' },
    maxBytes: 1_000_000,
    deliver: async (records) => {
      received.push(...records.filter((record) => (partition ?? record.partition) === record.partition));
    },
    onError: (error) => {
      throw error;
    },
  });
  await vi.waitFor(() => expect(received).toHaveLength(count), 10_000);
  await consumer.stop();
  return received;
}

function appendingThread(path: string) {
  const worker = new Worker(appenderSource(path), { eval: true });
  return { kill: () => worker.terminate() };
}

function appendingProcess(path: string) {
  const child = spawn(process.execPath, ['-e', appenderSource(path)], { stdio: 'inherit' });
  return {
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
