import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis of a test's own, for what cannot be done to one that others use. Needs `redis-server` on the PATH. */
export interface TestRedis {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** For the test itself. */
  readonly client: Redis;
  /** Sends the signal and, unless it is SIGSTOP or SIGCONT, waits for the end. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Starts it on the same port and files after it ended. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Ports of a cluster's bus are 10,000 above; both are below 65,536. */
const HIGHEST_PORT = 55_000;

/** Acknowledges a write when it is on disk, and evicts nothing. */
export async function startRedis(settings: readonly string[] = []): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'redis '));
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', HOST, '--dir', dir, '--save', '', '--logfile', 'redis.log'];
  args.push(
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--maxmemory-policy',
    'noeviction',
    ...settings,
  );
  const client = new Redis({
    host: HOST,
    port,
    lazyConnect: true,
    retryStrategy: () => 10,
    maxRetriesPerRequest: 1_000,
  });
  // Expected while it is down; a command that cannot be sent fails in the test.
  client.on('error', () => undefined);
  let child: ChildProcess | null = null;

  const redis: TestRedis = {
    host: HOST,
    port,
    url: `redis://${HOST}:${port}`,
    client,
    start: async () => {
      child = spawn('redis-server', args, { stdio: 'ignore' });
      await once(child, 'spawn');
      await client.ping();
    },
    signal: async (signal) => {
      const ended = child === null ? null : once(child, 'exit');
      child?.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
    },
    stop: async () => {
      client.disconnect();
      if (child?.exitCode === null && child.signalCode === null) await redis.signal('SIGKILL');
      await rm(dir, { recursive: true });
    },
  };
  await redis.start();
  return redis;
}

/** Several masters that share the 16,384 hash slots in equal ranges. */
export async function startRedisCluster(size: number): Promise<readonly TestRedis[]> {
  const nodes: TestRedis[] = [];
  for (let i = 0; i < size; i += 1) {
    nodes.push(await startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']));
  }
  const first = (i: number): number => Math.floor((i * 16_384) / size);
  for (const [i, node] of nodes.entries()) {
    await node.client.cluster('SET-CONFIG-EPOCH', i + 1);
    await node.client.call('CLUSTER', 'ADDSLOTSRANGE', first(i), first(i + 1) - 1);
    await node.client.call('CLUSTER', 'MEET', HOST, nodes[0]?.port ?? 0);
  }
  for (const node of nodes) await untilReady(node, size);
  return nodes;
}

async function untilReady(node: TestRedis, size: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const info = await node.client.cluster('INFO');
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return;
    if (Date.now() > deadline) throw new Error(`the cluster was not ready in 30 s: ${info}`);
  }
}

/** A free port below `HIGHEST_PORT`, whose number plus 10,000 is a port as well. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (typeof address === 'object' && address !== null && address.port < HIGHEST_PORT) return address.port;
  }
}
