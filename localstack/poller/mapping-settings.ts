import { PlatformError } from '../../shared/errors.ts';
import { MAX_EVENT_BYTES, type StartingPosition } from '../../shared/kafka/index.ts';
import type { DestinationAddress } from './destinations/destination-address.ts';
import { recordFilter } from './filters/record-filter.ts';

/** One event source mapping: a topic that a function is invoked with. Names and defaults are those of AWS Lambda. */
export interface MappingSettings {
  readonly functionName: string;
  readonly topic: string;
  /** Up to 200 characters; no two mappings may share one. */
  readonly groupId: string;
  /** Most records in one event, 1 to 10,000. */
  readonly batchSize: number;
  /** Longest time from the first record of a batch to its invocation, 0 to 300. */
  readonly maximumBatchingWindowSeconds: number;
  /** Longest serialised event, in bytes. */
  readonly maximumEventBytes: number;
  /** Used only for a partition of which the group has committed nothing. */
  readonly startingPosition: StartingPosition;
  /** Invocations after the first before a batch counts as failed, 0 to 10,000; -1 retries for ever. */
  readonly maximumRetryAttempts: number;
  /** Older records are not invoked with but given up, 60 to 604,800; -1 sets no limit. */
  readonly maximumRecordAgeSeconds: number;
  /** Whether a batch that fails is cut in two until the bad records stand alone. */
  readonly bisectBatchOnFunctionError: boolean;
  readonly reportBatchItemFailures: boolean;
  /** Records that match none of them are passed over; an empty list matches all. */
  readonly filterPatterns: readonly unknown[];
  /** Where the records go that are given up, or null to drop them with an error in the log. */
  readonly onFailureDestination: DestinationAddress | null;
  /** An invocation that takes longer, and a margin, has failed; null waits for as long as it takes. */
  readonly functionTimeoutSeconds: number | null;
}

/** What a mapping must say; the rest has defaults. */
export type WantedMapping = Pick<MappingSettings, 'functionName' | 'topic' | 'groupId'> &
  Partial<MappingSettings>;

/**
 * Settings with what is left out filled in. Lambda does not let a mapping with a destination retry for ever: it stops at
 * ten (https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html).
 * @throws PlatformError `invalid_event_source_mapping`, `invalid_filter_pattern`
 */
export function mappingSettings(wanted: WantedMapping): MappingSettings {
  const settings: MappingSettings = {
    batchSize: 100,
    maximumBatchingWindowSeconds: 0.5,
    maximumEventBytes: MAX_EVENT_BYTES,
    startingPosition: { type: 'TRIM_HORIZON' },
    maximumRetryAttempts: -1,
    maximumRecordAgeSeconds: -1,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
    filterPatterns: [],
    onFailureDestination: null,
    functionTimeoutSeconds: null,
    ...wanted,
  };
  const { onFailureDestination: destination, maximumRetryAttempts } = settings;
  checkRange(settings, 'batchSize', 1, 10_000);
  checkRange(settings, 'maximumBatchingWindowSeconds', 0, 300);
  checkRange(settings, 'maximumRetryAttempts', -1, 10_000);
  if (settings.maximumRecordAgeSeconds !== -1) checkRange(settings, 'maximumRecordAgeSeconds', 60, 604_800);
  if (settings.functionTimeoutSeconds !== null) checkRange(settings, 'functionTimeoutSeconds', 1, 840);
  if (!/^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/.test(settings.groupId)) {
    throw invalid(settings, `groupId must be 1 to 200 letters, digits or -/*:_+=.@, got ${settings.groupId}`);
  }
  if (destination?.type === 'kafka' && destination.topic === settings.topic) {
    throw invalid(settings, 'onFailureDestination must be another topic than the one that is read');
  }
  recordFilter(settings.filterPatterns, filterPlace(settings));
  const isCapped = maximumRetryAttempts === -1 && destination !== null;
  return { ...settings, maximumRetryAttempts: isCapped ? RETRIES_WITH_DESTINATION : maximumRetryAttempts };
}

/** How errors name the filter patterns of a mapping. */
export function filterPlace({ functionName, topic }: MappingSettings): string {
  return `filterPatterns of ${functionName} on ${topic}: filterPatterns`;
}

const RETRIES_WITH_DESTINATION = 10;

type NumericSetting =
  | 'batchSize'
  | 'maximumBatchingWindowSeconds'
  | 'maximumRetryAttempts'
  | 'maximumRecordAgeSeconds'
  | 'functionTimeoutSeconds';

function checkRange(settings: MappingSettings, name: NumericSetting, least: number, most: number): void {
  const value = settings[name];
  if (value === null || !(value >= least && value <= most)) {
    throw invalid(settings, `${name} must be from ${least} to ${most}, got ${value}`);
  }
}

function invalid({ functionName, topic }: MappingSettings, problem: string): PlatformError {
  return new PlatformError('invalid_event_source_mapping', `${functionName} on ${topic}: ${problem}`);
}
