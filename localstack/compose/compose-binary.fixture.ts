import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '2.40.3';
const FOLDER = join(homedir(), '.cache/customer-insight', `docker-compose-${VERSION}`);
const run = promisify(execFile);

/**
 * Docker Compose without Docker: it checks a file with no engine there. Built from its source once and kept; `go install`
 * does not take a module that replaces others.
 * @returns path of the program
 */
export async function composeBinary(): Promise<string> {
  const program = join(FOLDER, 'docker-compose');
  const marker = join(FOLDER, 'complete');
  if (existsSync(marker)) return program;
  await rm(FOLDER, { recursive: true, force: true });
  const source = join(FOLDER, 'source');
  await mkdir(FOLDER, { recursive: true });
  const { stdout } = await run('go', [
    'mod',
    'download',
    '-json',
    `github.com/docker/compose/v2@v${VERSION}`,
  ]);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  // The module cache is read-only; a build wants to be in a folder of its own.
  await cp(Dir, source, { recursive: true });
  await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', program, './cmd'], { cwd: source });
  await makeWritable(source);
  await rm(source, { recursive: true });
  await writeFile(marker, '');
  return program;
}

async function makeWritable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await chmod(folder, 0o755);
}
