import { existsSync } from 'node:fs';
import { memoryOfTree } from '../process-memory.ts';
import { definitionOf } from './definitions.ts';
import { isRunning } from './process-identity.ts';
import type { ServiceName } from './running-services.ts';
import { logFileOf, readRecord, serviceFolder } from './service-state.ts';

export interface ServiceStatus {
  readonly name: ServiceName;
  /** `died`: started, not stopped, and gone. `not answering`: it runs, and its protocol fails or takes too long. */
  readonly state: 'ready' | 'not answering' | 'died' | 'stopped';
  readonly version: string | null;
  readonly url: string | null;
  readonly pid: number | null;
  /** Of the server and its children. */
  readonly memoryBytes: number | null;
  /** null: never started. */
  readonly logFile: string | null;
}

const ANSWERS_WITHIN_MS = 10_000;

export async function serviceStatus(name: ServiceName, dataDir: string): Promise<ServiceStatus> {
  const folder = serviceFolder(dataDir, name);
  const logFile = existsSync(logFileOf(folder)) ? logFileOf(folder) : null;
  const record = readRecord(folder);
  if (record === null || !isRunning(record.process)) {
    const state = record === null ? 'stopped' : 'died';
    return { name, state, version: null, url: null, pid: null, memoryBytes: null, logFile };
  }
  const { pid } = record.process;
  const { version, url } = record.running;
  const answers = await within(definitionOf(name).ready(record.running), ANSWERS_WITHIN_MS);
  const memoryBytes = memoryOfTree(pid).reduce((sum, { pssBytes }) => sum + pssBytes, 0);
  return { name, state: answers ? 'ready' : 'not answering', version, url, pid, memoryBytes, logFile };
}

async function within(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
