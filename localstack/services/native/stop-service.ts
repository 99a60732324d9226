import { copyFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { definitionOf } from './definitions.ts';
import { withFileLock } from './file-lock.ts';
import type { ServiceName } from './running-services.ts';
import { endServer } from './server-process.ts';
import {
  publishRunning,
  readRecord,
  removeRecord,
  runningRecord,
  type ServerRecord,
  serviceFolder,
} from './service-state.ts';

/** How a stop went: `killed` is a server that did not end when it was told to. */
export type StopOutcome = 'not running' | 'ended' | 'killed';

/** A broker that archives its classes on a busy machine takes half of it. */
const STOP_WITHIN_MS = 60_000;
const LOCK_WITHIN_MS = 60_000;

/** Ends a server of `dataDir` and its children; its data stay. */
export async function stopService(name: ServiceName, dataDir: string): Promise<StopOutcome> {
  const folder = serviceFolder(dataDir, name);
  if (readRecord(folder) === null) return 'not running';
  const outcome = await withFileLock(path.join(folder, 'lock'), LOCK_WITHIN_MS, async () => {
    const record = runningRecord(folder);
    const ended =
      record === null
        ? 'not running'
        : await endServer(record.process, definitionOf(name).stopSignal, STOP_WITHIN_MS);
    if (record !== null && ended === 'ended') await keep(record);
    removeRecord(folder);
    return ended;
  });
  await publishRunning(dataDir);
  return outcome;
}

/** Copied beside and renamed: another start may be about to read it. */
async function keep({ keeps }: ServerRecord): Promise<void> {
  if (keeps === undefined) return;
  const beside = `${keeps.to}.${process.pid}`;
  try {
    await copyFile(keeps.from, beside);
  } catch (error) {
    // A run that used the kept file left none.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  await rename(beside, keeps.to);
}
