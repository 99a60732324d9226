import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../free-port.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.ts';

const silent = { log: () => {} };
let parent: string;
let dataDir: string;
let running: EmbeddedPostgres[];

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'embedded postgres test-'));
  dataDir = path.join(parent, 'shop data');
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((postgres) => postgres.stop()));
  await rm(parent, { recursive: true, force: true });
});

async function start(onUnexpectedExit = (_: Error) => {}): Promise<EmbeddedPostgres> {
  const port = await freePort(0);
  const postgres = await startEmbeddedPostgres({ dataDir, port, log: silent, onUnexpectedExit });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('embedded postgres', () => {
  it('starts with logical decoding, keeps its data over a stop, and leaves no process', async () => {
    const first = await start();
    expect(await query(first.url, 'SHOW wal_level')).toEqual([{ wal_level: 'logical' }]);
    await query(first.url, "CREATE TABLE kept AS SELECT 'Ünïcode' AS text");
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(await query(second.url, 'SELECT text, upper(text) FROM kept')).toEqual([
      { text: 'Ünïcode', upper: 'ÜNÏCODE' },
    ]);
  });

  it('keeps its password to this user and asks for it', async () => {
    const { url } = await start();
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o077).toBe(0);
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('runs where its user cannot walk down to the data', async () => {
    await chmod(parent, 0o700);
    const postgres = await start();
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts again after the server was killed, without losing what was committed', async () => {
    const reported: string[] = [];
    const first = await start((error) => reported.push(error.message));
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    process.kill(first.pid, 'SIGKILL');
    await vi.waitFor(() => expect(reported).toHaveLength(1), { timeout: 5000 });
    expect(reported[0]).toContain(`postgres ${first.pid} ended on its own`);

    const second = await start();
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('stops a server that another process left running in the same folder', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    const second = await start();
    expect(isAlive(first.pid)).toBe(false);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('is not stopped by a pid file whose number belongs to another program', async () => {
    const first = await start();
    await first.stop();
    const pidFile = path.join(dataDir, 'cluster', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${path.join(dataDir, 'cluster')}\n`);
    await chmod(pidFile, 0o666);
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts over where the first start was killed half-way', async () => {
    await mkdir(path.join(dataDir, 'cluster.incomplete', 'base'), { recursive: true });
    const postgres = await start();
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('ends when the process that started it is killed', async () => {
    const port = await freePort(0);
    const script = path.join(parent, 'parent.mts');
    const module = fileURLToPath(new URL('./start-embedded-postgres.ts', import.meta.url));
    await writeFile(
      script,
      `import { startEmbeddedPostgres } from ${JSON.stringify(module)};
       const postgres = await startEmbeddedPostgres(${JSON.stringify({ dataDir, port })} as never);
       console.log(postgres.pid);`
        .replace(' as never', '')
        .replace('})', ', log: { log() {} } })'),
    );
    const tsx = fileURLToPath(import.meta.resolve('tsx/cli'));
    const child = spawn(process.execPath, [tsx, script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve, reject) => {
      child.stdout.once('data', (data) => resolve(Number(data)));
      child.once('exit', (code) => reject(new Error(`the parent ended with ${code}`)));
    });
    const postmaster = Number(
      (await readFile(path.join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0],
    );
    expect(postmaster).toBe(pid);
    await killWithChildren(child.pid!);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});

/** tsx runs the script in a child of its own. */
async function killWithChildren(pid: number): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of [...children.trim().split(/\s+/).filter(Boolean).map(Number), pid]) {
    process.kill(child, 'SIGKILL');
  }
}
