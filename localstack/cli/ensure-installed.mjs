// Runs before `npm start` and `npm test` with nothing but Node and npm: installs the locked packages when they are
// missing or older than the lockfile.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `error: Node ${process.versions.node} is too old · the platform needs 20.19 or later · install a current Node and start again`,
  );
  process.exit(1);
}

const installed = resolve(root, 'node_modules/.package-lock.json');
const locked = resolve(root, 'package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(locked).mtimeMs) {
  console.log('installing packages …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (result.status !== 0) {
    console.error(
      'error: the packages could not be installed · npm said why above · check the network and run the command again',
    );
    process.exit(result.status ?? 1);
  }
}
