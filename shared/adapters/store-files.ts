import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../errors.ts';
import type { ObjectStore } from '../lake/index.ts';
import type { FolderStore } from './fs-object-store.ts';
import type { HeldFiles, ObjectFileCache } from './object-file-cache.ts';

/** A store's objects as files of this machine, for engines that read and write files alone. */
export interface StoreFiles {
  /** Files with the content of the objects, in their order, until released. */
  hold(paths: readonly string[]): Promise<HeldFiles>;
  /** A folder for new files, there until `release`. */
  stage(): Promise<StagingFolder>;
}

export interface StagingFolder {
  readonly folder: string;
  /** Makes a file of the folder an object of the store: whole, and durable when resolved. */
  adopt(file: string, path: string): Promise<void>;
  release(): Promise<void>;
}

/** The files of a folder themselves; new ones are renamed into place. */
export function filesOfFolder(store: FolderStore): StoreFiles {
  return {
    hold: async (paths) => ({ paths: paths.map((path) => store.uri(path)), release: async () => undefined }),
    stage: async () => stagingIn(store.stagingFolder(), store.adopt),
  };
}

/** Copies, which the cache keeps for the next read; new files are put from `folder`, and pass through memory whole. */
export function filesOfObjects(store: ObjectStore, cache: ObjectFileCache, folder: string): StoreFiles {
  return {
    hold: async (paths) => {
      try {
        return await cache.hold(paths.map((path) => store.uri(path)));
      } catch (error) {
        if (!(error instanceof PlatformError) || error.code !== 'object_file_missing') throw error;
        throw new PlatformError('lake_data_file_missing', error.message, { cause: error });
      }
    },
    stage: async () =>
      stagingIn(join(folder, randomUUID()), async (file, path) => store.put(path, await readFile(file))),
  };
}

async function stagingIn(folder: string, adopt: StagingFolder['adopt']): Promise<StagingFolder> {
  await mkdir(folder, { recursive: true });
  return { folder, adopt, release: () => rm(folder, { recursive: true, force: true }) };
}
