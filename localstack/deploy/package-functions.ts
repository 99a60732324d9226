import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { bundleFunction, type PackageFiles } from './bundle-function.ts';
import {
  NATIVE_PACKAGE_NAMES,
  nativePackageFiles,
  nativePackagesOf,
  type Target,
} from './native-packages.ts';
import { zipArchive } from './zip.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "250 MB … The maximum size of the contents". */
const MAX_UNZIPPED_BYTES = 250 * 1024 * 1024;

export interface PackagedFunction {
  readonly name: string;
  /** The archive, from the service's folder. */
  readonly artifact: string;
  readonly handler: string;
  readonly nativePackages: readonly string[];
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
}

export interface PackageOptions {
  readonly serviceDir: string;
  readonly names: readonly string[];
  readonly config: Pick<Config, 'eventLog' | 'onlineStore'>;
  readonly target: Target;
}

/**
 * Writes `.build/packages/<name>.zip` for each function: all that it needs to run outside of this project.
 * @throws PlatformError `package_too_large`, `native_package_missing`
 */
export async function packageFunctions(options: PackageOptions): Promise<readonly PackagedFunction[]> {
  const { serviceDir } = options;
  const folder = join('.build', 'packages');
  await mkdir(join(serviceDir, folder), { recursive: true });
  const nativeFiles = nativeFilesReader(options);
  const packaged: PackagedFunction[] = [];
  for (const name of options.names) {
    const { files, nativePackages } = await functionPackage(name, options, nativeFiles);
    const artifact = join(folder, `${name}.zip`);
    const unzippedBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    if (unzippedBytes > MAX_UNZIPPED_BYTES) throw tooLarge(name, unzippedBytes);
    const archive = zipArchive(files);
    await writeFile(join(serviceDir, artifact), archive);
    packaged.push({
      name,
      artifact,
      handler: 'handler.handler',
      nativePackages,
      zippedBytes: archive.length,
      unzippedBytes,
    });
  }
  return packaged;
}

/** Files of native packages by the package's name, each package read once. */
type NativeFilesReader = (packageName: string) => Promise<PackageFiles>;

function nativeFilesReader({ serviceDir, target }: PackageOptions): NativeFilesReader {
  const read = new Map<string, Promise<PackageFiles>>();
  return (name) => {
    const known = read.get(name) ?? nativePackageFiles(serviceDir, [name], target);
    read.set(name, known);
    return known;
  };
}

async function functionPackage(
  name: string,
  { serviceDir, config }: PackageOptions,
  nativeFiles: NativeFilesReader,
): Promise<{ readonly files: PackageFiles; readonly nativePackages: readonly string[] }> {
  const source = await readFile(join(serviceDir, 'functions', name, 'handler.ts'), 'utf8');
  const nativePackages = nativePackagesOf(source, config);
  const files = new Map(await bundleFunction(serviceDir, name, NATIVE_PACKAGE_NAMES));
  for (const native of nativePackages) {
    for (const [path, content] of await nativeFiles(native)) files.set(path, content);
  }
  return { files, nativePackages };
}

function tooLarge(name: string, bytes: number): PlatformError {
  const mib = (value: number) => `${Math.round(value / 1024 / 1024)} MiB`;
  return new PlatformError(
    'package_too_large',
    `the package of ${name} has ${mib(bytes)} unzipped, Lambda takes ${mib(MAX_UNZIPPED_BYTES)}`,
  );
}
