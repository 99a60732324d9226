import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlatformError } from '../../shared/errors.ts';
import { loadConfig } from '../../shared/runtime/config.ts';
import { LOCK_FILE, lockDataFolder, MARKER_FILE } from '../services/data-folder-lock.ts';
import { readRunningServices, SERVICE_NAMES, stopOrder, stopService } from '../services/native/index.ts';
import { parseCommand, runCommand } from './arguments.ts';

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run reset -- [--yes]',
    options: {
      yes: { type: 'boolean', description: 'delete; without it only what would be deleted is listed' },
    },
  });
  const { dataDir } = loadConfig();
  if (!existsSync(dataDir)) {
    process.stdout.write(`nothing to delete: ${dataDir} does not exist\n`);
    return;
  }
  if (!existsSync(resolve(dataDir, MARKER_FILE))) {
    throw new PlatformError(
      'not_our_folder',
      `${dataDir} was not made by this platform, so it is not deleted · check DATA_DIR`,
    );
  }
  // Before anything is stopped, so that a platform that runs is not cut off from its servers, and none starts on half a state.
  if (values.yes === true) lockDataFolder(dataDir);
  const running = stopOrder(SERVICE_NAMES).filter((name) => readRunningServices(dataDir)[name] !== undefined);
  for (const name of running) {
    process.stdout.write(`${values.yes === true ? 'stopping' : 'would stop'} ${name}\n`);
    if (values.yes === true) await stopService(name, dataDir);
  }
  const entries = readdirSync(dataDir).filter((name) => name !== MARKER_FILE && name !== LOCK_FILE);
  const verb = values.yes === true ? 'deleting' : 'would delete';
  for (const name of entries) {
    const path = resolve(dataDir, name);
    process.stdout.write(`${verb} ${path}${statSync(path).isDirectory() ? '/' : ''}\n`);
  }
  if (values.yes !== true) {
    process.stdout.write('nothing was deleted · to delete all of it: npm run reset -- --yes\n');
    return;
  }
  rmSync(dataDir, { recursive: true, force: true });
});
