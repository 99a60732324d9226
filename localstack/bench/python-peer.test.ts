import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPythonPeer } from './python-peer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-peer-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

// What is tested is the protocol: Node reads the same lines as Python.
const ECHO = `
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.do === 'die') { console.error('first\\nout of memory'); process.exit(3); }
  console.log(JSON.stringify(request.do === 'fail' ? { error: 'no such thing' } : { asked: request.do }));
}`;

it('asks, tells what went wrong and ends', async () => {
  const path = await script('echo.mjs', ECHO);
  const started = await startPythonPeer(path, process.execPath);
  if (started.missing !== null) throw new Error(started.missing);
  const { peer, versions } = started;
  expect(versions).toEqual({ asked: 'version' });
  expect(await peer.ask({ do: 'work' })).toEqual({ asked: 'work' });
  await expect(peer.ask({ do: 'fail' })).rejects.toMatchObject({
    code: 'bench_peer_failed',
    message: expect.stringMatching(/could not fail: no such thing/),
  });
  await expect(peer.ask({ do: 'die' })).rejects.toMatchObject({
    code: 'bench_peer_failed',
    message: expect.stringMatching(/could not die: out of memory$/),
  });
  await peer.close();
});

it('says what is missing: a package, or the interpreter', async () => {
  const path = await script('missing.mjs', "console.error('no such package'); process.exit(1);");
  expect(await startPythonPeer(path, process.execPath)).toEqual({ missing: 'no such package' });
  expect(await startPythonPeer(path, join(folder, 'python3'))).toEqual({
    missing: expect.stringMatching(/ENOENT/),
  });
});
