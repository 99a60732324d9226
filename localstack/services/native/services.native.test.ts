import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  readRunningServices,
  type ServiceName,
  type StartedService,
  serviceStatus,
  startService,
  stopOrder,
  stopService,
  wipeService,
} from './index.ts';
import { listeningOf } from './listening.fixture.ts';

const NAMES = ['postgres', 'redis', 'minio', 'dynamodb', 'ministack', 'kafka', 'connect'] as const;
const REGION = 'eu-central-1';
const CREDENTIALS = { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' };

let dataDir: string;
const started = new Map<ServiceName, StartedService>();
const service = (name: ServiceName): StartedService => {
  const found = started.get(name);
  if (found === undefined) throw new Error(`${name} was not started`);
  return found;
};

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'native services-'));
  for (const name of NAMES) started.set(name, await startService(name, { dataDir }));
}, 900_000);

afterAll(async () => {
  for (const name of stopOrder(NAMES)) await stopService(name, dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

describe('what runs', () => {
  it('is told to other processes in running.json', () => {
    const running = readRunningServices(dataDir);
    expect(Object.keys(running).toSorted()).toEqual([...NAMES].toSorted());
    for (const name of NAMES) expect(running[name]).toMatchObject({ url: service(name).url });
    expect(running.minio).toMatchObject(CREDENTIALS);
  });

  it.each(NAMES)('%s is shown as ready, with its process and memory', async (name) => {
    const { url, pid, version } = service(name);
    const status = await serviceStatus(name, dataDir);
    expect(status).toMatchObject({ name, state: 'ready', url, pid, version });
    expect(status.memoryBytes).toBeGreaterThan(1024 * 1024);
    expect(await readFile(status.logFile ?? '', 'utf8')).toBeTypeOf('string');
  });

  it.each(NAMES)('%s is left alone by a second start', async (name) => {
    const again = await startService(name, { dataDir });
    expect(again).toMatchObject({ pid: service(name).pid, url: service(name).url, startedNow: false });
  });

  it.each(NAMES)('%s listens on loopback only', (name) => {
    const { loopback, reachable } = listeningOf(service(name).pid);
    expect(loopback).not.toEqual([]);
    expect(reachable).toEqual([]);
  });
});

/** Writes something, and reads it back after a restart. */
interface Use {
  write(service: StartedService): Promise<void>;
  read(service: StartedService): Promise<unknown>;
  readonly written: unknown;
}

const USES: Partial<Record<ServiceName, Use>> = {
  postgres: {
    write: ({ url }) => query(url, "CREATE TABLE kept AS SELECT 'postgres' AS kept").then(() => undefined),
    read: ({ captureUrl = '' }) => query(captureUrl, 'SELECT kept FROM kept'),
    written: [{ kept: 'postgres' }],
  },
  redis: {
    write: ({ url }) => withRedis(url, (client) => client.set('kept', 'redis')).then(() => undefined),
    read: ({ url }) => withRedis(url, (client) => client.get('kept')),
    written: 'redis',
  },
  minio: {
    write: ({ url }) =>
      withS3(url, async (client) => {
        await client.send(new CreateBucketCommand({ Bucket: 'kept' }));
        await client.send(new PutObjectCommand({ Bucket: 'kept', Key: 'object', Body: 'minio' }));
      }),
    read: ({ url }) =>
      withS3(url, async (client) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: 'kept', Key: 'object' }));
        return Body?.transformToString();
      }),
    written: 'minio',
  },
  dynamodb: {
    write: ({ url }) =>
      withDynamoDb(url, async (client) => {
        await client.send(
          new CreateTableCommand({
            TableName: 'kept',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
          }),
        );
        await client.send(new PutItemCommand({ TableName: 'kept', Item: { id: { S: 'dynamodb' } } }));
      }),
    read: ({ url }) =>
      withDynamoDb(url, async (client) => {
        const { Item } = await client.send(
          new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'dynamodb' } } }),
        );
        return Item;
      }),
    written: { id: { S: 'dynamodb' } },
  },
  kafka: {
    write: async ({ url }) => {
      const kafka = kafkaAt(url);
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
      await admin.disconnect();
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic: 'kept', acks: -1, messages: [{ key: 'k', value: 'v' }] });
      await producer.disconnect();
    },
    read: async ({ url }) => {
      const admin = kafkaAt(url).admin();
      await admin.connect();
      const offsets = await admin.fetchTopicOffsets('kept');
      await admin.disconnect();
      return offsets.map(({ partition, high }) => ({ partition, high }));
    },
    written: [{ partition: 0, high: '1' }],
  },
  connect: {
    write: async ({ url }) => {
      const { hostname, port, username, password, pathname } = new URL(service('postgres').captureUrl ?? '');
      await query(service('postgres').url, 'CREATE PUBLICATION kept FOR TABLE kept');
      const response = await fetch(`${url}/connectors/kept/config`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
          'database.hostname': hostname,
          'database.port': port,
          'database.user': username,
          'database.password': password,
          'database.dbname': pathname.slice(1),
          'plugin.name': 'pgoutput',
          'slot.name': 'kept',
          'publication.name': 'kept',
          'publication.autocreate.mode': 'disabled',
          'table.include.list': 'public.kept',
          'topic.prefix': 'kept',
        }),
      });
      expect([response.status, await response.text()]).toEqual([
        201,
        expect.stringContaining('"name":"kept"'),
      ]);
    },
    read: async ({ url }) => (await fetch(`${url}/connectors`)).json(),
    written: ['kept'],
  },
};

describe('kill -9', () => {
  it.each(Object.entries(USES))(
    '%s comes back on its port with what it had answered for',
    async (name, use) => {
      const before = service(name as ServiceName);
      await use.write(before);
      await before.kill();
      expect(await serviceStatus(before.name, dataDir)).toMatchObject({ state: 'died', pid: null });
      const after = await startService(before.name, { dataDir });
      started.set(before.name, after);
      expect(after).toMatchObject({ url: before.url, startedNow: true });
      expect(after.pid).not.toBe(before.pid);
      // A broker accepts requests before it leads its partitions again.
      await vi.waitFor(async () => expect(await use.read(after)).toEqual(use.written), 30_000);
    },
  );
});

describe('postgres', () => {
  it('lets change capture read and replicate, and no more', async () => {
    const { captureUrl = '' } = service('postgres');
    expect(
      await query(captureUrl, 'SELECT rolreplication, rolsuper FROM pg_roles WHERE rolname = current_user'),
    ).toEqual([{ rolreplication: true, rolsuper: false }]);
    await expect(query(captureUrl, 'DELETE FROM kept')).rejects.toThrow('permission denied');
    await expect(query(captureUrl, 'CREATE TABLE more (id int)')).rejects.toThrow('permission denied');
  });
});

describe('a clean stop', () => {
  it('ends the servers that need others first, keeps their data and their ports', async () => {
    const redis = service('redis');
    await withRedis(redis.url, (client) => client.set('stopped', 'cleanly'));
    for (const name of stopOrder(['kafka', 'redis'])) expect(await stopService(name, dataDir)).toBe('ended');
    expect(Object.keys(readRunningServices(dataDir)).toSorted()).toEqual([
      'dynamodb',
      'minio',
      'ministack',
      'postgres',
    ]);
    expect(await serviceStatus('connect', dataDir)).toMatchObject({ state: 'stopped' });
    expect(await stopService('redis', dataDir)).toBe('not running');

    const again = await startService('redis', { dataDir });
    started.set('redis', again);
    expect(again.url).toBe(redis.url);
    expect(await withRedis(again.url, (client) => client.get('stopped'))).toBe('cleanly');
  });

  it('comes before the data of a server can be deleted', async () => {
    await expect(wipeService('redis', dataDir)).rejects.toMatchObject({ code: 'service_running' });
    await stopService('redis', dataDir);
    await wipeService('redis', dataDir);
    const empty = await startService('redis', { dataDir });
    expect(await withRedis(empty.url, (client) => client.dbsize())).toBe(0);
    await empty.stop();
  });
});

it('tells the end of the log of a server that does not start', async () => {
  const other = await mkdtemp(path.join(tmpdir(), 'native services-'));
  try {
    const { stop } = await startService('redis', { dataDir: other });
    await stop();
    const manifest = path.join(other, 'services/redis/data/appendonlydir/appendonly.aof.manifest');
    await writeFile(manifest, 'not a manifest\n');
    const start = startService('redis', { dataDir: other });
    await expect(start).rejects.toMatchObject({ code: 'server_does_not_start' });
    await expect(start).rejects.toThrow(/redis\.log ends with:/);
    await expect(start).rejects.toThrow(/manifest/);
    expect(readRunningServices(other)).toEqual({});
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function withS3<T>(endpoint: string, work: (client: S3Client) => Promise<T>): Promise<T> {
  const client = new S3Client({ endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function withDynamoDb<T>(endpoint: string, work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

function kafkaAt(url: string): Kafka {
  return new Kafka({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING });
}
