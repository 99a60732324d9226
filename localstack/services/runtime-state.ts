import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const RUNTIME_FILE = 'runtime.json';

/** What a running platform tells the commands beside it, in `<DATA_DIR>/runtime.json`. */
export interface RuntimeState {
  readonly pid: number;
  /** False until the first features and model are there. */
  readonly ready: boolean;
  readonly urls: {
    readonly api: string;
    readonly dashboard: string;
    readonly lambda: string;
    readonly postgres: string;
    readonly controlTable: string;
  };
  /** Process ids of the servers that the platform started. */
  readonly pids: readonly number[];
  /** Which topics are consumed, and under which consumer group. */
  readonly consumers: readonly { readonly topic: string; readonly groupId: string }[];
  /** The settings that its functions run with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Readable by its owner only: the database URL holds a password. Replaced as a whole, never seen half written. */
export function writeRuntimeState(dataDir: string, state: RuntimeState): void {
  const path = resolve(dataDir, RUNTIME_FILE);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

export function removeRuntimeState(dataDir: string): void {
  rmSync(resolve(dataDir, RUNTIME_FILE), { force: true });
}
