import type { EpochMillis } from '../../shared/domain/index.ts';
import type { KafkaRecord, NewRecord } from '../../shared/kafka/index.ts';

/** Why a record was given up; the names are those of Lambda's own on-failure records. */
export type DeadLetterCondition = 'RetryAttemptsExhausted' | 'MaximumPayloadSizeExceeded';

export interface Failure {
  readonly functionName: string;
  readonly condition: DeadLetterCondition;
  readonly error: string;
  /** Invocations that the record took part in since its batch began. */
  readonly attempts: number;
}

/**
 * The record as it goes to the dead-letter topic: key, value and headers untouched, and headers `dead-letter.*` that say
 * where it lay and why it is here, so that it can be put back.
 */
export function deadLetterOf(
  record: KafkaRecord,
  topic: string,
  failure: Failure,
  now: EpochMillis,
): NewRecord {
  const facts = {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    function: failure.functionName,
    condition: failure.condition,
    error: failure.error.slice(0, MOST_ERROR_CHARACTERS),
    attempts: failure.attempts,
  };
  const added = Object.entries(facts).map(
    ([name, value]) => [`dead-letter.${name}`, Buffer.from(String(value))] as const,
  );
  return {
    topic,
    timestamp: now,
    key: record.key,
    value: record.value,
    headers: [...record.headers, ...added],
  };
}

const MOST_ERROR_CHARACTERS = 2000;
