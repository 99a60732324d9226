import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { epochMillis } from '../domain/index.ts';
import type { NewRecord } from '../kafka/index.ts';
import { openLmdbEventLog } from './lmdb-event-log.ts';

/** Appends and reads `count` Debezium-like envelopes of about 800 bytes in a temporary log; prints rates and sizes. */
export async function benchLmdbEventLog(print: (line: string) => void, count = 1_000_000): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'event-log-bench-'));
  const log = await openLmdbEventLog({ path });
  try {
    await log.createTopics([
      { topic: 'orders', partitions: 4 },
      { topic: 'quiet', partitions: 4 },
    ]);
    const pool = Array.from({ length: 50_000 }, (_, id) => envelope(id));
    const valueBytes = pool.reduce((sum, record) => sum + (record.value?.length ?? 0), 0) / pool.length;

    const appended = await timed(async () => {
      for (let begin = 0; begin < count; begin += BATCH) {
        await log.append(pool.slice(begin % pool.length, (begin % pool.length) + BATCH));
      }
    });
    const { size } = await stat(join(path, 'data.mdb'));
    print(
      `append: ${rate(count, appended)} records/s of ${Math.round(valueBytes)} bytes, ${BATCH} a call; ${Math.round(size / 1e6)} MB on disk for ${Math.round((count * valueBytes) / 1e6)} MB of values`,
    );

    const consumed = await timed(() => consumeAll(log, count));
    print(`consume: ${rate(count, consumed)} records/s in deliveries of up to 1 MiB`);

    const singles = 500;
    const one = await timed(async () => {
      for (let i = 0; i < singles; i += 1) await log.append([pool[i]!]);
    });
    print(`append of a single record: ${(one / singles).toFixed(2)} ms, durable`);

    const consumer = await log.subscribe({ ...SUBSCRIPTION, topic: 'quiet', deliver: async () => undefined });
    const before = process.cpuUsage();
    await setTimeout(5000);
    const { user, system } = process.cpuUsage(before);
    print(`idle consumer of 4 partitions: ${((user + system) / 50_000).toFixed(2)} % of a core`);
    await consumer.stop();
    print(`resident memory: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  } finally {
    await log.close();
    await rm(path, { recursive: true });
  }
}

const BATCH = 5000;
const SUBSCRIPTION = {
  groupId: 'bench',
  startingPosition: { type: 'TRIM_HORIZON' },
  maxBytes: 1024 * 1024,
  onError: (error: unknown) => {
    throw error;
  },
} as const;

async function consumeAll(log: Awaited<ReturnType<typeof openLmdbEventLog>>, count: number): Promise<void> {
  let left = count;
  let done: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const consumer = await log.subscribe({
    ...SUBSCRIPTION,
    topic: 'orders',
    deliver: async (records) => {
      left -= records.length;
      if (left === 0) done();
    },
  });
  await all;
  await consumer.stop();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function rate(count: number, ms: number): string {
  return Math.round((count / ms) * 1000).toLocaleString('en');
}

function envelope(id: number): NewRecord {
  const at = 1_700_000_000_000 + id * 37;
  const price = ((id * 7919) % 10_000) / 100;
  const value = {
    before: null,
    after: {
      order_item_id: id,
      order_id: id >> 1,
      product_id: (id * 31) % 4000,
      quantity: 1 + (id % 9),
      price_per_unit: price.toFixed(2),
    },
    source: {
      version: '3.2.0.Final',
      connector: 'postgresql',
      name: 'ecommerce',
      ts_ms: at,
      snapshot: 'false',
      db: 'shop',
      sequence: `["${24_023_128 + id * 88}","${24_023_128 + id * 91}"]`,
      ts_us: at * 1000,
      ts_ns: at * 1_000_000,
      schema: 'public',
      table: 'order_items',
      txId: 700 + (id >> 1),
      lsn: 24_023_128 + id * 91,
      xmin: null,
    },
    transaction: {
      id: `${700 + (id >> 1)}:${24_023_128 + id * 91}`,
      total_order: id % 9,
      data_collection_order: id % 9,
    },
    op: 'c',
    ts_ms: at + 12,
    ts_us: (at + 12) * 1000,
    ts_ns: (at + 12) * 1_000_000,
  };
  const key = Buffer.from(JSON.stringify({ order_item_id: id }));
  return {
    topic: 'orders',
    timestamp: epochMillis(at),
    key,
    value: Buffer.from(JSON.stringify(value).padEnd(800)),
  };
}
