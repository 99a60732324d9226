import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signedHeaders } from '../../../shared/adapters/aws-signature.ts';
import { createLambdaInvoke } from '../../../shared/adapters/lambda-invoke.ts';
import type { InvokeFunction } from '../../../shared/control/index.ts';
import { zipArchive } from '../../deploy/zip.ts';
import { type StartedService, serviceStatus, startService } from './index.ts';
import { listeningOf } from './listening.fixture.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: null };
const SIGNING = { region: 'eu-central-1', credentials: CREDENTIALS };
const TIMEOUT_S = 3;

const CODE = `
export const handler = async (event, context) => {
  if (event.do === 'throw') throw new TypeError('thrown by the function');
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { event, name: context.functionName, endpoint: process.env.AWS_ENDPOINT_URL, remaining: context.getRemainingTimeInMillis() };
};`;

let dataDir: string;
let localstack: StartedService;
let invoke: InvokeFunction;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'native localstack-'));
  localstack = await startService('localstack', { dataDir });
  invoke = createLambdaInvoke({ endpoint: localstack.url, signing: SIGNING, timeoutMs: 120_000 });
}, 900_000);

afterAll(async () => {
  await localstack.stop();
  expect(await serviceStatus('localstack', dataDir)).toMatchObject({ state: 'stopped' });
  await rm(dataDir, { recursive: true, force: true });
});

describe('a lambda function on localstack', () => {
  beforeAll(async () => {
    const zip = zipArchive(new Map([['code/index.mjs', Buffer.from(CODE)]]));
    const created = await lambda('POST', '', {
      FunctionName: 'probe',
      Runtime: 'nodejs22.x',
      Role: 'arn:aws:iam::000000000000:role/probe',
      Handler: 'code/index.handler',
      Timeout: TIMEOUT_S,
      Code: { ZipFile: zip.toString('base64') },
    });
    expect(created.status).toBe(201);
    await vi.waitFor(
      async () => {
        const { State } = (await (await lambda('GET', '/probe/configuration')).json()) as { State: string };
        expect(State).toBe('Active');
      },
      { timeout: 120_000, interval: 200 },
    );
  });

  it('runs as a process of this machine, and reaches localstack', async () => {
    expect(await invoke('probe', { hello: 'wörld' })).toEqual({
      event: { hello: 'wörld' },
      name: 'probe',
      endpoint: localstack.url,
      remaining: expect.any(Number),
    });
  });

  it('tells what it threw', async () => {
    await expect(invoke('probe', { do: 'throw' })).rejects.toThrow('thrown by the function');
  });

  it.each([
    ['ends by itself', 'exit', 'Runtime exited with status 3'],
    ['takes too long', 'sleep', `Task timed out after ${TIMEOUT_S}.00 seconds`],
  ])('is an error when it %s, and answers again afterwards', async (_, what, message) => {
    await expect(invoke('probe', { do: what })).rejects.toThrow(message);
    expect(await invoke('probe', { again: true })).toMatchObject({ event: { again: true } });
  });
});

describe('the servers that localstack starts', () => {
  it('are DynamoDB Local and Kinesis Mock for a table with a stream, and listen on loopback only', async () => {
    const client = new DynamoDBClient({
      endpoint: localstack.url,
      ...SIGNING,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    try {
      await client.send(
        new CreateTableCommand({
          TableName: 'streamed',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        }),
      );
      const { Table } = await client.send(new DescribeTableCommand({ TableName: 'streamed' }));
      expect(Table).toMatchObject({ TableStatus: 'ACTIVE', LatestStreamArn: expect.any(String) });
    } finally {
      client.destroy();
    }
    const { loopback, reachable } = listeningOf(localstack.pid);
    expect(reachable).toEqual([]);
    // The gateway, DynamoDB Local, and Kinesis Mock with its plain and its TLS port.
    expect(loopback.length).toBeGreaterThanOrEqual(4);
  });
});

function lambda(method: 'GET' | 'POST', route: string, content?: unknown): Promise<Response> {
  const url = new URL(`/2015-03-31/functions${route}`, localstack.url);
  const body = content === undefined ? '' : JSON.stringify(content);
  const headers = signedHeaders(
    { method, url, headers: { 'content-type': 'application/json' }, body },
    'lambda',
    SIGNING,
    new Date(),
  );
  return fetch(url, { method, headers, ...(content !== undefined && { body }) });
}
