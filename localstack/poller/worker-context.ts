import type { LambdaEventSource, LambdaKafkaEvent } from '../../shared/kafka/index.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { OnFailureDestination } from './destinations/on-failure-destination.ts';
import type { RecordFilter } from './filters/record-filter.ts';
import type { MappingCounters } from './mapping-metrics.ts';
import type { MappingSettings } from './mapping-settings.ts';
import type { Timers } from './timers.ts';

/** What all partitions of a mapping share. */
export interface WorkerContext {
  readonly settings: MappingSettings;
  readonly source: LambdaEventSource;
  readonly functionArn: string;
  readonly isWanted: RecordFilter;
  readonly destination: OnFailureDestination | null;
  readonly invoke: InvokeFunction;
  readonly limit: ConcurrencyLimit;
  readonly timers: Timers;
  readonly random: () => number;
  readonly newId: () => string;
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
  readonly counters: MappingCounters;
  readonly onProblem: OnProblem;
  readonly stopping: AbortSignal;
}

/**
 * Rejects when the function failed. A `PlatformError` with the code `function_throttled`, `function_unreachable` or
 * `function_not_found` says that the function was not run: then the mapping asks again until it is, or the records expire,
 * and nothing counts as the function's failure.
 */
export type InvokeFunction = (event: LambdaKafkaEvent) => Promise<unknown>;

/** Told of every failure, with the place in the log. */
export type OnProblem = (message: string, fields: Readonly<Record<string, unknown>>) => void;
