import { PlatformError } from '../../../shared/errors.ts';
import type { EventLog, KafkaRecord, NewRecord } from '../../../shared/kafka/index.ts';
import { singleRecord } from './invocation-record.ts';
import type { FailedBatch, OnFailureDestination } from './on-failure-destination.ts';

/**
 * Writes one message for every record of the batch, all in one append: the key of the record, so that it keeps its order
 * among those of its key; AWS's JSON with the record inside as the value; the record's headers, and two of ours, which
 * tell what AWS's JSON leaves out.
 */
export function kafkaDestination(topic: string, log: Pick<EventLog, 'append'>): OnFailureDestination {
  return {
    deliver: async (batch) => {
      try {
        await log.append(batch.records.map((record) => messageOf(topic, batch, record, true)));
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        // The JSON is longer than the record that it carries. The place of the record is better than nothing.
        await log.append(batch.records.map((record) => messageOf(topic, batch, record, false)));
      }
    },
  };
}

function messageOf(topic: string, batch: FailedBatch, record: KafkaRecord, withPayload: boolean): NewRecord {
  const { payload, ...place } = singleRecord(batch, record);
  const added = Object.entries({
    'dead-letter.topic': record.topic,
    'dead-letter.partition': String(record.partition),
    'dead-letter.function': batch.functionName,
    'dead-letter.error': batch.error.slice(0, MOST_ERROR_CHARACTERS),
  }).map(([name, text]) => [name, Buffer.from(text)] as const);
  return {
    topic,
    timestamp: batch.at,
    key: record.key,
    value: Buffer.from(JSON.stringify(withPayload ? { ...place, payload } : place)),
    headers: withPayload ? [...record.headers, ...added] : added,
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'record_too_large';
}

const MOST_ERROR_CHARACTERS = 2000;
