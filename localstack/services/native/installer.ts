import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../../../shared/errors.ts';
import { childEnvironment } from '../../../shared/runtime/config.ts';
import { type ReportProgress, stage } from '../progress.ts';
import { withFileLock } from './file-lock.ts';
import { findJava, findProgram, needProgram, outputOf } from './programs.ts';
import type { Installation, Installer } from './service.ts';

/**
 * Written last, with the fingerprint of what was asked for: an installation without it is torn, one with another was made
 * of other files or by other commands, and both are made anew.
 */
export const COMPLETE = 'complete';
/** Building MinIO takes minutes on a small machine, and another process may have to wait for it. */
const INSTALL_WITHIN_MS = 30 * 60_000;
const PRINTED_BYTES = 64 * 1024 * 1024;

export function installCache(): string {
  return path.join(homedir(), '.cache', 'customer-insight');
}

/** Installs into `<cache>/<name>-<version>`. */
export function createInstaller(cache: string, report: ReportProgress): Installer {
  return {
    async install(installation) {
      const folder = path.join(cache, `${installation.name}-${installation.version}`);
      const fingerprint = await fingerprintOf(installation, folder);
      if (await isComplete(folder, fingerprint)) return folder;
      await withFileLock(`${folder}.lock`, INSTALL_WITHIN_MS, async () => {
        if (await isComplete(folder, fingerprint)) return;
        const { name, version } = installation;
        await stage(
          report,
          `install ${name}`,
          () => make(installation, folder, fingerprint),
          () => version,
        );
      });
      return folder;
    },
    find: findProgram,
    findJava,
    async needJava(atLeast) {
      const home = await findJava(atLeast);
      if (home !== null) return home;
      throw new PlatformError(
        'program_missing',
        `java ${atLeast} or later is missing · apt-get install openjdk-${atLeast}-jdk-headless, or set JAVA_HOME`,
      );
    },
    output: outputOf,
    async mayInstallDebianPackages() {
      return process.getuid?.() === 0 && (await findProgram('apt-get')) !== null;
    },
  };
}

async function make(installation: Installation, folder: string, fingerprint: string): Promise<void> {
  const programs: Record<string, string> = {};
  for (const name of installation.needs) programs[name] = await needProgram(name, installation.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(installation.files ?? {})) {
    await writeFile(path.join(folder, name), content);
  }
  for (const [name, source] of Object.entries(installation.copies ?? {})) {
    await cp(source, path.join(folder, name), { recursive: true });
  }
  for (const { command, args, env } of installation.commands(folder)) {
    try {
      await promisify(execFile)(programs[command] ?? command, [...args], {
        cwd: folder,
        env: { ...childEnvironment({}), ...env },
        maxBuffer: PRINTED_BYTES,
      });
    } catch (cause) {
      throw new PlatformError(
        'install_failed',
        `${installation.name} ${installation.version} was not installed: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
  await writeFile(path.join(folder, COMPLETE), fingerprint);
}

async function isComplete(folder: string, fingerprint: string): Promise<boolean> {
  const found = await readFile(path.join(folder, COMPLETE), 'utf8').catch(() => null);
  return found === fingerprint;
}

/** SHA-256 of the files, the copies with their content, and the commands. */
async function fingerprintOf(installation: Installation, folder: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([installation.files ?? {}, installation.commands(folder)]));
  for (const [name, source] of Object.entries(installation.copies ?? {})) {
    for (const file of await filesUnder(source)) {
      hash.update(JSON.stringify([name, path.relative(source, file)])).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesUnder(source: string): Promise<readonly string[]> {
  if (!(await stat(source)).isDirectory()) return [source];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}
