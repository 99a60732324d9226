import { messageOf, PlatformError } from '../../shared/errors.ts';
import { type KafkaRecord, toLambdaEvent } from '../../shared/kafka/index.ts';
import { type BatchOutcome, outcomeOfResponse, wholeBatch } from './batch-response.ts';
import type { WorkerContext } from './worker-context.ts';

export type InvocationOutcome =
  | BatchOutcome
  /** The function was not run. */
  | { readonly type: 'not-run'; readonly error: string };

/** Invokes the function once and reads its answer; waits no longer than the function's timeout and a margin. */
export async function invokeWithRecords(
  records: readonly KafkaRecord[],
  context: Pick<WorkerContext, 'settings' | 'source' | 'invoke' | 'timers'>,
): Promise<InvocationOutcome> {
  const { settings, source, invoke } = context;
  try {
    const response = await beforeDeadline(invoke(toLambdaEvent(source, records)), context);
    return settings.reportBatchItemFailures ? outcomeOfResponse(response, records) : { type: 'success' };
  } catch (error) {
    const wasNotRun = error instanceof PlatformError && NOT_RUN.has(error.code);
    return wasNotRun ? { type: 'not-run', error: error.message } : wholeBatch(messageOf(error));
  }
}

const NOT_RUN: ReadonlySet<string> = new Set([
  'function_throttled',
  'function_unreachable',
  'function_not_found',
]);

/** What starting the function may take beyond its timeout, which the function's host watches. */
const MARGIN_MS = 10_000;

/** A native call can outlive the function's timeout in a thread that cannot be ended; the mapping must not wait for it. */
async function beforeDeadline<T>(
  answer: Promise<T>,
  { settings, timers }: Pick<WorkerContext, 'settings' | 'timers'>,
): Promise<T> {
  const seconds = settings.functionTimeoutSeconds;
  if (seconds === null) return answer;
  const answered = new AbortController();
  const tooLate = timers.sleep(seconds * 1000 + MARGIN_MS, answered.signal).then(() => {
    throw new PlatformError(
      'function_timed_out',
      `${settings.functionName} gave no answer ${MARGIN_MS / 1000} s after its timeout of ${seconds} s`,
    );
  });
  // Lost races: an answer that fails after the deadline, and a deadline that is called off.
  answer.catch(() => undefined);
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    answered.abort();
  }
}
