import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withFileLock } from './file-lock.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { RUNNING_FILE, type RunningService, SERVICE_NAMES, type ServiceName } from './running-services.ts';
import type { Ports } from './service.ts';

/** What is kept about a server that was started, in `process.json` of its folder. */
export interface ServerRecord {
  readonly process: ProcessIdentity;
  readonly running: RunningService;
  /** What its clean end leaves for later starts: a file of its folder, and the path that it is kept under. */
  readonly keeps?: { readonly from: string; readonly to: string };
}

const RECORD = 'process.json';
const PORTS = 'ports.json';
const PUBLISH_WITHIN_MS = 10_000;

/** Holds the data, generated configuration, log and state of one server. */
export function serviceFolder(dataDir: string, name: ServiceName): string {
  return path.resolve(dataDir, 'services', name);
}

export function logFileOf(folder: string): string {
  return path.join(folder, `${path.basename(folder)}.log`);
}

/** null: never started, or stopped. */
export function readRecord(folder: string): ServerRecord | null {
  return readJson(path.join(folder, RECORD)) as ServerRecord | null;
}

/** Of the server that runs now; null where none does. */
export function runningRecord(folder: string): ServerRecord | null {
  const record = readRecord(folder);
  return record !== null && isRunning(record.process) ? record : null;
}

export function writeRecord(folder: string, record: ServerRecord): void {
  writeJson(path.join(folder, RECORD), record);
}

export function removeRecord(folder: string): void {
  rmSync(path.join(folder, RECORD), { force: true });
}

/** The ports of its last start, which clients may have kept; null before the first one. */
export function readPorts(folder: string): Ports | null {
  return readJson(path.join(folder, PORTS)) as Ports | null;
}

export function writePorts(folder: string, ports: Ports): void {
  writeJson(path.join(folder, PORTS), ports);
}

/** Writes `services/running.json` from what runs. */
export async function publishRunning(dataDir: string): Promise<void> {
  const file = path.resolve(dataDir, RUNNING_FILE);
  await withFileLock(`${file}.lock`, PUBLISH_WITHIN_MS, async () => {
    const entries = SERVICE_NAMES.flatMap((name) => {
      const record = runningRecord(serviceFolder(dataDir, name));
      return record === null ? [] : [[name, record.running]];
    });
    writeJson(file, Object.fromEntries(entries));
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Readable by its owner only, as it may hold a password. Replaced as a whole, never seen half written. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}
