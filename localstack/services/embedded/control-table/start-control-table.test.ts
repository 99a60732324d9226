import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDynamoDbControlTable } from '../../../../shared/adapters/dynamodb-control-table.ts';
import { startControlTable } from './index.ts';

const open = (endpoint: string) =>
  openDynamoDbControlTable({
    tableName: 'platform-control',
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

describe('embedded control table', () => {
  let path: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'control table '));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
    await rm(path, { recursive: true });
  });

  it('keeps its items over a stop and a start', async () => {
    const first = await startControlTable({ path, port: 0 });
    const before = await open(first.endpoint);
    await before.put({ partition: 'p', sort: 's' }, { n: 1 }, null);
    await before.close();
    await first.stop();

    const second = await startControlTable({ path, port: 0 });
    const after = await open(second.endpoint);
    expect((await after.get({ partition: 'p', sort: 's' }))?.value).toEqual({ n: 1 });
    await after.close();
    await second.stop();
  });

  it('keeps every answered write over kill -9, and opens again at once', async () => {
    const child = startInChild(path);
    children.push(child);
    const endpoint = await firstLine(child);
    const before = await open(endpoint);
    let acknowledged = 0;
    const writing = (async () => {
      for (let n = 0; ; n++) {
        await before.put({ partition: 'p', sort: String(n).padStart(6, '0') }, { n }, null);
        acknowledged = n + 1;
        if (acknowledged === 50) child.kill('SIGKILL');
      }
    })();
    await expect(writing).rejects.toThrow();
    await before.close();
    await kill(child);

    const service = await startControlTable({ path, port: 0 });
    const after = await open(service.endpoint);
    const found = (await after.query({ partition: 'p' })).map((item) => item.value.n);
    expect(acknowledged).toBeGreaterThanOrEqual(50);
    expect(found.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, n) => n));
    await after.close();
    await service.stop();
  });

  it('says so when another process has the folder', async () => {
    const child = startInChild(path);
    children.push(child);
    await firstLine(child);
    await expect(startControlTable({ path, port: 0 })).rejects.toMatchObject({
      code: 'control_table_start_failed',
      message: expect.stringMatching(/control table .*LOCK.*another platform/),
    });
  });

  it('outlives a client that goes away in the middle of a request', async () => {
    const service = await startControlTable({ path, port: 0 });
    const socket = connect(Number(new URL(service.endpoint).port), '127.0.0.1');
    await once(socket, 'connect');
    await new Promise((written) =>
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{', written),
    );
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect((await fetch(service.endpoint)).status).toBe(200);
    await service.stop();
  });

  it('refuses requests that a web page makes', async () => {
    const service = await startControlTable({ path, port: 0 });
    const answer = await fetch(service.endpoint, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
    });
    expect(answer.status).toBe(403);
    await service.stop();
  });
});

function startInChild(path: string): ChildProcess {
  const script = `
    const { startControlTable } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    console.log((await startControlTable({ path: ${JSON.stringify(path)}, port: 0 })).endpoint);`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout!, 'data');
  return String(chunk).trim();
}
