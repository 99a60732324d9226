/** Counters under the names of Lambda's event source mapping metrics, since the mapping was started. */
export interface MappingMetrics {
  readonly PolledEventCount: number;
  readonly InvokedEventCount: number;
  readonly FailedInvokeEventCount: number;
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
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    lastError: null,
  };
}
