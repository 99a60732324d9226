// Run by docker-compose.yml in a container of Node alone: nothing here may come from node_modules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Installs the packages of production where package-lock.json asks for others than those that are there. They lie in a
 * volume: the host's own node_modules may be of another operating system.
 */
const project = process.cwd();
const marker = resolve(project, 'node_modules/.installed-lock');
const wanted = createHash('sha256')
  .update(readFileSync(resolve(project, 'package-lock.json')))
  .digest('hex');

if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) {
  process.stdout.write('packages are as package-lock.json asks\n');
} else {
  // None of these packages needs its install script: native parts come as packages per platform.
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: project, stdio: 'inherit', shell: process.platform === 'win32' },
  );
  if (status !== 0) {
    process.stderr.write(`error: npm ci ended with ${status ?? error?.message}\n`);
    process.exit(1);
  }
  writeFileSync(marker, wanted);
}
