import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipArchive } from './zip.ts';

const run = promisify(execFile);

/** Another reader of archives: Python's, which also checks every checksum. */
const LIST = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps({entry.filename: [archive.read(entry).hex(), entry.external_attr >> 16] for entry in archive.infolist()}))
`;

describe('zipArchive', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zip-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const unzipped = async (archive: Uint8Array) => {
    const path = join(folder, 'archive.zip');
    await writeFile(path, archive);
    const { stdout } = await run('python3', ['-c', LIST, path]);
    return JSON.parse(stdout) as Record<string, [content: string, mode: number]>;
  };

  it('holds each file with its content, readable', async () => {
    const code = await readFile(import.meta.filename);
    const files = new Map([
      ['handler.mjs', code],
      ['shared/größe.sql', Buffer.from('select 1')],
      ['empty', Buffer.alloc(0)],
    ]);
    expect(await unzipped(zipArchive(files))).toEqual({
      'handler.mjs': [code.toString('hex'), 0o100644],
      'shared/größe.sql': [Buffer.from('select 1').toString('hex'), 0o100644],
      empty: ['', 0o100644],
    });
  });

  it('is the same for the same files in any order', () => {
    const file = fc.tuple(fc.stringMatching(/^[a-z/]{1,20}$/), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ([path]) => path }), (files) => {
        const copy = files.map(([path, content]) => [path, Uint8Array.from(content)] as const).reverse();
        expect(zipArchive(new Map(files))).toEqual(zipArchive(new Map(copy)));
      }),
    );
  });
});
