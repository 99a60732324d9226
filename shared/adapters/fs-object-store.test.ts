import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { objectStoreContract } from '../lake/store/object-store.contract.ts';
import { openFolderStore } from './fs-object-store.ts';

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fs object store-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

objectStoreContract('a folder', async () => openFolderStore(await newFolder()));

describe('a folder as object store', () => {
  it('creates its root, and gives absolute file paths to SQL engines', async () => {
    const root = join(await newFolder(), 'deep', 'root');
    const store = await openFolderStore(root);
    await store.put('raw/orders/part-1.parquet', new Uint8Array([1]));
    expect(store.uri('raw/orders/part-1.parquet')).toBe(join(root, 'raw/orders/part-1.parquet'));
    expect(await readdir(join(root, 'raw/orders'))).toEqual(['part-1.parquet']);
  });

  it('leaves no temporary file behind, whether the race is won or lost', async () => {
    const root = await newFolder();
    const store = await openFolderStore(root);
    await store.putIfAbsent('log/0.json', new Uint8Array([1]));
    await store.putIfAbsent('log/0.json', new Uint8Array([2]));
    await store.put('log/hint', new Uint8Array([3]));
    expect((await readdir(join(root, 'log'))).sort()).toEqual(['0.json', 'hint']);
  });

  it('does not list the temporary file of a writer that was killed', async () => {
    const root = await newFolder();
    const store = await openFolderStore(root);
    await store.put('log/0.json', new Uint8Array([1]));
    await writeFile(join(root, 'log', '.tmp-left-by-a-crash'), 'half');
    expect((await store.list('log/')).map((object) => object.path)).toEqual(['log/0.json']);
  });

  it('takes in a file from its staging folder, which it does not list', async () => {
    const root = await newFolder();
    const store = await openFolderStore(root);
    const staging = store.stagingFolder();
    await mkdir(staging);
    await writeFile(join(staging, 'new'), 'whole');
    expect(await store.list('')).toEqual([]);
    await store.put('raw/day=1/part', Buffer.from('old'));
    await store.adopt(join(staging, 'new'), 'raw/day=1/part');
    expect(Buffer.from((await store.get('raw/day=1/part')) ?? []).toString()).toBe('whole');
    expect(await readdir(staging)).toEqual([]);
    // A reset deletes folders that the store has made.
    await rm(join(root, 'raw'), { recursive: true });
    await writeFile(join(staging, 'next'), 'next');
    await store.adopt(join(staging, 'next'), 'raw/day=1/next');
    expect((await store.list('')).map(({ path }) => path)).toEqual(['raw/day=1/next']);
  });

  it('takes in no file that is not there, nor one to a place outside', async () => {
    const store = await openFolderStore(await newFolder());
    await expect(store.adopt(join(store.stagingFolder(), 'none'), 'a')).rejects.toMatchObject({
      code: 'object_store_failed',
    });
    await expect(store.adopt('/etc/hostname', '../a')).rejects.toMatchObject({ code: 'lake_path_invalid' });
  });

  it('refuses a link that leads out of the root, to a folder as to a file', async () => {
    const outside = await newFolder();
    await writeFile(join(outside, 'secret'), 'secret');
    const root = await newFolder();
    const store = await openFolderStore(root);
    await symlink(outside, join(root, 'folder'));
    await symlink(join(outside, 'secret'), join(root, 'file'));
    for (const path of ['folder/secret', 'file']) {
      await expect(store.get(path)).rejects.toMatchObject({ code: 'lake_path_invalid' });
    }
    await expect(store.put('folder/new', new Uint8Array())).rejects.toMatchObject({
      code: 'lake_path_invalid',
    });
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('writes on after its folders were deleted', async () => {
    const root = await newFolder();
    const store = await openFolderStore(root);
    await store.put('raw/a', new Uint8Array([1]));
    await rm(join(root, 'raw'), { recursive: true });
    await store.put('raw/b', new Uint8Array([2]));
    expect(await store.get('raw/b')).toEqual(new Uint8Array([2]));
  });

  it('says what it could not write and why, and that it may be tried again', async () => {
    const root = await newFolder();
    const store = await openFolderStore(root);
    await mkdir(join(root, 'taken'));
    await expect(store.put('taken', new Uint8Array())).rejects.toMatchObject({
      code: 'object_store_failed',
      retryable: true,
      message: expect.stringContaining('could not write taken'),
    });
    expect(await readdir(root)).toEqual(['taken']);
  });
});
