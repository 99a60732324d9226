import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFunctions } from './build-functions.ts';

describe('buildFunctions', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build '));
    await mkdir(join(folder, 'functions/greet'), { recursive: true });
    await mkdir(join(folder, 'functions/not-yet'), { recursive: true });
    await writeFile(join(folder, 'functions/greet/name.txt'), 'world');
    await writeFile(
      join(folder, 'functions/greet/handler.ts'),
      `import { readFileSync } from 'node:fs';
       const name: string = readFileSync(new URL('./name.txt', import.meta.url), 'utf8');
       export const handler = async () => 'hello ' + name;`,
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('bundles every folder that has a handler; files beside the source are still found', async () => {
    expect(await buildFunctions(folder)).toEqual(['greet']);
    const { handler } = await import(pathToFileURL(join(folder, '.build/functions/greet/handler.mjs')).href);
    expect(await handler()).toBe('hello world');
  });

  it('leaves a file alone that would not change, and replaces one that would', async () => {
    await buildFunctions(folder);
    const built = join(folder, '.build/functions/greet/handler.mjs');
    const before = await stat(built);
    await buildFunctions(folder);
    expect((await stat(built)).ino).toBe(before.ino);
    await writeFile(
      join(folder, 'functions/greet/handler.ts'),
      `export const handler = async () => 'other';`,
    );
    await buildFunctions(folder);
    expect(await readFile(built, 'utf8')).toContain('other');
    expect(await readdir(join(folder, '.build/functions/greet'))).toEqual(['handler.mjs', 'handler.mjs.map']);
  });

  it('fails with the file and line of a syntax error', async () => {
    await writeFile(join(folder, 'functions/greet/handler.ts'), 'export const handler = (;');
    await expect(buildFunctions(folder)).rejects.toThrow('functions/greet/handler.ts:1:');
  });
});
