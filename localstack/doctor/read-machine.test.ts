import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/runtime/config.ts';
import { LOCK_FILE, lockDataFolder } from '../services/data-folder-lock.ts';
import { readMachine } from './read-machine.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NOW = Date.UTC(2026, 10, 23);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (settings: Readonly<Record<string, string>> = {}) =>
  readMachine(ROOT, parseConfig({ DATA_DIR: join(folder, 'data'), ...settings }, folder), null, NOW);

describe('readMachine', () => {
  it('finds the locked packages and put-if-absent, and leaves no trace', async () => {
    expect(await read()).toMatchObject({
      packages: { wrong: [] },
      missingNatives: [],
      dataDirProblem: null,
      putIfAbsentProblem: null,
      lock: null,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says why a data folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const { dataDirProblem, putIfAbsentProblem } = await read({ DATA_DIR: join(folder, 'file') });
    expect(dataDirProblem).toContain('ENOTDIR');
    expect(putIfAbsentProblem).toContain('ENOTDIR');
  });

  it('tells a lock that is held from one that was left behind', async () => {
    const unlock = lockDataFolder(join(folder, 'data'));
    expect((await read()).lock).toEqual({ pid: process.pid, holds: true });
    unlock();
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data', LOCK_FILE), JSON.stringify({ pid: process.pid, startedAt: '1' }));
    expect((await read()).lock).toEqual({ pid: process.pid, holds: false });
  });

  it('sees that a port is taken', async () => {
    const server = await listening();
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { ports } = await read({ PORT: String(port), LAMBDA_PORT: '0' });
      expect(ports.slice(0, 2)).toMatchObject([
        { name: 'API', port, use: 'taken' },
        { name: 'Lambda API', port: 0, use: 'free' },
      ]);
      if (process.platform === 'linux') expect(ports[0]?.owner?.pid).toBe(process.pid);
    } finally {
      server.close();
    }
  });
});

function listening(): Promise<Server> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => done(server));
  });
}
