import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCK_FILE, lockDataFolder } from './data-folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lockDataFolder', () => {
  it('refuses a second platform and names the process that holds the folder', () => {
    const release = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(`in use by process ${process.pid}`);
    release();
    lockDataFolder(folder)();
  });

  it('takes over the lock of a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = child.pid as number;
    writeFileSync(join(folder, LOCK_FILE), JSON.stringify({ pid, startedAt: 'whenever' }));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    lockDataFolder(folder);
    expect(JSON.parse(readFileSync(join(folder, LOCK_FILE), 'utf8')).pid).toBe(process.pid);
  });

  it('takes over when the pid belongs to another process by now', () => {
    writeFileSync(join(folder, LOCK_FILE), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    expect(() => lockDataFolder(folder)).not.toThrow();
  });

  it('takes over a torn lock', () => {
    writeFileSync(join(folder, LOCK_FILE), '{"pid":');
    expect(() => lockDataFolder(folder)).not.toThrow();
  });
});
