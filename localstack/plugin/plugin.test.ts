import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openLmdbEventLog } from '../../shared/adapters/lmdb-event-log.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import type { SourceEventLog } from '../../shared/kafka/index.ts';
import { freePort } from '../services/free-port.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

const serverlessCli = join(repository, 'node_modules/serverless/bin/serverless.js');
const run = promisify(execFile);
const MINI_SERVICE = 'localstack/plugin/testing/mini-service';

/** The mini service under `testing/mini-service`, run by the real `serverless offline start`. */
describe('event source mapping plugin', () => {
  let root: string;
  let folder: string;
  let log: SourceEventLog;
  let service: ChildProcess;
  let output = '';
  let ports: { api: number; lambda: number };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mini service '));
    // The same place below the root as in the repository, so that its relative imports hold.
    folder = join(root, MINI_SERVICE);
    await cp(join(repository, MINI_SERVICE), folder, { recursive: true });
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
    await symlink(join(repository, 'shared'), join(root, 'shared'));
    await symlink(join(repository, 'localstack/plugin'), join(folder, 'plugin'));
    await writeFile(join(root, 'package.json'), '{ "type": "module" }');
    await mkdir(join(folder, 'calls'));
    log = await openLmdbEventLog({ path: join(folder, 'log') });
    const topics = ['counted', 'from-msk', 'failing', 'slow', 'uncloneable'];
    await log.createTopics(topics.map((topic) => ({ topic, partitions: 1 })));
    ports = { api: await freePort(0), lambda: await freePort(0) };
    await start();
  }, 60_000);
  afterAll(async () => {
    if (service.exitCode === null) service.kill('SIGKILL');
    await log.close();
    await rm(root, { recursive: true });
  });

  async function start(): Promise<void> {
    output = '';
    service = spawn(process.execPath, [serverlessCli, 'offline', 'start'], {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [service.stdout, service.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    await until(() => expect(output).toContain('platform: after ready'), 30_000);
  }

  function environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TEST_API_PORT: String(ports.api),
      TEST_LAMBDA_PORT: String(ports.lambda),
      SLS_NOTIFICATIONS_MODE: 'off',
    };
  }

  async function stop(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(service, 'exit');
    service.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  async function append(topic: string, value: string): Promise<void> {
    await log.append([
      { topic, timestamp: epochMillis(1), key: Buffer.from('k'), value: Buffer.from(value) },
    ]);
  }

  async function committed(topic: string): Promise<number | null> {
    return (await log.positions(topic, `mini-${topic}-${topic}`))[0]!.committed;
  }

  async function calls(name: string): Promise<string[]> {
    const text = await readFile(join(folder, 'calls', name), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  it('builds the functions, gives them the platform environment and lets the platform invoke them', async () => {
    expect(output).toContain(
      'platform: invoked counted with answer {"count":1,"greeting":"from the platform"}',
    );
  });

  it('serves HTTP on the port that the platform chose', async () => {
    const response = await fetch(`http://127.0.0.1:${ports.api}/hello`);
    expect(await response.json()).toEqual({ greeting: 'from the platform' });
  });

  it('lets `serverless invoke local` run a function beside it, in the same environment', async () => {
    const { stdout } = await run(
      process.execPath,
      [serverlessCli, 'invoke', 'local', '-f', 'hello', '-d', '{}'],
      {
        cwd: folder,
        env: environment(),
      },
    );
    expect(JSON.parse(stdout)).toEqual({
      statusCode: 200,
      body: '{"greeting":"from the running platform"}',
    });
  });

  it('invokes with what is appended, and functions keep their state between invocations', async () => {
    for (const value of ['a', 'b', 'c']) {
      await append('counted', value);
      await until(async () => expect(await calls('counted')).toContain(value));
    }
    await until(async () => expect(await committed('counted')).toBe(3));
    expect(output).toContain('count 4');
    expect(output).not.toContain('(λ: counted)');
  });

  it('reads an msk event with the settings that osls does not know, and filters it', async () => {
    await append('from-msk', 'passed over');
    await append('from-msk', 'wanted');
    await until(async () => expect(await committed('from-msk')).toBe(2));
    const seen = await calls('counted');
    expect(seen).toContain('wanted');
    expect(seen).not.toContain('passed over');
  });

  it('retries a function that throws, and dead-letters the record when it keeps throwing', async () => {
    await append('failing', 'poison');
    await until(async () => expect(await committed('failing')).toBe(1));
    expect(await calls('failing')).toEqual(['poison', 'poison']);
    expect((await log.positions('failing.dead-letter'))[0]!.latest).toBe(1);
  });

  it('ends a function at its timeout and invokes it again', async () => {
    await append('slow', 'once');
    await until(async () => expect(await committed('slow')).toBe(1));
    expect(await calls('slow')).toEqual(['once', 'once']);
    expect((await log.positions('slow.dead-letter'))[0]!.latest).toBe(0);
  });

  it('survives a result that cannot be cloned and a stray rejection, and invokes again at once', async () => {
    await append('uncloneable', 'first');
    await until(async () => expect(await committed('uncloneable')).toBe(1));
    await append('uncloneable', 'stray');
    await until(async () => expect(await committed('uncloneable')).toBe(2));
    expect(await calls('uncloneable')).toEqual(['first', 'first', 'stray', 'stray']);
    expect(service.exitCode).toBeNull();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'lets a running invocation finish and commits it on %s',
    async (signal) => {
      if (service.exitCode !== null) await start();
      const before = (await committed('counted'))!;
      await append('counted', `wait ${signal}`);
      await until(async () => expect(await calls('counted')).toContain(`wait ${signal}`));
      expect(await committed('counted')).toBe(before);
      expect(await stop(signal)).toBe(0);
      expect(await committed('counted')).toBe(before + 1);
      expect(output).toContain('platform: stopped');
      await start();
    },
  );
});

function until(assertion: () => void | Promise<void>, timeout = 15_000): Promise<void> {
  return vi.waitFor(assertion, { timeout, interval: 20 });
}
