import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../../../../shared/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { ServerUser } from './server-user.ts';

export const SUPERUSER = 'postgres';

/** A folder with a Postgres cluster and how the server's user names it. */
export interface Cluster {
  /** Its path for this process. */
  readonly folder: string;
  /**
   * Its path for the server. Where the server's user cannot walk down to the folder (a home folder with mode 0700),
   * this is `/proc/self/cwd`, and the server must be started with the folder as its working directory.
   */
  readonly dataDirectory: string;
  readonly password: string;
}

/** Opens `dataDir/cluster`, creating it at the first start: complete or not at all, also when killed half-way. */
export async function openCluster(
  dataDir: string,
  user: ServerUser,
  binaries: PostgresBinaries,
): Promise<Cluster> {
  const folder = path.join(dataDir, 'cluster');
  const passwordFile = path.join(dataDir, 'password');
  await mkdir(dataDir, { recursive: true });
  if (await exists(path.join(folder, 'PG_VERSION'))) {
    await refuseOtherMajor(folder);
    const password = (await readFile(passwordFile, 'utf8')).trim();
    return { folder, dataDirectory: await dataDirectoryFor(folder, user), password };
  }
  const fresh = path.join(dataDir, 'cluster.incomplete');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  if (user.kind === 'other') {
    await chown(fresh, user.uid, user.gid);
  }
  const password = randomBytes(12).toString('hex');
  await initialise(fresh, password, user, binaries);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await rename(fresh, folder);
  return { folder, dataDirectory: await dataDirectoryFor(folder, user), password };
}

/** Settings of a child process that runs as the server's user. */
export function asUser(user: ServerUser): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return user.kind === 'other' ? { uid: user.uid, gid: user.gid, env } : { env };
}

async function initialise(
  folder: string,
  password: string,
  user: ServerUser,
  binaries: PostgresBinaries,
): Promise<void> {
  const secret = await mkdtemp(path.join(tmpdir(), 'postgres-init-'));
  try {
    const passwordFile = path.join(secret, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user.kind === 'other') {
      await chown(passwordFile, user.uid, user.gid);
      await chown(secret, user.uid, user.gid);
    }
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${await dataDirectoryFor(folder, user)}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The built-in provider needs nothing of the machine's locales and sorts alike everywhere.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ],
      { ...asUser(user), cwd: folder },
    );
  } catch (cause) {
    throw new PlatformError(
      'initdb_failed',
      `cannot create a postgres cluster in ${folder}: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  } finally {
    await rm(secret, { recursive: true, force: true });
  }
}

/** The folder's own path where the user can reach it, else the working directory, which needs no walking down. */
async function dataDirectoryFor(folder: string, user: ServerUser): Promise<string> {
  if (user.kind === 'self' || (await reachable(path.dirname(path.resolve(folder)), user))) {
    return path.resolve(folder);
  }
  if (process.platform !== 'linux') {
    throw new PlatformError(
      'cluster_not_reachable',
      `user id ${user.uid}, as which postgres must run, cannot reach ${folder} · start as an ordinary user, or set DATA_DIR to a folder that everyone may enter`,
    );
  }
  return '/proc/self/cwd';
}

async function reachable(folder: string, user: { uid: number; gid: number }): Promise<boolean> {
  for (let at = folder; ; at = path.dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      return false;
    }
    if (at === path.dirname(at)) {
      return true;
    }
  }
}

async function refuseOtherMajor(folder: string): Promise<void> {
  const major = (await readFile(path.join(folder, 'PG_VERSION'), 'utf8')).trim();
  if (major !== SERVER_MAJOR) {
    throw new PlatformError(
      'cluster_of_other_version',
      `${folder} was made by postgres ${major}, this is ${SERVER_MAJOR} · npm run reset starts afresh`,
    );
  }
}

/** Major version of the packaged server. */
const SERVER_MAJOR = '18';

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
