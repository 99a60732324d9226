import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';
import { endServer, killServer, logTail, spawnServer } from './server-process.ts';

/** Prints its child's number once both run. */
const WITH_CHILD = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { detached: true });
  child.once('spawn', () => console.log('child ' + child.pid));
  setInterval(() => {}, 1000);`;
const DEAF = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');";

let folder: string;
let logFile: string;
let server: ProcessIdentity;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'server process-'));
  logFile = path.join(folder, 'server.log');
});

afterEach(async () => {
  await killServer(server);
  await rm(folder, { recursive: true, force: true });
});

async function start(script: string): Promise<void> {
  server = await spawnServer(
    {
      command: process.execPath,
      args: ['--eval', script],
      env: { GREETING: 'hello' },
      running: { url: 'http://127.0.0.1:1', version: '1' },
    },
    folder,
    logFile,
  );
}

async function printed(pattern: RegExp): Promise<RegExpExecArray> {
  return vi.waitFor(
    async () => {
      const found = pattern.exec(await readFile(logFile, 'utf8'));
      if (found === null) throw new Error(`${logFile} does not hold ${pattern}`);
      return found;
    },
    { timeout: 20_000 },
  );
}

describe('a server process', () => {
  it('runs in its folder with its settings, and writes its log', async () => {
    await start("console.log(process.cwd(), process.env.GREETING); console.error('and errors')");
    await printed(/and errors/);
    expect(logTail(logFile).split('\n').toSorted()).toEqual([`${folder} hello`, 'and errors']);
  });

  it('ends when it is told to, with what it has started', async () => {
    await start(WITH_CHILD);
    const child = identityOf(Number((await printed(/child (\d+)\n/))[1]));
    expect(isRunning(child)).toBe(true);
    expect(await endServer(server, 'SIGTERM', 20_000)).toBe('ended');
    expect([isRunning(server), isRunning(child)]).toEqual([false, false]);
  });

  it('is killed where it does not listen', async () => {
    await start(DEAF);
    await printed(/up/);
    expect(await endServer(server, 'SIGTERM', 50)).toBe('killed');
    expect(isRunning(server)).toBe(false);
  });

  it('is killed at once, with what it has started', async () => {
    await start(WITH_CHILD);
    const child = identityOf(Number((await printed(/child (\d+)\n/))[1]));
    await killServer(server);
    expect([isRunning(server), isRunning(child)]).toEqual([false, false]);
  });

  it('is not taken for a later one with its number', async () => {
    await start(DEAF);
    expect(isRunning(server)).toBe(true);
    expect(isRunning({ ...server, startedAt: '1' })).toBe(false);
  });

  it('that cannot be run is an error that names the program', async () => {
    const plan = { command: '/no/such/program', args: [], running: { url: '', version: '' } };
    await expect(spawnServer(plan, folder, logFile)).rejects.toMatchObject({
      code: 'server_not_started',
      message: expect.stringContaining('/no/such/program'),
    });
    server = identityOf(0);
    expect(isRunning(server)).toBe(false);
  });
});
