import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlatformError } from '../errors.ts';
import { memoryObjectStore, type ObjectStore } from '../lake/index.ts';
import { type ObjectFileCache, openObjectFileCache } from './object-file-cache.ts';

const OBJECT_BYTES = 100;

let folder: string;
let store: ObjectStore;
/** Paths that were read from the store, in order. */
let gets: string[];
let beforeGet: (path: string) => Promise<void>;
let time: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'object files-'));
  const memory = memoryObjectStore();
  for (const name of 'abcdefgh') await memory.put(`t/${name}`, content(name));
  gets = [];
  time = 1_000;
  beforeGet = async () => undefined;
  store = {
    ...memory,
    get: async (path) => {
      gets.push(path);
      await beforeGet(path);
      return memory.get(path);
    },
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a cache of objects as files', () => {
  it('gives files with the content of the objects, in order, and leaves other names as they are', async () => {
    const cache = await open();
    const held = await cache.hold([uri('b'), '/elsewhere/file.parquet', uri('a'), uri('b')]);
    const [b = '', elsewhere, a = '', again] = held.paths;
    expect([elsewhere, again]).toEqual(['/elsewhere/file.parquet', b]);
    expect(await readFile(a)).toEqual(Buffer.from(content('a')));
    expect(await readFile(b)).toEqual(Buffer.from(content('b')));
    await held.release();
    await expect(access(a)).rejects.toThrow();
  });

  it('reads an object once, for all that want it at once and later, in this process and the next', async () => {
    const cache = await open();
    const holds = await Promise.all(Array.from({ length: 8 }, () => cache.hold([uri('a'), uri('b')])));
    for (const held of holds) expect(await contents(held.paths)).toEqual(['a', 'b']);
    await cache.hold([uri('a')]);
    await cache.close();
    expect(await contents((await (await open()).hold([uri('b'), uri('a')])).paths)).toEqual(['b', 'a']);
    expect(gets.toSorted()).toEqual(['t/a', 't/b']);
  });

  it('evicts what was used least recently, once more is there than may be', async () => {
    const cache = await open(3 * OBJECT_BYTES);
    for (const name of 'abc') await holdAndRelease(cache, name);
    await holdAndRelease(cache, 'a');
    await holdAndRelease(cache, 'd');
    gets = [];
    for (const name of 'acd') await holdAndRelease(cache, name);
    expect(gets).toEqual([]);
    await holdAndRelease(cache, 'b');
    expect(gets).toEqual(['t/b']);
    expect(await readdir(join(folder, 'files'))).toHaveLength(3);
  });

  it('never evicts what is held, here or by another process, and makes up for it afterwards', async () => {
    const other = await open(2 * OBJECT_BYTES);
    const cache = await open(2 * OBJECT_BYTES);
    const heldByOther = await other.hold([uri('a'), uri('b')]);
    const held = await cache.hold([uri('c'), uri('d'), uri('e')]);
    await holdAndRelease(cache, 'f');
    expect(await contents(heldByOther.paths)).toEqual(['a', 'b']);
    expect(await contents(held.paths)).toEqual(['c', 'd', 'e']);
    expect(await readdir(join(folder, 'files'))).toHaveLength(5);
    await heldByOther.release();
    await held.release();
    expect(await readdir(join(folder, 'files'))).toHaveLength(2);
  });

  it('keeps content right while three processes hold more than there is room for', async () => {
    const caches = await Promise.all([1, 2, 3].map(() => open(2 * OBJECT_BYTES)));
    const turns = caches.flatMap((cache, turn) =>
      [...'abcdefgh', ...'hgfedcba', ...'acegbdfh'].map(async (name, index) => {
        const other = 'abcdefgh'[(index * 3 + turn) % 8] ?? 'a';
        const held = await cache.hold([uri(name), uri(other)]);
        expect(await contents(held.paths)).toEqual([name, other]);
        await held.release();
      }),
    );
    await Promise.all(turns);
    await Promise.all(caches.map((cache) => cache.close()));
    expect(await readdir(join(folder, 'holders'))).toEqual([]);
  });

  it('has no more than four objects in memory at once', async () => {
    const cache = await open();
    const arrivals: (() => void)[] = [];
    beforeGet = () => new Promise((resolve) => arrivals.push(resolve));
    const holding = cache.hold([...'abcdefgh'].map(uri));
    await vi.waitFor(() => expect(arrivals).toHaveLength(4));
    // One that has arrived makes room for one more.
    for (let arrived = 1; arrived <= 8; arrived++) {
      arrivals[arrived - 1]?.();
      await vi.waitFor(() => expect(arrivals).toHaveLength(Math.min(8, arrived + 4)));
    }
    expect(await contents((await holding).paths)).toEqual([...'abcdefgh']);
  });

  it('shows nothing of a download that failed, and tries again', async () => {
    const cache = await open();
    beforeGet = async (path) => {
      if (path === 't/b') throw new PlatformError('object_store_failed', 'broke off', { retryable: true });
    };
    await expect(cache.hold([uri('a'), uri('b'), uri('c')])).rejects.toMatchObject({
      code: 'object_store_failed',
    });
    expect(await readdir(join(folder, 'files'))).toHaveLength(2);
    beforeGet = async () => undefined;
    const held = await cache.hold([uri('a'), uri('b'), uri('c')]);
    expect(await contents(held.paths)).toEqual(['a', 'b', 'c']);
    expect(gets.toSorted()).toEqual(['t/a', 't/b', 't/b', 't/c']);
  });

  it('names an object that is not there', async () => {
    await expect((await open()).hold([store.uri('t/none')])).rejects.toMatchObject({
      code: 'object_file_missing',
      message: 'there is no object memory://t/none',
    });
  });

  it('removes what a process left that was killed, and so lets go what it held', async () => {
    const ended = spawnSync(process.execPath, ['--version']).pid;
    const left = join(folder, 'holders', `${ended}-left`);
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'half.part'), 'half');
    const living = await open();
    const held = await living.hold([uri('a')]);
    await open();
    await expect(access(left)).rejects.toThrow();
    expect(await contents(held.paths)).toEqual(['a']);
  });

  it('works on after its folder was deleted', async () => {
    const cache = await open();
    await holdAndRelease(cache, 'a');
    await rm(folder, { recursive: true });
    expect(await contents((await cache.hold([uri('a')])).paths)).toEqual(['a']);
  });
});

/** As a process of its own would, on the folder that all share. */
function open(maxBytes = 1_000_000): Promise<ObjectFileCache> {
  return openObjectFileCache({ store, folder, maxBytes, now: () => (time += 1_000) });
}

async function holdAndRelease(cache: ObjectFileCache, name: string): Promise<void> {
  const held = await cache.hold([uri(name)]);
  expect(await contents(held.paths)).toEqual([name]);
  await held.release();
}

function uri(name: string): string {
  return store.uri(`t/${name}`);
}

function content(name: string): Uint8Array {
  return new TextEncoder().encode(name.padEnd(OBJECT_BYTES, '.'));
}

async function contents(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map(async (path) => (await readFile(path, 'utf8')).replace(/\.+$/, '')));
}
