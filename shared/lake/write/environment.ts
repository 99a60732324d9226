import type { DataFiles } from '../data-files/data-files.ts';

/** What a table takes from its surroundings, so that its decisions can be repeated. */
export interface LakeEnvironment {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A UUID, fresh on every call. */
  readonly newId: () => string;
  /** In [0, 1): jitter between attempts. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Reads and writes the Parquet files; default: in JavaScript, in this process. */
  readonly dataFiles?: DataFiles;
  /** Stands in commitInfo. */
  readonly engineInfo?: string;
  /** Lost races before a write gives up with `lake_commit_contended`. */
  readonly maxCommitAttempts?: number;
}
