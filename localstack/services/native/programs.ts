import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '../../../shared/errors.ts';
import { childEnvironment } from '../../../shared/runtime/config.ts';
import type { NeededProgram } from './service.ts';

const JVM_FOLDER = '/usr/lib/jvm';

/** How to get what a machine lacks, as an order to its owner. */
const NEXT_STEP: Readonly<Record<NeededProgram, string>> = {
  mvn: 'apt-get install maven',
  go: 'install Go 1.24 or later and put its bin folder on PATH',
  javac: 'apt-get install openjdk-17-jdk-headless',
  python3: 'apt-get install python3 python3-venv',
  'python3.13': 'install Python 3.13, e.g. with pyenv install 3.13',
  npm: 'install Node with npm',
  tar: 'apt-get install tar',
  'apt-get': 'use a Debian machine',
};

/** Path of a program on PATH or where its version manager keeps it, and that answers `--version`; null if there is none. */
export async function findProgram(name: string): Promise<string | null> {
  const onPath = (childEnvironment({}).PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name));
  for (const file of [...onPath, ...(await kept(name))]) {
    if ((await isExecutable(file)) && (await answers(file, name))) return file;
  }
  return null;
}

/** @throws PlatformError `program_missing` */
export async function needProgram(name: NeededProgram, neededBy: string): Promise<string> {
  const file = await findProgram(name);
  if (file !== null) return file;
  throw new PlatformError(
    'program_missing',
    `${neededBy} needs ${name}, which is missing · ${NEXT_STEP[name]}`,
  );
}

/** Home folder of a Java whose major version is at least this; null if there is none. JAVA_HOME and PATH come first. */
export async function findJava(atLeast: number): Promise<string | null> {
  const environment = childEnvironment({});
  const homes = [
    environment.JAVA_HOME,
    ...(environment.PATH ?? '').split(path.delimiter).map((folder) => path.dirname(folder)),
    ...(await namesIn(JVM_FOLDER)).map((name) => path.join(JVM_FOLDER, name)),
  ];
  for (const home of homes) {
    if (home !== undefined && (await javaVersion(home)) >= atLeast) return home;
  }
  return null;
}

/** `openjdk version "17.0.15" …`, `java version "1.8.0_392"` -> 17, 8; 0 where there is no version. */
export function javaMajor(printed: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  return Number(first === '1' ? second : (first ?? 0));
}

/** Standard output and error of a program. */
export async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(command, [...args]);
  return stdout + stderr;
}

/** Where version managers keep programs that are not on PATH; a shim of theirs on PATH may not run. */
async function kept(name: string): Promise<readonly string[]> {
  const java = (await namesIn(JVM_FOLDER)).map((home) => path.join(JVM_FOLDER, home, 'bin', name));
  const pyenv = path.join(homedir(), '.pyenv', 'versions');
  return [...java, ...(await namesIn(pyenv)).map((version) => path.join(pyenv, version, 'bin', name))];
}

async function javaVersion(home: string): Promise<number> {
  const java = path.join(home, 'bin', 'java');
  if (!(await isExecutable(java))) return 0;
  return outputOf(java, ['-version']).then(javaMajor, () => 0);
}

async function answers(file: string, name: string): Promise<boolean> {
  return outputOf(file, [name === 'go' ? 'version' : '--version']).then(
    () => true,
    () => false,
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}
