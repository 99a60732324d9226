import { describe, expect, it } from 'vitest';
import { localstack } from './localstack.ts';
import { planContext } from './plan-context.fixture.ts';
import { planPostgres } from './postgres.ts';
import { planTrino } from './trino.ts';

describe('postgres', () => {
  const cluster = {
    folder: '/data/postgres/cluster',
    dataDirectory: '/proc/self/cwd',
    password: 'admin-secret',
  };
  const passwords = { owner: 'owner-secret', capture: 'capture-secret' };

  it('serves the shop to its owner, to change capture and to its superuser', () => {
    const user = { kind: 'other', uid: 65_534, gid: 65_533 } as const;
    const plan = planPostgres(planContext('postgres'), {
      program: '/bin/postgres',
      user,
      cluster,
      passwords,
    });
    expect(plan).toMatchObject({
      command: '/bin/postgres',
      cwd: '/data/postgres/cluster',
      user: { uid: 65_534, gid: 65_533 },
      running: {
        url: 'postgres://shop:owner-secret@127.0.0.1:1000/shop',
        captureUrl: 'postgres://shop_capture:capture-secret@127.0.0.1:1000/shop',
        adminUrl: 'postgres://postgres:admin-secret@127.0.0.1:1000/postgres',
        version: '1.2.3',
      },
    });
    expect(plan.args.slice(0, 2)).toEqual(['-D', '/proc/self/cwd']);
    expect(plan.args).toEqual(
      expect.arrayContaining(['listen_addresses=127.0.0.1', 'port=1000', 'wal_level=logical']),
    );
  });

  it('runs as this user unless that is root', () => {
    const user = { kind: 'self' } as const;
    const plan = planPostgres(planContext('postgres'), {
      program: '/bin/postgres',
      user,
      cluster,
      passwords,
    });
    expect(plan).not.toHaveProperty('user');
  });
});

describe('trino', () => {
  it('takes the catalog as it is, and endpoint and keys of the running minio from the environment', () => {
    const { files, env, running } = planTrino(planContext('trino'), 'connector.name=delta_lake\n');
    expect(env).toEqual({
      S3_ENDPOINT: 'http://127.0.0.1:3000',
      S3_ACCESS_KEY: 'the-key',
      S3_SECRET_KEY: 'the-secret',
    });
    expect(files?.['etc/catalog/lake.properties']).toBe('connector.name=delta_lake\n');
    expect(files?.['etc/config.properties']?.trimEnd().split('\n')).toEqual([
      'coordinator=true',
      'node-scheduler.include-coordinator=true',
      'failure-detector.enabled=false',
      'http-server.http.port=1000',
      'discovery.uri=http://127.0.0.1:1000',
      'catalog.config-dir=/data/trino/etc/catalog',
      'plugin.dir=/cache/trino/plugin',
      'query.max-memory=500MB',
      'query.max-memory-per-node=500MB',
      'memory.heap-headroom-per-node=200MB',
    ]);
    expect(running.url).toBe('http://127.0.0.1:1000');
  });

  it('binds to loopback', () => {
    const { args } = planTrino(planContext('trino'), '');
    expect(args).toEqual(
      expect.arrayContaining(['-Dnode.bind-ip=127.0.0.1', '-Dnode.internal-address=127.0.0.1']),
    );
  });
});

describe('localstack', () => {
  it('runs functions as processes and its children from what was installed', async () => {
    const installed = {
      version: '4.14.0',
      folder: '/cache/localstack',
      program: '/cache/localstack/bin/python',
      parts: { dynamodb: '/cache/dynamodb', java: '/bin/java' },
    };
    const { command, args, env } = await localstack.plan(planContext('localstack', { installed }));
    expect([command, ...args]).toEqual(['/cache/localstack/bin/python', '-m', 'localstack.runtime.main']);
    expect(env).toMatchObject({
      GATEWAY_LISTEN: '127.0.0.1:1000',
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      DYNAMODB_LOCAL_FOLDER: '/cache/dynamodb',
      DYNAMODB_LOCAL_JAVA: '/bin/java',
      KINESIS_MOCK_FOLDER: '/cache/localstack',
      DISABLE_EVENTS: '1',
      DNS_ADDRESS: '0',
      FILESYSTEM_ROOT: '/data/localstack/data',
    });
  });
});
