import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import type { Config } from '../../shared/runtime/config.ts';

/** The machine that runs the functions, in Node's words. */
export interface Target {
  readonly os: string;
  readonly cpu: string;
}

type Places = Pick<Config, 'eventLog' | 'onlineStore'>;

interface NativePackage {
  readonly name: string;
  /** Whether a handler that names these words (its ports among them) can come to load the package. */
  readonly isLoadedBy: (words: ReadonlySet<string>, places: Places) => boolean;
}

/** Packages that cannot be bundled, and the ports of `compose` whose adapters load them. */
const NATIVE_PACKAGES: readonly NativePackage[] = [
  {
    name: '@duckdb/node-api',
    isLoadedBy: (words) => words.has('queryEngine') || words.has('bulkLakeTable'),
  },
  { name: '@duckdb/node-bindings', isLoadedBy: (words) => words.has('bulkLakeTable') },
  {
    name: 'lmdb',
    isLoadedBy: (words, { eventLog, onlineStore }) =>
      (words.has('eventLog') && eventLog.place.kind === 'folder') ||
      (words.has('onlineStore') && onlineStore.kind === 'lmdb'),
  },
  {
    name: 'lz4-napi',
    isLoadedBy: (words, { eventLog }) => words.has('eventLog') && eventLog.place.kind === 'kafka',
  },
];

export const NATIVE_PACKAGE_NAMES: readonly string[] = NATIVE_PACKAGES.map(({ name }) => name);

/**
 * The native packages that a function needs. A port is opened through the platform that `compose` gives, by its name: a handler
 * whose text does not have that name cannot open it.
 */
export function nativePackagesOf(handlerSource: string, places: Places): readonly string[] {
  const words = new Set(handlerSource.match(/\w+/g));
  return NATIVE_PACKAGES.filter(({ isLoadedBy }) => isLoadedBy(words, places)).map(({ name }) => name);
}

/**
 * The files of installed packages and of everything that they depend on, as far as it is made for the target, by their place in a
 * package: `node_modules/<name>/…`.
 * @throws PlatformError `native_package_missing`
 */
export async function nativePackageFiles(
  serviceDir: string,
  names: readonly string[],
  target: Target,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const folder of await dependencyFolders(serviceDir, names, target)) {
    for (const path of await filesBelow(folder)) {
      files.set(relative(serviceDir, path).split(sep).join('/'), await readFile(path));
    }
  }
  return files;
}

interface Manifest {
  readonly name: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function dependencyFolders(serviceDir: string, names: readonly string[], target: Target) {
  const folders = new Set<string>();
  const visit = async (name: string, from: string, isOptional: boolean): Promise<boolean> => {
    const folder = await installedFolder(name, from, serviceDir);
    if (folder === null) {
      if (isOptional) return false;
      throw new PlatformError('native_package_missing', `package ${name} is not installed · npm ci`);
    }
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    if (!isMadeFor(manifest, target)) return false;
    if (folders.has(folder)) return true;
    folders.add(folder);
    const optional = Object.keys(manifest.optionalDependencies ?? {});
    const required = Object.keys(manifest.dependencies ?? {}).filter((other) => !optional.includes(other));
    for (const other of required) await visit(other, folder, false);
    let hasBinary = optional.length === 0;
    for (const other of optional) hasBinary = (await visit(other, folder, true)) || hasBinary;
    if (!hasBinary) throw noBinary(name, target);
    return true;
  };
  for (const name of names) await visit(name, serviceDir, false);
  return folders;
}

/** Packages bring their binaries as optional dependencies, of which npm installs those of its own machine. */
function noBinary(name: string, { os, cpu }: Target): PlatformError {
  return new PlatformError(
    'native_package_missing',
    `no part of ${name} for ${os}-${cpu} is installed · npm ci --os=${os} --cpu=${cpu}`,
  );
}

function isMadeFor({ os, cpu, libc }: Manifest, target: Target): boolean {
  // AWS Lambda and Debian have glibc.
  return (
    (os?.includes(target.os) ?? true) &&
    (cpu?.includes(target.cpu) ?? true) &&
    (libc?.includes('glibc') ?? true)
  );
}

/** As Node resolves it: the nearest `node_modules` that has it, going up from the package that asks. */
async function installedFolder(name: string, from: string, root: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (await isFolder(candidate)) return candidate;
    if (folder === root || folder === dirname(folder)) return null;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** What a program does not load: types, maps, sources and papers. */
const NOT_LOADED = /\.(d\.[cm]?ts|ts|map|md|markdown|c|cc|cpp|h|hpp|gyp)$/;

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      // Nested packages are visited by their own names.
      if (entry.name !== 'node_modules') found.push(...(await filesBelow(path)));
    } else if (entry.isFile() && !NOT_LOADED.test(entry.name)) found.push(path);
  }
  return found;
}
