import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/runtime/config.ts';
import { bundleFunction } from './bundle-function.ts';
import { NATIVE_PACKAGE_NAMES, nativePackageFiles, nativePackagesOf } from './native-packages.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HERE = { os: process.platform, cpu: process.arch };

const SERVERS = parseConfig(
  { EVENT_LOG_URL: 'kafka://kafka:9092', ONLINE_STORE_URL: 'redis://redis:6379' },
  '/',
);
const FOLDERS = parseConfig({}, '/');

const handlerOf = (name: string) => readFile(join(ROOT, 'functions', name, 'handler.ts'), 'utf8');

describe('the native packages of a function', () => {
  it.each([
    ['aggregate-revenue', ['lz4-napi']],
    ['build-features', ['@duckdb/node-api', '@duckdb/node-bindings']],
    ['build-recommendations', []],
    ['ingest-changes', ['lz4-napi']],
    ['ingest-recommendations', ['lz4-napi']],
    ['load-online-store', ['@duckdb/node-api']],
    ['maintain-lake', ['@duckdb/node-api', '@duckdb/node-bindings', 'lz4-napi']],
    ['notify', []],
    ['recommend', ['lz4-napi']],
    ['run-pipeline', ['lz4-napi']],
    ['show-insights', ['@duckdb/node-api', 'lz4-napi']],
    ['train-model', ['@duckdb/node-api', '@duckdb/node-bindings']],
    ['update-online-state', []],
  ])('%s on servers: %j', async (name, expected) => {
    expect(nativePackagesOf(await handlerOf(name), SERVERS)).toEqual(expected);
  });

  it('are listed above for every function that there is', async () => {
    expect(await readdir(join(ROOT, 'functions'))).toHaveLength(13);
  });

  it('are LMDB where the settings keep log or online store in a folder', async () => {
    expect(nativePackagesOf(await handlerOf('recommend'), FOLDERS)).toEqual(['lmdb']);
    expect(nativePackagesOf(await handlerOf('notify'), FOLDERS)).toEqual([]);
  });
});

describe('files of native packages', () => {
  it('are those of the package, of what it depends on and of the binary for the machine', async () => {
    const files = [...(await nativePackageFiles(ROOT, ['lz4-napi'], HERE)).keys()];
    expect(files).toContain('node_modules/lz4-napi/index.js');
    expect(files.filter((path) => path.endsWith('.node'))).toHaveLength(1);
    expect(files.filter((path) => path.endsWith('.d.ts'))).toEqual([]);
  });

  it('are refused where no binary for the machine is installed', async () => {
    await expect(nativePackageFiles(ROOT, ['lz4-napi'], { os: 'plan9', cpu: 'mips' })).rejects.toMatchObject({
      code: 'native_package_missing',
      message: 'no part of lz4-napi for plan9-mips is installed · npm ci --os=plan9 --cpu=mips',
    });
  });

  it('are refused where the package itself is not installed', async () => {
    await expect(nativePackageFiles(ROOT, ['no-such-package'], HERE)).rejects.toMatchObject({
      code: 'native_package_missing',
    });
  });
});

describe('the bundle of a function', () => {
  let folder: string;
  beforeAll(async () => {
    // A folder with a space, as users have them.
    folder = await mkdtemp(join(tmpdir(), 'a package '));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const unpack = async (name: string) => {
    const files = await bundleFunction(ROOT, name, NATIVE_PACKAGE_NAMES);
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, name, path)), { recursive: true });
      await writeFile(join(folder, name, path), content);
    }
    return files;
  };

  it.each(['recommend', 'build-features'])(
    'of %s loads in a folder without node_modules, and names no path of this machine',
    async (name) => {
      const files = await unpack(name);
      for (const [path, content] of files) expect(Buffer.from(content).includes(ROOT), path).toBe(false);
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['-e', `import('./handler.mjs').then(({ handler }) => console.log(typeof handler))`],
        { cwd: join(folder, name) },
      );
      expect(stdout.trim()).toBe('function');
    },
  );

  it('carries the files that its sources find beside themselves, and finds them', async () => {
    const project = join(folder, 'project');
    await mkdir(join(project, 'functions/greet'), { recursive: true });
    await mkdir(join(project, 'shared/words'), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'shared/words/name.sql'), 'world');
    await writeFile(
      join(project, 'shared/words/name.ts'),
      `import { readFileSync } from 'node:fs';
       export const name = (): string => readFileSync(new URL('./name.sql', import.meta.url), 'utf8');`,
    );
    await writeFile(
      join(project, 'functions/greet/handler.ts'),
      `export const handler = async () => 'hello ' + (await import('../../shared/words/name.ts')).name();`,
    );
    const files = await bundleFunction(project, 'greet', []);
    expect([...files.keys()]).toContain('shared/words/name.sql');
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, 'deployed', path)), { recursive: true });
      await writeFile(join(folder, 'deployed', path), content);
    }
    await rm(project, { recursive: true });
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-e', `import('./handler.mjs').then(({ handler }) => handler()).then(console.log)`],
      { cwd: join(folder, 'deployed') },
    );
    expect(stdout.trim()).toBe('hello world');
  });
});
