import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../../shared/errors.ts';
import type { EventLog } from '../../shared/kafka/index.ts';
import { catchUp } from './catch-up.ts';
import type { ConsumedTopic } from './consumer-lag.ts';
import type { ChangeCapture } from './embedded/change-capture/index.ts';
import { type ReportProgress, stage } from './progress.ts';

/** How often the first snapshot is looked at, in milliseconds. */
const POLL_MS = 100;
const LEASE_POLL_MS = 1_000;

export interface WarmUpPorts {
  readonly eventLog: EventLog;
  /** The first snapshot, as `reportCapture` gives it. */
  readonly captured: Promise<unknown>;
  readonly report: ReportProgress;
  readonly consumers: readonly ConsumedTopic[];
  /** Whether a model is live already. */
  readonly hasModel: () => Promise<boolean>;
  /** Runs one function and gives its result. */
  readonly invoke: (functionName: string, payload: unknown) => Promise<unknown>;
  /** What a newcomer is told to ask for first. */
  readonly recommendationsUrl: string;
}

/** From started parts to a platform that answers: the first snapshot, the functions that consume it, features and a model, a first answer. */
export async function warmUp(ports: WarmUpPorts): Promise<void> {
  const { report, eventLog, consumers, invoke } = ports;
  await ports.captured;
  await stage(
    report,
    'lake and online store',
    (progress) => catchUp(eventLog, consumers, progress),
    (records) => (records === 0 ? 'up to date' : `${records.toLocaleString('en')} records applied`),
  );
  if (!(await ports.hasModel())) {
    await stage(
      report,
      'features and model',
      async () => modelDetail(await runFirstPipeline(invoke), await ports.hasModel()),
      (detail) => detail,
    );
  }
  await stage(
    report,
    'recommendations',
    () => firstAnswer(ports.recommendationsUrl),
    () => 'answering',
  );
}

/** Tells of the first snapshot from the moment that capture was started, as it goes on while the functions are loaded. */
export function reportCapture(capture: ChangeCapture, report: ReportProgress): Promise<unknown> {
  const captured = stage(
    report,
    'change capture',
    (progress) => snapshotTaken(capture, progress, (message) => report({ type: 'warning', message })),
    (rows) => (rows === 0 ? 'streaming' : `${rows.toLocaleString('en')} rows, now streaming`),
  );
  captured.catch(() => undefined); // `warmUp` awaits it
  return captured;
}

/** The first answer loads the function and the model, so that nobody has to wait for that. */
async function firstAnswer(url: string): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok)
    throw new PlatformError('recommend_failed', `${url} answered ${response.status}: ${text.slice(0, 500)}`);
}

async function snapshotTaken(
  capture: ChangeCapture,
  progress: (done: number, total: number, unit: string) => void,
  warn: (message: string) => void,
): Promise<number> {
  let streaming = false;
  let warned: string | null = null;
  const done = capture.streaming.then(() => {
    streaming = true;
  });
  while (!streaming) {
    const { snapshot, lastError } = capture.status();
    if (lastError !== null && lastError !== warned) warn(`change capture waits: ${lastError}`);
    warned = lastError;
    if (snapshot !== null) progress(snapshot.rows, snapshot.total, 'rows');
    // A start that fails meanwhile must not be kept alive by this.
    await Promise.race([done, sleep(POLL_MS, undefined, { ref: false })]);
  }
  return capture.status().snapshot?.rows ?? 0;
}

/**
 * A run that was cut off by a kill holds its lease for a while; then this one goes on with it.
 * @throws PlatformError `pipeline_failed` with what the failed job said
 */
async function runFirstPipeline(invoke: WarmUpPorts['invoke']): Promise<PipelineResult> {
  for (;;) {
    const result = (await invoke('run-pipeline', {})) as PipelineResult;
    if (result.outcome === 'succeeded') return result;
    if (result.outcome !== 'already-running') {
      const failed = result.jobs?.find(({ status }) => status === 'failed');
      const why = failed === undefined ? JSON.stringify(result) : `${failed.job}: ${failed.error}`;
      throw new PlatformError(
        'pipeline_failed',
        `the first pipeline run ended as ${result.outcome} · ${why}`,
      );
    }
    await sleep(LEASE_POLL_MS);
  }
}

/** What `run-pipeline` answers, cut to what is used. */
interface PipelineResult {
  readonly outcome: string;
  readonly jobs?: readonly {
    readonly job: string;
    readonly status: string;
    readonly error: string | null;
    readonly report: unknown;
  }[];
}

/** A model that does not beat popularity, as of a very small shop, is not put to use; the platform answers without one. */
function modelDetail({ jobs = [] }: PipelineResult, live: boolean): string {
  if (live) return 'built, trained, live';
  const training = jobs.find(({ job }) => job === 'train-model');
  const { reason } = (training?.report ?? {}) as { readonly reason?: string };
  return `built; no model put to use: ${reason}`;
}
