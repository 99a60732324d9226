import {
  alertRecord,
  type ControlTable,
  createRunLedger,
  holdLease,
  type InvokeFunction,
  type JobRun,
  type JsonObject,
  type Lease,
  type LeaseTime,
  type LedgerWrite,
  type PipelineRun,
  type PlatformAlert,
} from '../../shared/control/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { decideStart } from './decide-start.ts';
import type { Pipeline } from './pipeline.ts';
import { runJob } from './run-job.ts';

export interface RunPipelineRequest {
  /** Starts with its time (`runIdAt`); the same for every repetition of one request. */
  readonly runId: string;
  /** What stands before the name of a job in the name of its function, e.g. `customer-insight-dev-`. */
  readonly functionPrefix: string;
}

export interface RunPipelinePorts {
  readonly controlTable: ControlTable;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly invoke: InvokeFunction;
  readonly time: LeaseTime;
}

export type PipelineReport =
  | { readonly outcome: 'succeeded' | 'failed'; readonly run: PipelineRun; readonly jobs: readonly JobRun[] }
  | { readonly outcome: 'already-running'; readonly by: string }
  | { readonly outcome: 'already-finished'; readonly run: PipelineRun };

/** How long a dead holder keeps others out. */
export const LEASE_MS = 60_000;
/** A crashed run older than this is closed as failed instead of resumed. */
export const RESUME_WITHIN_MS = 60 * 60_000;

/**
 * Runs the jobs of a pipeline in order, one run at a time, with every step in the run ledger. A run that crashed is
 * gone on with at its first unfinished job. A failed job stops what comes after it and is told in topic `platform_alerts`.
 * @throws lease_lost when another run took over, e.g. after this process had been paused
 */
export async function runPipeline(
  pipeline: Pipeline,
  request: RunPipelineRequest,
  ports: RunPipelinePorts,
): Promise<PipelineReport> {
  const lease = { name: `pipeline/${pipeline.name}`, owner: request.runId, ttlMs: LEASE_MS };
  const held = await holdLease(ports.controlTable, lease, ports.time, (mine, lost) =>
    runUnderLease(pipeline, request, ports, mine, lost),
  );
  return held.outcome === 'held' ? { outcome: 'already-running', by: held.by } : held.result;
}

async function runUnderLease(
  pipeline: Pipeline,
  request: RunPipelineRequest,
  ports: RunPipelinePorts,
  lease: Lease,
  lost: AbortSignal,
): Promise<PipelineReport> {
  const { time } = ports;
  const ledger = createRunLedger(ports.controlTable, pipeline.name);
  const [latest = null] = await ledger.latestRuns(1);
  const plan = decideStart(
    pipeline,
    {
      requested: await ledger.readRun(request.runId),
      latest,
      latestJobs: latest === null ? [] : await ledger.readJobs(latest.runId),
    },
    { runId: request.runId, now: time.now(), resumeWithinMs: RESUME_WITHIN_MS },
  );
  if (plan.type === 'already-finished') return { outcome: 'already-finished', run: plan.run };

  const stored = (write: LedgerWrite): void => {
    lost.throwIfAborted();
    if (write === 'fenced') throw leaseLost(lease);
  };
  const closeRun = async (run: PipelineRun, error: string | null): Promise<PipelineRun> => {
    const status = error === null ? 'succeeded' : 'failed';
    const closed: PipelineRun = { ...run, status, finishedAt: time.now(), error };
    stored(await ledger.writeRun(closed, lease.token));
    return closed;
  };
  const record = async (job: JobRun) => stored(await ledger.writeJob(plan.run.runId, job, lease.token));

  if (plan.abandon !== null)
    await closeRun(plan.abandon, 'the run crashed and was not resumed within the hour');
  stored(await ledger.writeRun(plan.run, lease.token));
  for (const job of plan.jobs) await record(job);

  const jobs = await runJobs(pipeline, plan.jobs, request, { ...ports, record }, plan.run.runId);
  const failed = jobs.find((job) => job.status === 'failed');
  // Told before the run is closed: after a crash in between the run is resumed, and the alert keeps its id.
  if (failed) await publish(ports, alertOf(pipeline, plan.run, failed));
  const run = await closeRun(plan.run, failed ? `${failed.job}: ${failed.error}` : null);
  return { outcome: failed ? 'failed' : 'succeeded', run, jobs };
}

async function runJobs(
  pipeline: Pipeline,
  queued: readonly JobRun[],
  request: RunPipelineRequest,
  ports: RunPipelinePorts & { record: (job: JobRun) => Promise<void> },
  runId: string,
): Promise<readonly JobRun[]> {
  const jobs = new Map(queued.map((job) => [job.job, job]));
  for (const { name, after } of pipeline.jobs) {
    const job = jobs.get(name)!;
    if (job.status === 'succeeded') continue;
    const missing = after.find((before) => jobs.get(before)?.status !== 'succeeded');
    if (missing !== undefined) {
      const skipped: JobRun = { ...job, status: 'skipped', error: `${missing} did not succeed` };
      await ports.record(skipped);
      jobs.set(name, skipped);
      continue;
    }
    const upstream: JsonObject = Object.fromEntries(
      after.map((before) => [before, jobs.get(before)?.report]),
    );
    jobs.set(name, await runJob(job, `${request.functionPrefix}${name}`, { runId, upstream }, ports));
  }
  return [...jobs.values()];
}

function alertOf(pipeline: Pipeline, run: PipelineRun, job: JobRun): PlatformAlert {
  const source = `${pipeline.name}/${job.job}`;
  return {
    alertId: `${pipeline.name}/${run.runId}/${job.job}`,
    kind: 'job-failed',
    at: job.finishedAt ?? run.startedAt,
    source,
    title: `Job ${job.job} of the ${pipeline.name} pipeline failed`,
    detail: `${job.error} (run ${run.runId}, ${job.attempts} attempt${job.attempts === 1 ? '' : 's'})`,
  };
}

async function publish(ports: RunPipelinePorts, alert: PlatformAlert): Promise<void> {
  await ports.eventLog.append([alertRecord(alert)]);
}

function leaseLost(lease: Lease): PlatformError {
  return new PlatformError(
    'lease_lost',
    `lease ${lease.name} (token ${lease.token}) was taken over by another run`,
  );
}
