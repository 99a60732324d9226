import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeOnlineStore } from '../online/online-store.contract.ts';
import { openLmdbOnlineStore } from './lmdb-online-store.ts';

describeOnlineStore('LMDB', async () => {
  const path = await mkdtemp(join(tmpdir(), 'online store '));
  return {
    open: async () => openLmdbOnlineStore({ path }),
    dispose: () => rm(path, { recursive: true }),
  };
});

describe('LMDB online store across threads and processes', () => {
  const WRITER = new URL('./lmdb-online-store.writer.ts', import.meta.url);
  // tsx does not reach a worker through execArgv, so the worker registers it itself.
  const WORKER = `import('tsx/esm/api')
    .then((tsx) => { tsx.register(); return import(${JSON.stringify(WRITER.href)}); })`;
  const startThread = (...args: string[]) => new Worker(WORKER, { eval: true, argv: args });
  const startProcess = (...args: string[]) => fork(WRITER, args, { execArgv: ['--import', 'tsx'] });
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'online-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('counts every fact of two threads and two processes that write at once', async () => {
    const store = openLmdbOnlineStore({ path });
    const threads = ['t1', 't2'].map((shard) => once(startThread(path, shard), 'exit'));
    const processes = ['p1', 'p2'].map((shard) => once(startProcess(path, shard), 'exit'));
    const exits = await Promise.all([...threads, ...processes]);
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    const [window] = await store.read(['window']);
    expect(Object.fromEntries(window!)).toEqual({ orders: '200' });
    await store.close();
  });

  it('keeps what was written when the process is killed right after the write resolved', async () => {
    const writer = startProcess(path, 'killed', 'wait');
    await once(writer, 'message');
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const store = openLmdbOnlineStore({ path });
    const [window] = await store.read(['window']);
    expect(Object.fromEntries(window!)).toEqual({ orders: '50' });
    await store.close();
  });

  it('writes nothing of a batch with a key that LMDB cannot hold', async () => {
    const store = openLmdbOnlineStore({ path });
    const batch = ['k', 'k'.repeat(2_000)].map((key) => ({ key, field: 'f', version: 1n, value: 'x' }));
    await expect(store.putFields(batch)).rejects.toMatchObject({ code: 'online_key_too_long' });
    expect((await store.read(['k']))[0]?.size).toBe(0);
    await store.close();
  });
});
