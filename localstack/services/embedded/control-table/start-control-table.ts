import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { messageOf, PlatformError } from '../../../../shared/errors.ts';
import { quietAwsSdk } from '../../../../shared/runtime/config.ts';

export interface RunningControlTable {
  readonly endpoint: string;
  /** Resolves when the store is closed and its folder may be opened again. */
  stop(): Promise<void>;
}

/**
 * DynamoDB's API in this process, its items in the folder `path`, reachable from this machine only.
 * What was answered is in the file system, so it outlives the death of the process.
 * @param options port: 0 takes a free one
 * @throws control_table_start_failed, e.g. where another process has the folder open
 */
export async function startControlTable(options: {
  path: string;
  port: number;
}): Promise<RunningControlTable> {
  await mkdir(options.path, { recursive: true });
  await probeStore(options.path);
  const server = dynalite({ path: options.path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  guardRequests(server);
  await listen(server, options.port);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await awaitStore(endpoint);
  return { endpoint, stop: () => close(server) };
}

/**
 * Two things dynalite does not do. It answers any web page that a browser on this machine shows (it allows every
 * origin and checks no signature), so requests of browsers are refused. And it rethrows the error of a request whose
 * client went away, which would end the whole process.
 */
function guardRequests(server: Server): void {
  const [handle] = server.listeners('request') as RequestListener[];
  if (handle === undefined)
    throw new PlatformError('control_table_start_failed', 'dynalite has no request listener');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.origin !== undefined) {
      response.writeHead(403).end();
      return;
    }
    handle(request, response);
    request.removeAllListeners('error');
    request.on('error', () => response.destroy());
  });
}

/**
 * Opens and closes the store once. dynalite opens it behind its back and rethrows, outside of any call, what goes
 * wrong then; so whether it can be opened is asked of dynalite's own `level` before.
 */
async function probeStore(path: string): Promise<void> {
  const requireAsDynalite = createRequire(import.meta.resolve('dynalite'));
  const { Level }: { Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> } } =
    requireAsDynalite('level');
  const store = new Level(path);
  try {
    await store.open();
    await store.close();
  } catch (thrown) {
    // "database is not open"; its cause tells why: LEVEL_LOCKED, EACCES, …
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw new PlatformError(
      'control_table_start_failed',
      `control table in ${path} cannot be opened: ${messageOf(cause)}; is another platform running there?`,
      { cause },
    );
  }
}

/** dynalite listens before its store is open; a request that reads from the store waits for that. */
async function awaitStore(endpoint: string): Promise<void> {
  quietAwsSdk();
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await client.send(new ListTablesCommand({}));
  } finally {
    client.destroy();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
