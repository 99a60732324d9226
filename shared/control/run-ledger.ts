import type { EpochMillis } from '../domain/index.ts';
import type { ControlItem, ControlKey, ControlTable, JsonValue } from './control-table.ts';
import { decodeItem, encodeItem } from './item-format.ts';
import { type Decision, updateItem } from './update-item.ts';

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'skipped';

/** One job of one pipeline run. */
export interface JobRun {
  readonly job: string;
  readonly status: JobStatus;
  /** Invocations so far. */
  readonly attempts: number;
  readonly startedAt: EpochMillis | null;
  readonly finishedAt: EpochMillis | null;
  /** Why it failed or was skipped, in plain words. */
  readonly error: string | null;
  /** What the job answered. */
  readonly report: JsonValue;
}

/** One run of a pipeline. A run that is `running` while nobody holds the pipeline's lease has crashed. */
export interface PipelineRun {
  readonly runId: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly startedAt: EpochMillis;
  readonly finishedAt: EpochMillis | null;
  readonly error: string | null;
}

/** `fenced`: a holder with a higher lease token has written already, so this writer no longer has a say. */
export type LedgerWrite = 'stored' | 'fenced';

/** What happened in the runs of one pipeline: one item per run and one per job of a run. */
export interface RunLedger {
  /** `fence`: the token of the lease under which the caller runs. */
  writeRun(run: PipelineRun, fence: number): Promise<LedgerWrite>;
  writeJob(runId: string, job: JobRun, fence: number): Promise<LedgerWrite>;
  readRun(runId: string): Promise<PipelineRun | null>;
  /** In no particular order; the pipeline's definition has the order. */
  readJobs(runId: string): Promise<readonly JobRun[]>;
  /** Newest first, as run ids start with their time. */
  latestRuns(limit: number): Promise<readonly PipelineRun[]>;
}

export function createRunLedger(table: ControlTable, pipeline: string): RunLedger {
  const runs = `runs#${pipeline}`;
  const jobsOf = (runId: string) => `jobs#${pipeline}#${runId}`;
  return {
    writeRun: (run, fence) =>
      writeFenced(table, { partition: runs, sort: run.runId }, RUN_FORMAT, run, fence),
    writeJob: (runId, job, fence) =>
      writeFenced(table, { partition: jobsOf(runId), sort: job.job }, JOB_FORMAT, job, fence),
    readRun: async (runId) => {
      const item = await table.get({ partition: runs, sort: runId });
      return item && decodeFenced<PipelineRun>(RUN_FORMAT, item).entry;
    },
    readJobs: async (runId) => {
      const items = await table.query({ partition: jobsOf(runId) });
      return items.map((item) => decodeFenced<JobRun>(JOB_FORMAT, item).entry);
    },
    latestRuns: async (limit) => {
      const items = await table.query({ partition: runs, order: 'last-first', limit });
      return items.map((item) => decodeFenced<PipelineRun>(RUN_FORMAT, item).entry);
    },
  };
}

/** A run id that sorts by time, e.g. `20261123T021500123Z-7f3a`; `suffix` tells apart runs of one millisecond. */
export function runIdAt(now: EpochMillis, suffix: string): string {
  return `${new Date(now).toISOString().replace(/[-:.]/g, '')}-${suffix}`;
}

const RUN_FORMAT = 'pipeline-run/1';
const JOB_FORMAT = 'job-run/1';

interface Fenced<T> {
  readonly fence: number;
  readonly entry: T;
}

function decodeFenced<T>(format: typeof RUN_FORMAT | typeof JOB_FORMAT, item: ControlItem): Fenced<T> {
  return decodeItem<Fenced<T>>(format, item);
}

function writeFenced<T>(
  table: ControlTable,
  key: ControlKey,
  format: typeof RUN_FORMAT | typeof JOB_FORMAT,
  entry: T,
  fence: number,
): Promise<LedgerWrite> {
  return updateItem(table, key, (current): Decision<LedgerWrite> => {
    if (current && decodeFenced<T>(format, current).fence > fence) return { write: null, result: 'fenced' };
    return { write: encodeItem(format, { fence, entry }), result: 'stored' };
  });
}
