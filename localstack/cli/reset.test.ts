import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { childEnvironment } from '../../shared/runtime/config.ts';
import { lockDataFolder } from '../services/data-folder-lock.ts';
import { RUNNING_FILE } from '../services/native/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reset-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function reset() {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', 'localstack/cli/reset.ts', '--yes'], {
    cwd: ROOT,
    env: { ...childEnvironment({ DATA_DIR: folder }) },
  });
}

it('stops no server of a platform that runs, and deletes nothing of it', async () => {
  await mkdir(join(folder, 'services'));
  const redis = { url: 'redis://127.0.0.1:1', version: '7' };
  await writeFile(join(folder, RUNNING_FILE), JSON.stringify({ redis }));
  const unlock = lockDataFolder(folder);
  await expect(reset()).rejects.toMatchObject({
    stdout: expect.not.stringContaining('stopping'),
    stderr: expect.stringContaining(`in use by process ${process.pid}`),
  });
  expect(existsSync(join(folder, RUNNING_FILE))).toBe(true);
  unlock();
  expect((await reset()).stdout).toContain('stopping redis');
  expect(existsSync(folder)).toBe(false);
});
