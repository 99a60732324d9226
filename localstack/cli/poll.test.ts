import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { recordsOfEvent, type SourceEventLog } from '../../shared/kafka/index.ts';
import { planTopics } from '../services/topics.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TOPIC = 'ecommerce.public.users';
const GROUP = `customer-insight-ingest-changes-${TOPIC}`;

/** `npm run poll` on this repository's own serverless.yml, beside a small server that speaks the Lambda Invoke API. */
describe('poll', () => {
  let folder: string;
  let log: SourceEventLog;
  let lambda: LambdaEndpoint;
  let poll: ChildProcess;
  let output: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'poll-'));
    log = await openLmdbEventLog({ path: join(folder, 'log') });
    await log.createTopics(planTopics(1));
    lambda = await lambdaEndpoint();
  });
  afterEach(async () => {
    if (poll.exitCode === null && poll.signalCode === null) {
      poll.kill('SIGKILL');
      await once(poll, 'exit');
    }
    await lambda.close();
    await log.close();
    await rm(folder, { recursive: true });
  });

  it('invokes deployed functions with the records of their topics, asks again while it may not, and stops with a commit', async () => {
    lambda.answers.push([429, '{"Message":"Rate exceeded"}'], [503, ''], [200, 'null']);
    start();
    await until(() => expect(output).toContain('ready: '));
    expect(output).toContain(
      `${TOPIC} -> customer-insight-test-ingest-changes (group ${GROUP}, up to 5000 records or 1 s)`,
    );
    await append('one');
    await until(async () => expect(await committed()).toBe(1));
    expect(lambda.calls).toEqual([
      { name: 'customer-insight-test-ingest-changes', values: ['one'] },
      { name: 'customer-insight-test-ingest-changes', values: ['one'] },
      { name: 'customer-insight-test-ingest-changes', values: ['one'] },
    ]);

    let release: () => void = () => undefined;
    lambda.hold = new Promise((resolve) => {
      release = resolve;
    });
    await append('two');
    await until(() => expect(lambda.calls.at(-1)?.values).toEqual(['two']));
    const exited = once(poll, 'exit');
    poll.kill('SIGTERM');
    await until(() => expect(output).toContain('stopping: '));
    release();
    expect(await exited).toEqual([0, null]);
    expect(await committed()).toBe(2);
    expect(output).toMatch(
      /metrics ingest-changes < ecommerce\.public\.users: PolledEventCount=2 .*FailedInvokeEventCount=0 .*OffsetLag=0/,
    );
  }, 60_000);

  it('waits for an endpoint that is away', async () => {
    const { port } = lambda;
    await lambda.close();
    await append('early');
    start();
    await until(() => expect(output).toContain('function could not be invoked'));
    expect(await committed()).toBeNull();
    lambda = await lambdaEndpoint(port);
    await until(async () => expect(await committed()).toBe(1));
    expect(lambda.calls.map(({ values }) => values)).toEqual([['early']]);
  }, 60_000);

  function start(): void {
    output = '';
    poll = spawn(process.execPath, ['--import', 'tsx', 'localstack/cli/poll.ts', '--stage', 'test'], {
      cwd: ROOT,
      env: {
        ...process.env,
        DATA_DIR: folder,
        EVENT_LOG_URL: `file:${join(folder, 'log')}`,
        LAMBDA_ENDPOINT: `http://127.0.0.1:${lambda.port}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [poll.stdout, poll.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
  }

  async function append(value: string): Promise<void> {
    await log.append([
      { topic: TOPIC, timestamp: epochMillis(Date.now()), key: null, value: Buffer.from(value) },
    ]);
  }

  async function committed(): Promise<number | null> {
    return (await log.positions(TOPIC, GROUP))[0]!.committed;
  }
});

interface LambdaEndpoint {
  readonly port: number;
  readonly calls: { readonly name: string; readonly values: readonly string[] }[];
  /** What the next calls are answered with; afterwards 200. */
  readonly answers: [status: number, body: string][];
  /** Answers wait for it. */
  hold: Promise<void>;
  close(): Promise<void>;
}

/** Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
async function lambdaEndpoint(wantedPort = 0): Promise<LambdaEndpoint> {
  const server: Server = createServer(async (request, response) => {
    const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    const records = recordsOfEvent(JSON.parse(await text(request)));
    endpoint.calls.push({ name, values: records.map(({ value }) => Buffer.from(value!).toString()) });
    await endpoint.hold;
    const [status, body] = endpoint.answers.shift() ?? [200, 'null'];
    response.writeHead(status).end(body);
  });
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: LambdaEndpoint = {
    port: (server.address() as AddressInfo).port,
    calls: [],
    answers: [],
    hold: Promise.resolve(),
    close: async () => {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
  return endpoint;
}

function until(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 30_000, interval: 20 });
}
