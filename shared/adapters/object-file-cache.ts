import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rm, stat, unlink, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PlatformError } from '../errors.ts';
import type { ObjectStore } from '../lake/index.ts';
import { removeLeftHolders } from './object-file-cache-holders.ts';

export interface ObjectFileCacheOptions {
  readonly store: ObjectStore;
  /** Created when absent; may be shared by processes and threads, for one store only. */
  readonly folder: string;
  /** Of files that no one holds; what is held at the moment may exceed it. */
  readonly maxBytes: number;
  /** Epoch milliseconds; orders files by their last use. */
  readonly now?: () => number;
}

/** Local copies of immutable objects, for engines that read files alone. */
export interface ObjectFileCache {
  /**
   * Files with the content of the objects that the store's `uri` names, in their order; what the store does not name stays as
   * it is. They stay until released. Throws `object_file_missing` and whatever the store throws.
   */
  hold(uris: readonly string[]): Promise<HeldFiles>;
  /** Waits for downloads; files stay for the next process. */
  close(): Promise<void>;
}

export interface HeldFiles {
  readonly paths: readonly string[];
  release(): Promise<void>;
}

/** Objects pass through memory whole: this many at once. */
const DOWNLOADS_AT_ONCE = 4;

/**
 * An object becomes `files/<hash of its URI>` by a hard link to a complete, synced download, so that a torn one is never seen.
 * Whoever reads holds it by a link of its own below `holders/`: a file with more than one link is in use somewhere and not
 * evicted, and one that was evicted just before it is linked is downloaded again. Links do without locks between processes.
 */
export async function openObjectFileCache(options: ObjectFileCacheOptions): Promise<ObjectFileCache> {
  await mkdir(join(options.folder, 'holders'), { recursive: true });
  await removeLeftHolders(join(options.folder, 'holders'), (options.now ?? Date.now)());
  return new LinkedFileCache(options);
}

interface Download {
  /** A complete file outside `files/`; removed when the last waiter has linked it. */
  readonly file: Promise<string>;
  waiters: number;
}

class LinkedFileCache implements ObjectFileCache {
  readonly #store: ObjectStore;
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #files: string;
  readonly #holder: string;
  readonly #downloads = new Map<string, Download>();
  readonly #holding = new Set<Promise<unknown>>();
  readonly #inTurn = atMost(DOWNLOADS_AT_ONCE);
  #trimming: Promise<void> = Promise.resolve();
  /** What is held alone exceeds the limit: to be seen to when it is released. */
  #isOverfull = false;

  constructor({ store, folder, maxBytes, now }: ObjectFileCacheOptions) {
    this.#store = store;
    this.#maxBytes = maxBytes;
    this.#now = now ?? Date.now;
    this.#files = join(folder, 'files');
    this.#holder = join(folder, 'holders', `${process.pid}-${randomUUID()}`);
  }

  async hold(uris: readonly string[]): Promise<HeldFiles> {
    const folder = join(this.#holder, randomUUID());
    const release = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true });
      if (this.#isOverfull) await this.#trim();
    };
    const holding = this.#holdIn(folder, uris);
    this.#holding.add(holding);
    try {
      return { paths: await holding, release };
    } catch (error) {
      await release();
      throw error;
    } finally {
      this.#holding.delete(holding);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#holding);
    await rm(this.#holder, { recursive: true, force: true });
  }

  async #holdIn(folder: string, uris: readonly string[]): Promise<string[]> {
    // Anew each time, since a reset may have deleted them.
    await mkdir(folder, { recursive: true });
    await mkdir(this.#files, { recursive: true });
    let downloaded = false;
    // All settle before a failure is told, so that the folder can be removed.
    const links = await Promise.allSettled(
      uris.map(async (uri) => {
        const path = pathIn(this.#store, uri);
        if (path === null) return uri;
        const held = join(folder, fileName(uri));
        if (!(await this.#linkPresent(held))) {
          downloaded = true;
          await this.#linkDownloaded(path, held);
        }
        return held;
      }),
    );
    if (downloaded) await this.#trim();
    return links.map((linked) => {
      if (linked.status === 'rejected') throw linked.reason;
      return linked.value;
    });
  }

  async #linkPresent(held: string): Promise<boolean> {
    try {
      await linkOnce(join(this.#files, basename(held)), held);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    }
    const now = this.#now() / 1_000;
    await utimes(held, now, now);
    return true;
  }

  /** Callers of one object share one download. */
  async #linkDownloaded(path: string, held: string): Promise<void> {
    const name = basename(held);
    const download = this.#downloads.get(name) ?? { file: this.#download(path, name), waiters: 0 };
    this.#downloads.set(name, download);
    download.waiters += 1;
    try {
      await linkOnce(await download.file, held);
    } finally {
      download.waiters -= 1;
      if (download.waiters === 0) {
        this.#downloads.delete(name);
        await download.file.then(unlink, () => undefined);
      }
    }
  }

  async #download(path: string, name: string): Promise<string> {
    const file = join(this.#holder, `${randomUUID()}.part`);
    await this.#inTurn(async () => {
      const bytes = await this.#store.get(path);
      if (bytes === null) {
        throw new PlatformError('object_file_missing', `there is no object ${this.#store.uri(path)}`);
      }
      await writeSynced(file, bytes);
    });
    const now = this.#now() / 1_000;
    await utimes(file, now, now);
    await linkOnce(file, join(this.#files, name));
    return file;
  }

  /** One after the other: two at once would each evict for the sum. */
  #trim(): Promise<void> {
    const turn = this.#trimming.then(async () => {
      this.#isOverfull = (await evictLeastRecent(this.#files, this.#maxBytes)) > this.#maxBytes;
    });
    // Whoever asked for the turn gets its failure; the next one goes on.
    this.#trimming = turn.catch(() => undefined);
    return turn;
  }
}

/** @returns the bytes that stay */
async function evictLeastRecent(folder: string, maxBytes: number): Promise<number> {
  const names = await readdir(folder);
  const found = await Promise.all(names.map((name) => describe(join(folder, name))));
  const files = found.filter((file) => file !== null).sort((left, right) => left.usedAt - right.usedAt);
  let bytes = files.reduce((sum, file) => sum + file.size, 0);
  for (const { path, size, isHeld } of files) {
    if (bytes <= maxBytes) break;
    if (isHeld) continue;
    await rm(path, { force: true });
    bytes -= size;
  }
  return bytes;
}

interface CachedFile {
  readonly path: string;
  readonly size: number;
  readonly usedAt: number;
  readonly isHeld: boolean;
}

/** null: another process has evicted it. */
async function describe(path: string): Promise<CachedFile | null> {
  try {
    const { size, mtimeMs, nlink } = await stat(path);
    return { path, size, usedAt: mtimeMs, isHeld: nlink > 1 };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** null: the URI names nothing of this store. */
function pathIn(store: ObjectStore, uri: string): string | null {
  const root = store.uri('');
  if (!uri.startsWith(root)) return null;
  const path = uri.slice(root.length).replace(/^\//, '');
  return store.uri(path) === uri ? path : null;
}

/** A link that is there already has the same content. */
async function linkOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function fileName(uri: string): string {
  return `${createHash('sha256').update(uri).digest('hex')}.parquet`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Runs work as it comes, `limit` at a time. */
function atMost(limit: number): (work: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
