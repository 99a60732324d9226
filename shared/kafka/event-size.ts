// How many bytes a record takes in the JSON of a Lambda Kafka event, without building it. Lambda refuses an event above
// 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); base64 alone adds a third.

import { type LambdaEventSource, toLambdaEvent } from './lambda-event.ts';
import type { KafkaRecord, TopicPartition } from './record.ts';

/** Lambda's limit of a synchronous request, in bytes. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Bytes of one record in the event's JSON. A list of n records adds n - 1 commas between them. */
export function recordBytesInEvent(record: KafkaRecord): number {
  return (
    EMPTY_RECORD_BYTES +
    Buffer.byteLength(JSON.stringify(record.topic)) +
    digits(record.partition) +
    digits(record.offset) +
    digits(record.timestamp) +
    (record.key === null ? 0 : ',"key":""'.length + base64Length(record.key.length)) +
    (record.value === null ? 0 : ',"value":""'.length + base64Length(record.value.length)) +
    headersBytes(record)
  );
}

/** Bytes of an event of one partition around its records. */
export function eventBytesAroundRecords(source: LambdaEventSource, at: TopicPartition): number {
  const name = `${at.topic}-${at.partition}`;
  return Buffer.byteLength(JSON.stringify({ ...toLambdaEvent(source, []), records: { [name]: [] } }));
}

const EMPTY_RECORD_BYTES =
  '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"CREATE_TIME","headers":[]}'.length;

function headersBytes(record: KafkaRecord): number {
  if (record.headers.length === 0) return 0;
  let bytes = record.headers.length - 1;
  for (const [key, value] of record.headers) {
    bytes += Buffer.byteLength(JSON.stringify(key)) + '{:[]}'.length + Math.max(0, value.length - 1);
    for (const byte of value) bytes += byte < 10 ? 1 : byte < 100 ? 2 : 3;
  }
  return bytes;
}

function digits(value: number): number {
  return String(value).length;
}

/** Base64 with padding: four characters for every three bytes begun. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
