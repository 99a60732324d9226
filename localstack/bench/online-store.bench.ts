import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { openRedisOnlineStore } from '../../shared/adapters/redis-online-store.ts';
import { startRedis } from '../../shared/adapters/redis-test-servers.ts';
import type { OnlineHash, OnlineStore } from '../../shared/online/index.ts';
import { percentilesText } from './percentiles.ts';

const USERS = 20_000;
const PRODUCTS_PER_USER = 20;
const ROUNDS = 100;
const BATCH = 1_000;
const MINUTES = 60;

/** Bulk load, reads and batches of live writes on both online stores; Redis syncs every write to disk, as LMDB does. */
export async function benchOnlineStore(print: (line: string) => void): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'online-store-bench-'));
  const lmdb = openLmdbOnlineStore({ path });
  await measure(lmdb, (line) => print(`LMDB   ${line}`));
  await lmdb.close();
  await rm(path, { recursive: true });

  const server = await startRedis();
  const redis = await openRedisOnlineStore({ url: server.url });
  try {
    await measure(redis, (line) => print(`Redis  ${line}`));
    const used = /used_memory_human:(\S+)/.exec(await server.client.info('memory'))?.[1];
    print(`Redis  memory of all that: ${used}`);
  } finally {
    await redis.close();
    await server.stop();
  }
}

async function measure(store: OnlineStore, print: (line: string) => void): Promise<void> {
  const [load = 0] = await times(1, () => store.replace(hashes()));
  print(
    `replace of ${USERS * PRODUCTS_PER_USER} fields in ${USERS} hashes: ${(load / 1_000).toFixed(1)} s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`,
  );

  let next = 0;
  const reads = await times(10 * ROUNDS, () => {
    const user = next++ % USERS;
    return store.read([`user:${user}:recent`, `user:${user}:interactions`]);
  });
  print(`read of a customer's two hashes: ${percentilesText(reads, 'ms')}`);

  const puts = await times(ROUNDS, (round) =>
    store.putFields(
      Array.from({ length: BATCH }, (_, i) => ({
        key: `user:${(round * 7 + i) % USERS}:recent`,
        field: `${round * BATCH + i}:1`,
        version: BigInt(round + 1),
        value: JSON.stringify({ v: 1, productId: i, orderId: round, quantity: 1, price: '12.50', at: round }),
      })),
    ),
  );
  print(`putFields of ${BATCH} fields of as many customers: ${percentilesText(puts, 'ms')}`);

  const sums = await times(ROUNDS, (round) =>
    store.contribute(
      'orders-0',
      Array.from({ length: BATCH }, (_, i) => {
        const key = `revenue:${(round + i) % MINUTES}:0`;
        const adds = [
          { key, field: 'cents', amount: 1_250n },
          { key, field: 'orders', amount: 1n },
        ];
        return { fact: `${round * BATCH + i}`, version: 1n, adds };
      }),
    ),
  );
  print(`contribute of ${BATCH} orders to ${MINUTES} windows: ${percentilesText(sums, 'ms')}`);
}

function* hashes(): Generator<readonly [string, OnlineHash]> {
  for (let user = 0; user < USERS; user += 1) {
    const fields = Array.from({ length: PRODUCTS_PER_USER }, (_, product) => {
      const text = JSON.stringify({ product_id: product, score: user / (product + 1) });
      return [`${product}`, text] as const;
    });
    yield [`user:${user}:interactions`, new Map(fields)];
  }
}

async function times(count: number, work: (round: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const start = performance.now();
    await work(round);
    taken.push(performance.now() - start);
  }
  return taken;
}
