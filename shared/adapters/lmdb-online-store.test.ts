import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeOnlineStore } from '../online/online-store.contract.ts';
import { openLmdbOnlineStore } from './lmdb-online-store.ts';
import { encodeFact, encodeField, encodeKey } from './lmdb-online-store-codec.ts';
import { type ByteTable, putTogether, type TablePut } from './lmdb-online-store-puts.ts';

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

  it.each([0, 1, 2, 3, 4, 5])(
    'counts a fact once that a thread left after %d of its 5 writes',
    async (left) => {
      const store = openLmdbOnlineStore({ path });
      const adds = (amount: bigint) => [{ key: 'window', field: 'cents', amount }];
      await store.contribute('shard', [
        { fact: 'a', version: 1n, adds: adds(100n) },
        { fact: 'b', version: 1n, adds: adds(10n) },
      ]);
      const batch = [
        { fact: 'a', version: 2n, adds: adds(200n) },
        { fact: 'b', version: 2n, adds: adds(30n) },
      ];
      await leaveAfter(left, path, [
        ...batch.map(({ fact, ...entry }) => ({
          table: 1,
          at: encodeKey('shard', fact),
          bytes: encodeFact(entry),
        })),
        { table: 0, at: encodeKey('window', 'cents'), bytes: encodeField({ version: 0n, value: '230' }) },
      ]);
      // The batch comes again, as its offset was not committed.
      await store.contribute('shard', batch);
      expect(Object.fromEntries((await store.read(['window']))[0]!)).toEqual({ cents: '230' });
      await store.close();
    },
  );

  it('writes nothing of a batch with a key that LMDB cannot hold', async () => {
    const store = openLmdbOnlineStore({ path });
    const batch = ['k', 'k'.repeat(2_000)].map((key) => ({ key, field: 'f', version: 1n, value: 'x' }));
    await expect(store.putFields(batch)).rejects.toMatchObject({ code: 'online_key_too_long' });
    expect((await store.read(['k']))[0]?.size).toBe(0);
    await store.close();
  });
});

/** What a thread leaves that is terminated amid its transaction: the first writes, committed. */
async function leaveAfter(writes: number, path: string, puts: readonly TablePut[]): Promise<void> {
  const environment = open({ path, maxDbs: 4 });
  let left = writes;
  const table = (name: string): ByteTable => {
    const opened: ByteTable = environment.openDB(name, { keyEncoding: 'binary', encoding: 'binary' });
    const first = <Write extends (...args: never[]) => unknown>(write: Write): Write =>
      ((...args: Parameters<Write>) => (left-- > 0 ? write(...args) : undefined)) as Write;
    opened.put = first(opened.put.bind(opened) as typeof opened.put);
    opened.remove = first(opened.remove.bind(opened) as typeof opened.remove);
    return opened;
  };
  const [redo, fields, facts] = [table('redo'), table('fields'), table('facts')];
  await environment.transaction(() => putTogether(redo, [fields, facts], puts));
  await environment.close();
}
