import { z } from 'zod';
import { runIdAt } from '../control/index.ts';
import { type EpochMillis, epochMillis } from '../domain/index.ts';
import { parseRequest } from './request.ts';

/** What a job of the pipeline is asked to do. */
export interface RunRequest {
  readonly runId: string;
  /** The job knows nothing at or after this time. The same for every repetition of a run. */
  readonly asOf: EpochMillis;
}

/**
 * A run of the pipeline names itself, and its id says when it began (`runIdAt`), e.g. `20261123T021500123Z-7f3a`;
 * an invocation by hand without a run id is a run of its own that begins now.
 */
export function parseRunRequest(event: unknown, now: EpochMillis, newId: () => string): RunRequest {
  const { runId } = parseRequest(EVENT, event ?? {});
  if (runId === undefined) return { runId: runIdAt(now, newId()), asOf: now };
  return { runId, asOf: epochMillis(timeOf(runId)) };
}

const RUN_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/;

function timeOf(runId: string): number {
  return Date.parse(runId.replace(RUN_ID, '$1-$2-$3T$4:$5:$6.$7Z ').split(' ')[0] ?? '');
}

const EVENT = z.object({
  runId: z
    .string()
    .refine((runId) => RUN_ID.test(runId) && !Number.isNaN(timeOf(runId)), {
      error: 'a run id that begins with its time, such as 20261123T021500123Z-7f3a',
    })
    .optional(),
});
