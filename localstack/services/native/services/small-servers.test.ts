import { describe, expect, it } from 'vitest';
import { DYNAMODB_INSTALLATION, dynamodb } from './dynamodb.ts';
import { MINIO_INSTALLATION, minio } from './minio.ts';
import { ministack } from './ministack.ts';
import { planContext } from './plan-context.fixture.ts';
import { redis, redisVersion } from './redis.ts';

describe('redis', () => {
  it('keeps every answered write and throws none away for want of memory', async () => {
    expect(await redis.plan(planContext('redis'))).toEqual({
      command: '/bin/redis',
      args: [
        ...['--bind', '127.0.0.1', '--port', '1000', '--dir', '/data/redis/data'],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
        ...['--maxmemory', '512mb', '--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
      ],
      folders: ['data'],
      running: { url: 'redis://127.0.0.1:1000', version: '1.2.3' },
    });
  });

  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
    ['Valkey server v=9.1.2 sha=00000000:0', '9.1.2'],
    ['Redis server v=6.2.7 sha=00000000:0', null],
  ])('reads the version in %j', (printed, version) => {
    expect(redisVersion(printed)).toBe(version);
  });

  it('refuses a program that tells no version', () => {
    expect(() => redisVersion('command not found')).toThrow(
      'redis-server --version printed "command not found"',
    );
  });
});

describe('minio', () => {
  it('serves a folder on loopback and asks nobody outside', async () => {
    expect(await minio.plan(planContext('minio'))).toEqual({
      command: '/bin/minio',
      args: ['server', '/data/minio/data', '--address', '127.0.0.1:1000', '--quiet'],
      env: {
        MINIO_ROOT_USER: 'minioadmin',
        MINIO_ROOT_PASSWORD: 'minioadmin',
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        MINIO_CALLHOME_ENABLE: 'off',
        GOMAXPROCS: '2',
      },
      folders: ['data'],
      running: {
        url: 'http://127.0.0.1:1000',
        version: '1.2.3',
        accessKeyId: 'minioadmin',
        secretAccessKey: 'minioadmin',
      },
    });
  });

  it('is built from one commit into its own folder', () => {
    expect(MINIO_INSTALLATION.commands('/cache/minio')).toEqual([
      {
        command: 'go',
        args: [
          'install',
          '-trimpath',
          '-ldflags',
          '-s -w',
          'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c',
        ],
        env: { GOBIN: '/cache/minio/bin' },
      },
    ]);
  });
});

describe('dynamodb', () => {
  it('runs by the main that listens on loopback, on a folder', async () => {
    expect(await dynamodb.plan(planContext('dynamodb'))).toEqual({
      command: '/bin/dynamodb',
      args: [
        ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
        '-Djava.library.path=/cache/dynamodb/lib',
        ...['-cp', '/cache/dynamodb/lib/*:/cache/dynamodb'],
        'LoopbackDynamoDb',
        ...['-port', '1000', '-dbPath', '/data/dynamodb/data', '-sharedDb'],
      ],
      folders: ['data'],
      running: { url: 'http://127.0.0.1:1000', version: '1.2.3' },
    });
    expect(DYNAMODB_INSTALLATION.commands('/cache/dynamodb').at(-1)).toEqual({
      command: 'javac',
      args: ['--release', '17', '-cp', 'lib/*', '-d', '.', 'LoopbackDynamoDb.java'],
    });
  });
});

it('tells ministack to listen on loopback and to run functions as processes', async () => {
  const { env, running } = await ministack.plan(planContext('ministack'));
  expect(env).toEqual({
    GATEWAY_PORT: '1000',
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    LAMBDA_EXECUTOR: 'local',
    TMPDIR: '/data/ministack/data',
  });
  expect(running.url).toBe('http://127.0.0.1:1000');
});
