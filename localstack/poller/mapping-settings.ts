import { DEAD_LETTER_SUFFIX } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { MAX_EVENT_BYTES, type StartingPosition } from '../../shared/kafka/index.ts';

/** One event source mapping: a topic that a function is invoked with. Names and defaults are those of AWS Lambda. */
export interface MappingSettings {
  readonly functionName: string;
  readonly topic: string;
  readonly groupId: string;
  /** Most records in one event, 1 to 10,000. */
  readonly batchSize: number;
  /** Longest time from the first record of a batch to its invocation, 0 to 300. */
  readonly maximumBatchingWindowSeconds: number;
  /** Longest serialised event, in bytes. */
  readonly maximumEventBytes: number;
  readonly startingPosition: StartingPosition;
  /** Invocations after the first before a batch counts as failed, 0 to 10,000; -1 retries for ever. */
  readonly maximumRetryAttempts: number;
  readonly reportBatchItemFailures: boolean;
  /** Topic that gets the records which could not be handled, or null to drop them with an error in the log. */
  readonly deadLetterTopic: string | null;
}

/** Settings with what is left out filled in. AWS stops at 10 retries where a mapping has a destination, as ours have. */
export function mappingSettings(
  wanted: Pick<MappingSettings, 'functionName' | 'topic' | 'groupId'> & Partial<MappingSettings>,
): MappingSettings {
  const settings: MappingSettings = {
    batchSize: 100,
    maximumBatchingWindowSeconds: 0.5,
    maximumEventBytes: MAX_EVENT_BYTES,
    startingPosition: { type: 'TRIM_HORIZON' },
    maximumRetryAttempts: 10,
    reportBatchItemFailures: false,
    deadLetterTopic: wanted.topic.endsWith(DEAD_LETTER_SUFFIX)
      ? null
      : `${wanted.topic}${DEAD_LETTER_SUFFIX}`,
    ...wanted,
  };
  checkRange(settings, 'batchSize', 1, 10_000);
  checkRange(settings, 'maximumBatchingWindowSeconds', 0, 300);
  checkRange(settings, 'maximumRetryAttempts', -1, 10_000);
  return settings;
}

function checkRange(
  settings: MappingSettings,
  name: 'batchSize' | 'maximumBatchingWindowSeconds' | 'maximumRetryAttempts',
  least: number,
  most: number,
): void {
  const value = settings[name];
  if (!(value >= least && value <= most)) {
    throw new PlatformError(
      'invalid_event_source_mapping',
      `${name} of ${settings.functionName} on ${settings.topic} must be from ${least} to ${most}, got ${value}`,
    );
  }
}
