import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from './file-lock.ts';
import { identityOf } from './process-identity.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-lock-'));
  file = path.join(folder, 'made', 'lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('withFileLock', () => {
  it('lets one at a time in, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await setImmediate();
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(file, 10_000, work)));
    expect(most).toBe(1);
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it('is free again after work that failed', async () => {
    const failing = withFileLock(file, 1_000, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withFileLock(file, 0, async () => 'done')).toBe('done');
  });

  it('names a living holder when time is up', async () => {
    await withFileLock(file, 0, async () => {
      const second = withFileLock(file, 0, async () => 'never');
      await expect(second).rejects.toMatchObject({
        code: 'locked',
        message: expect.stringContaining(`process ${process.pid}`),
      });
    });
  });

  it('takes over the lock of a process that has died', async () => {
    const child = spawn(process.execPath, ['--eval', '']);
    const holder = identityOf(child.pid ?? 0);
    await once(child, 'exit');
    await withFileLock(file, 0, async () => {});
    await writeFile(file, JSON.stringify(holder));
    expect(await withFileLock(file, 1_000, async () => 'done')).toBe('done');
  });

  it('takes over the lock of a process whose number another one has by now', async () => {
    await withFileLock(file, 0, async () => {});
    await writeFile(file, JSON.stringify({ pid: process.pid, startedAt: '1' }));
    expect(await withFileLock(file, 1_000, async () => 'done')).toBe('done');
  });
});
