import type { InvokeFunction, JobRun, JsonObject, LeaseTime } from '../../shared/control/index.ts';
import { messageOf, PlatformError } from '../../shared/errors.ts';

const MAX_ATTEMPTS = 3;

export interface RunJobPorts {
  readonly invoke: InvokeFunction;
  readonly time: LeaseTime;
  /** Keeps the job's state; throws where the lease is lost. */
  readonly record: (job: JobRun) => Promise<void>;
}

/** One job: invoked up to three times where the failure may pass, 2 s and 8 s apart; its end is a value. */
export async function runJob(
  queued: JobRun,
  functionName: string,
  payload: JsonObject,
  ports: RunJobPorts,
): Promise<JobRun> {
  const { invoke, time, record } = ports;
  let job: JobRun = { ...queued, status: 'running', startedAt: time.now() };
  for (let attempt = 1; ; attempt++) {
    job = { ...job, attempts: job.attempts + 1 };
    await record(job);
    try {
      const report = await invoke(functionName, { ...payload, attempt: job.attempts });
      job = { ...job, status: 'succeeded', finishedAt: time.now(), error: null, report };
      break;
    } catch (thrown) {
      job = { ...job, error: messageOf(thrown) };
      const mayPass = thrown instanceof PlatformError && thrown.retryable;
      if (!mayPass || attempt === MAX_ATTEMPTS) {
        job = { ...job, status: 'failed', finishedAt: time.now() };
        break;
      }
      await time.wait(backoffMs(attempt));
    }
  }
  await record(job);
  return job;
}

function backoffMs(attempt: number): number {
  return 2_000 * 4 ** (attempt - 1);
}
