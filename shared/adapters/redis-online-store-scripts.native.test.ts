import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { epochMillis, userId } from '../domain/index.ts';
import { keys, type OnlineStore } from '../online/index.ts';
import { fact, put, readFrom } from '../online/online-store-model.ts';
import { openRedisOnlineStore } from './redis-online-store.ts';
import { runScript } from './redis-online-store-connection.ts';
import { hashKeys, shardKeys } from './redis-online-store-keys.ts';
import { ADD_AMOUNTS, CONTRIBUTE, PUBLISH } from './redis-online-store-scripts.ts';
import { startRedis, type TestRedis } from './redis-test-servers.ts';

describe('Redis online store', () => {
  let redis: TestRedis;
  let store: OnlineStore;
  beforeAll(async () => {
    redis = await startRedis();
    store = await openRedisOnlineStore({ url: redis.url });
  });
  beforeEach(async () => {
    await redis.client.flushall();
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
  });

  const contributeOnly = (shard: string, id: string, version: string, adds: readonly (readonly string[])[]) =>
    runScript(
      redis.client,
      CONTRIBUTE,
      [shardKeys.facts(shard), shardKeys.sums(shard), shardKeys.unpublished(shard)],
      [id, version, JSON.stringify(adds)],
    ) as Promise<string[]>;

  it('adds and subtracts as integers of any size do', async () => {
    const amount = fc.oneof(
      fc.bigInt(-(10n ** 30n), 10n ** 30n),
      fc.bigInt(-(2n ** 64n), 2n ** 64n),
      fc.bigInt(-(10n ** 16n), 10n ** 16n),
      fc.bigInt(-20n, 20n),
      fc.constantFrom(10n ** 14n, 10n ** 15n - 1n, 10n ** 15n, 10n ** 21n, -(10n ** 21n), 10n ** 7n),
    );
    await fc.assert(
      fc.asyncProperty(amount, amount, async (a, b) => {
        expect(await runScript(redis.client, ADD_AMOUNTS, [], [`${a}`, `${b}`])).toEqual([
          `${a + b}`,
          `${a - b}`,
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('shows other programs the plain hash under its name', async () => {
    const interactions = keys.userInteractions(userId(7));
    await store.replace([[interactions, new Map([['17', '{"product_id":17,"score":1.5}']])]]);
    await store.putFields([put('product:1', 'row', 9n, '{}'), put('product:1', 'gone', 9n, null)]);
    const revenue = keys.revenue(epochMillis(0), 0);
    await store.contribute('orders-0', [fact('1', 1n, [[revenue, 'cents', 250n]])]);
    expect(await redis.client.hgetall('user:7:interactions')).toEqual({
      17: '{"product_id":17,"score":1.5}',
    });
    expect(await redis.client.hgetall('product:1')).toEqual({ row: '{}' });
    expect(await redis.client.hgetall('revenue:1970-01-01T00:00Z:0')).toEqual({ cents: '250' });
  });

  it('finishes with the next contribution what a program left before its windows showed it', async () => {
    await store.contribute('s', [fact('1', 1n, [['w1', 'orders', 1n]])]);
    await contributeOnly('s', '1', '2', [['w2', 'orders', '1']]);
    expect(await readFrom(store, 'w1')).toEqual({ orders: '1' });
    // The batch comes again, as its offset was not committed. Of w1 its fact says nothing any more.
    await store.contribute('s', [fact('1', 2n, [['w2', 'orders', 1n]])]);
    expect(await readFrom(store, 'w1')).toEqual({});
    expect(await readFrom(store, 'w2')).toEqual({ orders: '1' });
    expect(await redis.client.exists(shardKeys.unpublished('s'))).toBe(0);
  });

  it('remembers which window could not show its sum until it does', async () => {
    await redis.client.set('w', 'no hash');
    const batch = [fact('1', 1n, [['w', 'orders', 1n]])];
    await expect(store.contribute('s', batch)).rejects.toMatchObject({ code: 'online_store_refused' });
    await redis.client.del('w');
    await store.contribute('s', batch);
    expect(await readFrom(store, 'w')).toEqual({ orders: '1' });
  });

  it('shows the later sum when the earlier one arrives after it', async () => {
    const [window = '', earlier = ''] = await contributeOnly('s', '1', '1', [['w', 'orders', '1']]);
    await store.contribute('s', [fact('2', 1n, [['w', 'orders', 1n]])]);
    const late = [hashKeys.hash(window), hashKeys.shares(window)];
    expect(await runScript(redis.client, PUBLISH, late, ['s', earlier, 0])).toBe(0);
    expect(await readFrom(store, 'w')).toEqual({ orders: '2' });
  });

  it('shows what the shard says when the shard has lost its last writes and the window has not', async () => {
    await store.contribute('s', [fact('1', 1n, [['w', 'orders', 1n]])]);
    const before = await Promise.all(
      [shardKeys.facts('s'), shardKeys.sums('s')].map(
        async (key) => [key, await redis.client.dumpBuffer(key)] as const,
      ),
    );
    await store.contribute('s', [fact('2', 1n, [['w', 'orders', 10n]])]);
    for (const [key, dump] of before) await redis.client.restore(key, 0, dump ?? '', 'REPLACE');
    await store.contribute('s', [fact('3', 1n, [['w', 'orders', 100n]])]);
    expect(await readFrom(store, 'w')).toEqual({ orders: '101' });
  });

  it('drops a window that is to be kept for a while only, and shows the whole sum again once it changes', async () => {
    const forgetful = await openRedisOnlineStore({ url: redis.url, keepWindowsMs: 60_000 });
    await forgetful.contribute('s', [fact('1', 1n, [['w', 'cents', 250n]])]);
    for (const key of [hashKeys.hash('w'), hashKeys.shares('w')]) {
      const left = await redis.client.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
      await redis.client.pexpire(key, 0);
    }
    expect(await readFrom(forgetful, 'w')).toEqual({});
    await forgetful.contribute('s', [fact('2', 1n, [['w', 'cents', 50n]])]);
    expect(await readFrom(forgetful, 'w')).toEqual({ cents: '300' });
    await forgetful.close();
  });

  it('keeps windows for ever unless told otherwise', async () => {
    await store.contribute('s', [fact('1', 1n, [['w', 'cents', 250n]])]);
    expect(await redis.client.pttl(hashKeys.hash('w'))).toBe(-1);
  });

  it('leaves nothing of a load beside the hash that it replaced', async () => {
    await store.replace([['large', new Map(Array.from({ length: 12_345 }, (_, i) => [`${i}`, 'x']))]]);
    expect(await redis.client.keys('*')).toEqual(['large']);
    expect(await redis.client.hlen('large')).toBe(12_345);
    expect(await redis.client.pttl('large')).toBe(-1);
  });

  it('writes on after the server forgot its scripts', async () => {
    await store.putFields([put('k', 'f', 1n, 'one')]);
    await redis.client.script('FLUSH');
    await store.putFields([put('k', 'f', 2n, 'two')]);
    expect(await readFrom(store, 'k')).toEqual({ f: 'two' });
  });
});
