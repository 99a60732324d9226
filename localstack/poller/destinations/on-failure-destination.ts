import type { EpochMillis } from '../../../shared/domain/index.ts';
import type { KafkaRecord, LambdaEventSource } from '../../../shared/kafka/index.ts';

/** Takes what a mapping gives up. Every destination passes `on-failure-destination.contract.ts`. */
export interface OnFailureDestination {
  /**
   * Resolves when the batch is kept durably. After a rejection the mapping calls again with the same object and lets the
   * offset wait; a destination that can tell a repetition keeps one copy.
   */
  deliver(batch: FailedBatch): Promise<void>;
}

/** Why a batch was given up, in the words of Lambda. */
export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

export interface FailedBatch {
  /** At least one, of one partition, in offset order. */
  readonly records: readonly KafkaRecord[];
  readonly source: LambdaEventSource;
  readonly functionName: string;
  readonly functionArn: string;
  readonly condition: FailureCondition;
  readonly error: string;
  /** Of the last invocation; made up where there was none. */
  readonly requestId: string;
  /** Invocations with these records; 0 where the function never saw them. */
  readonly approximateInvokeCount: number;
  readonly at: EpochMillis;
}
