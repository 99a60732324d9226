// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html, and for the quota when splitting
// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html.

/** Records that were invoked with as one event, and what has come of it so far. */
export interface FailedPart {
  readonly size: number;
  /** Failed invocations with exactly these records. */
  readonly failures: number;
  /** The function has named its first record as the failed one. */
  readonly firstIsNamed: boolean;
  /** Records before these have just been handled: the batch was cut here. */
  readonly isRest: boolean;
}

export interface RetryRules {
  /** -1 retries for ever. */
  readonly maximumRetryAttempts: number;
  readonly bisectBatchOnFunctionError: boolean;
}

export type FailurePlan =
  | { readonly type: 'retry' }
  /** Cut before this index and go on with both parts, in order. */
  | { readonly type: 'split'; readonly at: number }
  /** All of them go to the destination, or are dropped. */
  | { readonly type: 'give-up' };

/**
 * With bisect, every failure cuts the batch in two until single records are left; that does not count as a retry, so each
 * record has all its retries for itself. Without it the batch is retried, and given up, as a whole.
 */
export function planFailure(part: FailedPart, rules: RetryRules): FailurePlan {
  if (rules.bisectBatchOnFunctionError && part.size > 1) {
    if (part.isRest) return { type: 'retry' };
    return { type: 'split', at: part.firstIsNamed ? 1 : Math.ceil(part.size / 2) };
  }
  const hasRetriesLeft = rules.maximumRetryAttempts === -1 || part.failures <= rules.maximumRetryAttempts;
  return { type: hasRetriesLeft ? 'retry' : 'give-up' };
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
