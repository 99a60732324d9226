import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { messageOf, PlatformError } from '../errors.ts';
import { compareUtf8, type ObjectStore, objectPathSegments, type StoredObject } from '../lake/index.ts';

/** Temporary files and folders carry this prefix and are never listed; a crash may leave one. */
const TEMPORARY_PREFIX = '.tmp-';

/** A folder, which can take in files that another program has written. */
export interface FolderStore extends ObjectStore {
  /**
   * Makes the file an object, replacing one of that path: as whole and as durable as by `put`, without reading it. It must lie in
   * the same file system, best below a folder of `stagingFolder`.
   */
  adopt(file: string, path: string): Promise<void>;
  /** A path within the store's folder for files that are in the making; not created, and neither are they listed. */
  stagingFolder(): string;
}

/**
 * A folder as object store. An object appears whole or not at all: it is written to a temporary file, synced, and then
 * renamed (`put`) or hard-linked (`putIfAbsent`: link(2) fails with EEXIST where rename(2) would replace). File and
 * folder are synced before a write resolves, since Kafka offsets are committed on the strength of it.
 */
export async function openFolderStore(root: string): Promise<FolderStore> {
  await mkdir(root, { recursive: true });
  const base = await realpath(root);
  const knownFolders = new Set<string>();

  const provideFolder = async (folder: string): Promise<void> => {
    if (knownFolders.has(folder)) return;
    await createFolder(base, folder);
    knownFolders.add(folder);
  };

  const writeTemporary = async (target: string, bytes: Uint8Array): Promise<string> => {
    const folder = dirname(target);
    await provideFolder(folder);
    const temporary = join(folder, `${TEMPORARY_PREFIX}${randomUUID()}`);
    const file = await openNew(temporary, folder, knownFolders);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  };

  return {
    get: async (path) => {
      const target = await resolveObject(base, path);
      try {
        const bytes = await readFile(target);
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null;
        throw failed('read', path, error);
      }
    },
    put: async (path, bytes) => {
      const target = await resolveObject(base, path);
      try {
        const temporary = await writeTemporary(target, bytes);
        await rename(temporary, target).catch(async (error: unknown) => {
          await unlink(temporary);
          throw error;
        });
        await syncFolder(dirname(target));
      } catch (error) {
        throw failed('write', path, error);
      }
    },
    putIfAbsent: async (path, bytes) => {
      const target = await resolveObject(base, path);
      try {
        const temporary = await writeTemporary(target, bytes);
        try {
          await link(temporary, target);
        } catch (error) {
          if (hasCode(error, 'EEXIST')) return 'exists';
          throw error;
        } finally {
          await unlink(temporary);
        }
        await syncFolder(dirname(target));
        return 'created';
      } catch (error) {
        throw failed('create', path, error);
      }
    },
    list: async (prefix, after = '') => {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const paths: string[] = [];
      if (folder !== '') await resolveObject(base, folder.slice(0, -1));
      await collect(base, folder, paths);
      const wanted = paths.filter((path) => path.startsWith(prefix) && compareUtf8(path, after) > 0);
      const objects = await Promise.all(wanted.map((path) => describe(base, path)));
      return objects
        .filter((object) => object !== null)
        .sort((left, right) => compareUtf8(left.path, right.path));
    },
    delete: async (path) => {
      const target = await resolveObject(base, path);
      try {
        await rm(target, { force: true });
      } catch (error) {
        throw failed('delete', path, error);
      }
    },
    // link(2) does, on any POSIX file system.
    createsExclusively: true,
    uri: (path) => (path === '' ? base : join(base, ...objectPathSegments(path))),
    adopt: async (source, path) => {
      const target = await resolveObject(base, path);
      try {
        await syncFile(source);
        await renameInto(source, target, provideFolder, knownFolders);
        await syncFolder(dirname(target));
      } catch (error) {
        throw failed('adopt', path, error);
      }
    },
    stagingFolder: () => join(base, `${TEMPORARY_PREFIX}${randomUUID()}`),
  };
}

/** The absolute file of a path; refuses whatever could name a file outside the root, links included. */
async function resolveObject(base: string, path: string): Promise<string> {
  const target = join(base, ...objectPathSegments(path));
  const existing = await deepestExisting(base, target);
  if (existing !== base && !existing.startsWith(base + sep)) {
    throw new PlatformError(
      'lake_path_invalid',
      `object path ${JSON.stringify(path)} leads outside the store`,
    );
  }
  return target;
}

/** Real path of `target`, or of its deepest folder that exists: the rest is yet to be created below it. */
async function deepestExisting(base: string, target: string): Promise<string> {
  for (let candidate = target; candidate !== base; candidate = dirname(candidate)) {
    try {
      return await realpath(candidate);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  return base;
}

/** Creates missing folders and syncs their parents, so that a folder outlives a power cut with what is in it. */
async function createFolder(base: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let created = folder; created.length >= first.length && created !== base; created = dirname(created)) {
    await syncFolder(dirname(created));
  }
}

/** A folder deleted behind our back (a reset) is created again. */
async function openNew(file: string, folder: string, knownFolders: Set<string>): Promise<FileHandle> {
  try {
    return await open(file, 'wx');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    knownFolders.delete(folder);
    await mkdir(folder, { recursive: true });
    return open(file, 'wx');
  }
}

/** A folder deleted behind our back (a reset) is created again. */
async function renameInto(
  source: string,
  target: string,
  provideFolder: (folder: string) => Promise<void>,
  knownFolders: Set<string>,
): Promise<void> {
  const folder = dirname(target);
  await provideFolder(folder);
  try {
    await rename(source, target);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    knownFolders.delete(folder);
    await provideFolder(folder);
    await rename(source, target);
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function collect(base: string, folder: string, paths: string[]): Promise<void> {
  try {
    for (const entry of await readdir(join(base, folder), { withFileTypes: true })) {
      const path = `${folder}${entry.name}`;
      if (entry.name.startsWith(TEMPORARY_PREFIX)) continue;
      if (entry.isDirectory()) await collect(base, `${path}/`, paths);
      else paths.push(path);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw failed('list', folder, error);
  }
}

async function describe(base: string, path: string): Promise<StoredObject | null> {
  try {
    const { size, mtimeMs } = await stat(join(base, path));
    return { path, size, modifiedAt: Math.floor(mtimeMs) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw failed('list', path, error);
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code !== undefined && codes.includes(code);
}

function failed(what: string, path: string, cause: unknown): PlatformError {
  return new PlatformError('object_store_failed', `could not ${what} ${path}: ${messageOf(cause)}`, {
    retryable: true,
    cause,
  });
}
