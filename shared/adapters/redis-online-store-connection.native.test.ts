import { afterEach, describe, expect, it } from 'vitest';
import type { OnlineStore } from '../online/index.ts';
import { put, readFrom } from '../online/online-store-model.ts';
import {
  type OnlineStoreWarning,
  openRedisOnlineStore,
  type RedisOnlineStoreOptions,
} from './redis-online-store.ts';
import { startRedis, type TestRedis } from './redis-test-servers.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function redisOfOwn(...settings: string[]): Promise<TestRedis> {
  const redis = await startRedis(settings);
  ends.push(() => redis.stop());
  return redis;
}

async function open(
  options: RedisOnlineStoreOptions,
): Promise<{ readonly store: OnlineStore; readonly warnings: readonly OnlineStoreWarning[] }> {
  const warnings: OnlineStoreWarning[] = [];
  const store = await openRedisOnlineStore({ onWarning: (warning) => warnings.push(warning), ...options });
  ends.push(() => store.close());
  return { store, warnings };
}

describe('Redis online store without its Redis', () => {
  it('fails a read in time while the server is frozen, and reads again afterwards', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url, readDeadlineMs: 250 });
    await store.putFields([put('k', 'f', 1n, 'x')]);
    await redis.signal('SIGSTOP');
    await expect(store.read(['k'])).rejects.toMatchObject({
      code: 'online_store_unavailable',
      retryable: true,
    });
    await redis.signal('SIGCONT');
    await expect.poll(() => readFrom(store, 'k').catch(() => null), { timeout: 10_000 }).toEqual({ f: 'x' });
  });

  it('opens, says why it cannot read, and reads once the server is there', async () => {
    const redis = await redisOfOwn();
    await redis.signal('SIGKILL');
    const { store, warnings } = await open({ url: redis.url, readDeadlineMs: 250 });
    expect(warnings).toMatchObject([
      { code: 'online_store_settings_unknown', message: expect.stringContaining('ECONNREFUSED') },
    ]);
    await expect(store.read(['k'])).rejects.toMatchObject({
      code: 'online_store_unavailable',
      retryable: true,
      message: expect.stringContaining(`${redis.port}`),
    });
    await redis.start();
    await expect.poll(() => readFrom(store, 'k').catch(() => null), { timeout: 10_000 }).toEqual({});
  });

  it('goes on with a write until the server is back', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url });
    await redis.signal('SIGKILL');
    const writing = store.putFields([put('k', 'f', 1n, 'x')]);
    await redis.start();
    await writing;
    expect(await readFrom(store, 'k')).toEqual({ f: 'x' });
  });

  it('gives a write up at its deadline', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url, writeDeadlineMs: 300 });
    await redis.signal('SIGKILL');
    await expect(store.putFields([put('k', 'f', 1n, 'x')])).rejects.toMatchObject({
      code: 'online_store_unavailable',
      retryable: true,
    });
  });

  it('ends what waits when it is closed', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url });
    await redis.signal('SIGKILL');
    const waiting = [store.putFields([put('k', 'f', 1n, 'x')]), store.read(['k'])];
    const results = Promise.allSettled(waiting);
    await store.close();
    expect(await results).toMatchObject([
      { status: 'rejected', reason: { code: 'online_store_closed' } },
      { status: 'rejected', reason: { code: 'online_store_closed' } },
    ]);
  });

  it('takes no further read when ten thousand wait', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url });
    await redis.signal('SIGSTOP');
    const waiting = Promise.allSettled(Array.from({ length: 10_000 }, () => store.read(['k'])));
    await expect(store.read(['k'])).rejects.toMatchObject({
      code: 'online_store_overloaded',
      retryable: true,
    });
    await store.close();
    expect((await waiting).every((result) => result.status === 'rejected')).toBe(true);
    await redis.signal('SIGCONT');
  });

  it('says what the server refuses, and that it is no use to try again', async () => {
    const redis = await redisOfOwn();
    const { store } = await open({ url: redis.url });
    await redis.client.set('k', 'no hash');
    await expect(store.read(['k'])).rejects.toMatchObject({
      code: 'online_store_refused',
      retryable: false,
      message: expect.stringContaining('WRONGTYPE'),
    });
    await redis.client.config('SET', 'requirepass', 'secret');
    const { warnings } = await open({ url: redis.url });
    expect(warnings).toMatchObject([{ message: expect.stringContaining('NOAUTH') }]);
    const { store: trusted, warnings: none } = await open({ url: redis.url.replace('//', '//:secret@') });
    expect(none).toEqual([]);
    expect(await trusted.read(['missing'])).toEqual([new Map()]);
  });
});

describe('settings of the server', () => {
  it.each([
    ['keep everything', [], []],
    ['keep nothing', ['--appendonly', 'no'], [/appendonly no.* set appendonly yes and appendfsync always/]],
    ['lose a second', ['--appendfsync', 'everysec'], [/appendfsync everysec.* set appendfsync always/]],
    [
      'evict',
      ['--maxmemory-policy', 'allkeys-lru'],
      [/maxmemory-policy allkeys-lru.* set maxmemory-policy noeviction/],
    ],
    ['are not told', ['--rename-command', 'CONFIG', ''], [/does not tell its settings/]],
  ])('that %s', async (_, settings, expected) => {
    const redis = await redisOfOwn(...settings);
    const { warnings } = await open({ url: redis.url });
    expect(warnings.map(({ message }) => message)).toEqual(
      expected.map((text) => expect.stringMatching(text)),
    );
  });
});
