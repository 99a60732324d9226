import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../progress.ts';
import { COMPLETE, createInstaller } from './installer.ts';
import type { Command, Installation } from './service.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'install cache-'));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

const node = (script: string): Command => ({ command: process.execPath, args: ['--eval', script] });

/** Counts, beside the folder, how often it was made. */
function installation(more: Partial<Installation> = {}): Installation {
  return {
    name: 'thing',
    version: '1',
    needs: [],
    files: { 'settings.txt': 'kept' },
    commands: () => [
      node("require('fs').appendFileSync('../made', 'x')"),
      node("require('fs').copyFileSync('settings.txt', 'made-from.txt')"),
    ],
    ...more,
  };
}

async function install(what: Installation): Promise<string> {
  return createInstaller(cache, () => {}).install(what);
}

const made = async () => (await readFile(path.join(cache, 'made'), 'utf8')).length;

describe('install', () => {
  it('runs the commands in the folder of name and version, beside its files, once', async () => {
    const folder = await install(installation());
    expect(folder).toBe(path.join(cache, 'thing-1'));
    expect(await readFile(path.join(folder, 'made-from.txt'), 'utf8')).toBe('kept');
    await install(installation());
    expect(await made()).toBe(1);
    expect(await readdir(cache)).toEqual(['made', 'thing-1']);
  });

  it('is done by one of several that ask at once', async () => {
    await Promise.all([install(installation()), install(installation()), install(installation())]);
    expect(await made()).toBe(1);
  });

  it('is done again from an empty folder where it was torn', async () => {
    const folder = await install(installation());
    await rm(path.join(folder, COMPLETE));
    await writeFile(path.join(folder, 'half.txt'), '');
    await install(installation());
    expect(await made()).toBe(2);
    expect((await readdir(folder)).toSorted()).toEqual([COMPLETE, 'made-from.txt', 'settings.txt']);
  });

  it('is done again when a file, a copy or a command has changed under the same version', async () => {
    const source = path.join(cache, 'source.txt');
    const copying = installation({ copies: { 'copy.txt': source } });
    await writeFile(source, 'one');
    await install(copying);
    await writeFile(source, 'two');
    const folder = await install(copying);
    expect(await readFile(path.join(folder, 'copy.txt'), 'utf8')).toBe('two');
    await install(installation({ files: { 'settings.txt': 'other' } }));
    expect(await readFile(path.join(folder, 'made-from.txt'), 'utf8')).toBe('other');
    expect(await made()).toBe(3);
  });

  it('tells what a failing command said, and counts as torn', async () => {
    const failing = installation({
      commands: () => [node("console.error('no such package'); process.exit(4)")],
    });
    await expect(install(failing)).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringMatching(/^thing 1 was not installed: .*no such package/s),
    });
    expect(await readdir(path.join(cache, 'thing-1'))).not.toContain(COMPLETE);
  });

  it('reports the beginning and the end of the work, and nothing where there is none', async () => {
    const events: ProgressEvent[] = [];
    const installer = createInstaller(cache, (event) => events.push(event));
    await installer.install(installation());
    await installer.install(installation());
    expect(events).toMatchObject([
      { type: 'stage-started', stage: 'install thing' },
      { type: 'stage-finished', stage: 'install thing', detail: '1' },
    ]);
  });
});

it('names the java that is missing, and how to get it', async () => {
  await expect(createInstaller(cache, () => {}).needJava(999)).rejects.toMatchObject({
    code: 'program_missing',
    message: 'java 999 or later is missing · apt-get install openjdk-999-jdk-headless, or set JAVA_HOME',
  });
});
