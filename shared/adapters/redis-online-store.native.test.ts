import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { describeOnlineStore } from '../online/online-store.contract.ts';
import { openRedisOnlineStore } from './redis-online-store.ts';
import { startRedisCluster, type TestRedis } from './redis-test-servers.ts';

/** What the development server lacks is not the subject here. */
const onWarning = (): void => undefined;

describe('on a running Redis', () => {
  let database: Redis;
  let url: string;
  beforeAll(async () => {
    url = runningService('redis').url;
    database = await claimDatabase(url);
  });
  afterAll(async () => {
    await releaseDatabase(database);
  });

  describeOnlineStore('Redis', async () => {
    await database.flushdb();
    return {
      open: () => openRedisOnlineStore({ url: `${url}/${database.options.db}`, onWarning }),
      dispose: async () => undefined,
    };
  });
});

describe('on a cluster of three', () => {
  let nodes: readonly TestRedis[] = [];
  beforeAll(async () => {
    nodes = await startRedisCluster(3);
  });
  afterAll(async () => {
    for (const node of nodes) await node.stop();
  });

  describeOnlineStore('Redis Cluster', async () => {
    for (const node of nodes) await node.client.flushall();
    const url = `redis+cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`;
    return {
      open: () => openRedisOnlineStore({ url }),
      dispose: async () => undefined,
    };
  });
});

const CLAIM = 'test-database:';
const CLAIM_SECONDS = 600;

/** An empty database that no other test has; the claim lies in database 0. */
async function claimDatabase(url: string): Promise<Redis> {
  const claims = new Redis(url);
  try {
    for (let db = 15; db > 0; db -= 1) {
      if ((await claims.set(`${CLAIM}${db}`, 'claimed', 'EX', CLAIM_SECONDS, 'NX')) === null) continue;
      const client = new Redis(url, { db });
      if ((await client.dbsize()) === 0) return client;
      client.disconnect();
    }
    throw new Error(`all databases of ${url} are in use: flush those that tests left behind`);
  } finally {
    claims.disconnect();
  }
}

async function releaseDatabase(client: Redis): Promise<void> {
  await client.flushdb();
  await client.select(0);
  await client.del(`${CLAIM}${client.options.db}`);
  client.disconnect();
}
