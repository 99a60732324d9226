import type { JobRun, PipelineRun } from '../../shared/control/index.ts';
import type { EpochMillis } from '../../shared/domain/index.ts';
import type { Pipeline } from './pipeline.ts';

/** What to do with a request to run, decided by who holds the pipeline's lease. */
export type StartPlan =
  | { readonly type: 'already-finished'; readonly run: PipelineRun }
  | {
      readonly type: 'run';
      readonly run: PipelineRun;
      /** In the order of the pipeline; jobs that have succeeded are not run again. */
      readonly jobs: readonly JobRun[];
      /** A crashed run that is too old to go on with; it is closed as failed first. */
      readonly abandon: PipelineRun | null;
    };

/** What the ledger holds: the run of the requested id, and the newest run with its jobs. */
export interface LedgerView {
  readonly requested: PipelineRun | null;
  readonly latest: PipelineRun | null;
  readonly latestJobs: readonly JobRun[];
}

/**
 * A run that is still `running` has crashed, for the lease is ours. It goes on at its first unfinished job when it
 * started at most `resumeWithinMs` ago: later, what its first jobs read of the lake is old.
 */
export function decideStart(
  pipeline: Pipeline,
  ledger: LedgerView,
  request: { readonly runId: string; readonly now: EpochMillis; readonly resumeWithinMs: number },
): StartPlan {
  const { requested, latest, latestJobs } = ledger;
  if (requested !== null && requested.status !== 'running')
    return { type: 'already-finished', run: requested };
  const crashed = latest?.status === 'running' ? latest : null;
  if (crashed !== null && request.now - crashed.startedAt <= request.resumeWithinMs) {
    const known = new Map(latestJobs.map((job) => [job.job, job]));
    const jobs = pipeline.jobs.map(({ name }) => {
      const job = known.get(name);
      return job?.status === 'succeeded' ? job : queuedJob(name, job?.attempts ?? 0);
    });
    return { type: 'run', run: crashed, jobs, abandon: null };
  }
  return {
    type: 'run',
    run: { runId: request.runId, status: 'running', startedAt: request.now, finishedAt: null, error: null },
    jobs: pipeline.jobs.map(({ name }) => queuedJob(name, 0)),
    abandon: crashed,
  };
}

function queuedJob(job: string, attempts: number): JobRun {
  return { job, status: 'queued', attempts, startedAt: null, finishedAt: null, error: null, report: null };
}
