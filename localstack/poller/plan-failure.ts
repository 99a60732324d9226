/** A run of records that is invoked as one event, and what has come of it so far. */
export interface FailedPart {
  readonly size: number;
  /** Failed invocations with exactly these records. */
  readonly failures: number;
  /** True once the batch has used up its retries and is being cut to find the bad records. */
  readonly isolating: boolean;
  /** The function has named its first record as the failed one. */
  readonly firstIsNamed: boolean;
}

export type FailurePlan =
  | { readonly type: 'retry' }
  /** Cut before this index and go on with both parts, in order. */
  | { readonly type: 'split'; readonly at: number }
  /** The one record left is the bad one. */
  | { readonly type: 'dead-letter' };

/**
 * A batch is retried as a whole; then it is bisected, each piece tried once, until single records are left. A single
 * record gets all its retries again, so that an outage which ends in the meantime costs no record.
 */
export function planFailure(part: FailedPart, maximumRetryAttempts: number): FailurePlan {
  const hasRetriesLeft = maximumRetryAttempts === -1 || part.failures <= maximumRetryAttempts;
  const isRetried = part.size === 1 || !part.isolating;
  if (hasRetriesLeft && isRetried) return { type: 'retry' };
  if (part.size === 1) return { type: 'dead-letter' };
  return { type: 'split', at: part.firstIsNamed ? 1 : Math.ceil(part.size / 2) };
}

/** How long to wait before the retry after `failures` failures: doubling, capped, and jittered over its upper half. */
export function backoffMs(
  failures: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
  random: () => number,
): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(30, failures - 1));
  return full * (0.5 + random() / 2);
}
