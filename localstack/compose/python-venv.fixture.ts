import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of what pip prints where a package fails to build. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * A virtual environment with exactly these packages, made once and kept between runs.
 * @param name of its folder in the install cache, with the version of what it is for
 * @returns the folder of its programs
 */
export async function pythonVenv(name: string, requirementsFile: string): Promise<string> {
  const folder = join(homedir(), '.cache/customer-insight', name);
  const marker = join(folder, 'complete');
  const requirements = await readFile(requirementsFile);
  const wanted = createHash('sha256').update(requirements).digest('hex');
  const bin = join(folder, 'bin');
  if ((await contentOf(marker)) === wanted) return bin;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(
    join(bin, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile],
    { maxBuffer: MAX_OUTPUT_BYTES },
  );
  await writeFile(marker, wanted);
  return bin;
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
