/**
 * Counters under the names of Lambda's event source mapping metrics, since the mapping was started.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export interface MappingMetrics {
  /** Records read. */
  readonly PolledEventCount: number;
  /** Records that no filter pattern let through. */
  readonly FilteredOutEventCount: number;
  /** Records that the function was invoked with, once for every invocation. */
  readonly InvokedEventCount: number;
  /** Records of invocations that failed. */
  readonly FailedInvokeEventCount: number;
  /** Records given up, those that went to a destination included. */
  readonly DroppedEventCount: number;
  readonly OnFailureDestinationDeliveredEventCount: number;
  /** Records of the topic that the group has not committed. */
  readonly OffsetLag: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
}

export type MappingCounters = {
  -readonly [Name in keyof Omit<MappingMetrics, 'OffsetLag'>]: MappingMetrics[Name];
};

export function newCounters(): MappingCounters {
  return {
    PolledEventCount: 0,
    FilteredOutEventCount: 0,
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    lastError: null,
  };
}
