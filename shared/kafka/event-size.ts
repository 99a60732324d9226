// How many bytes a record takes in the JSON of a Lambda Kafka event, without building it. Lambda refuses an event above
// 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); base64 alone adds a third.

import { type LambdaEventSource, toLambdaEvent } from './lambda-event.ts';
import type { Headers, KafkaRecord, TopicPartition } from './record.ts';

/** Lambda's limit of a synchronous request, in bytes. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/**
 * Counts the bytes of one record after the other in the event's JSON. A list of n records adds n - 1 commas between them.
 * What a record shares with the one before it, its topic and most of its headers, is not counted anew.
 */
export function recordSizer(): (record: KafkaRecord) => number {
  let topic = '';
  let topicBytes = 0;
  const headersBytes = headersSizer();
  return (record) => {
    if (record.topic !== topic) {
      topic = record.topic;
      topicBytes = jsonBytes(topic);
    }
    return (
      EMPTY_RECORD_BYTES +
      topicBytes +
      digits(record.partition) +
      digits(record.offset) +
      digits(record.timestamp) +
      (record.key === null ? 0 : ',"key":""'.length + base64Length(record.key.length)) +
      (record.value === null ? 0 : ',"value":""'.length + base64Length(record.value.length)) +
      headersBytes(record.headers)
    );
  };
}

/** Bytes of an event of one partition around its records. */
export function eventBytesAroundRecords(source: LambdaEventSource, at: TopicPartition): number {
  const name = `${at.topic}-${at.partition}`;
  return Buffer.byteLength(JSON.stringify({ ...toLambdaEvent(source, []), records: { [name]: [] } }));
}

const EMPTY_RECORD_BYTES =
  '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"CREATE_TIME","headers":[]}'.length;

function headersSizer(): (headers: Headers) => number {
  let last: Headers = [];
  let lastBytes: number[] = [];
  return (headers) => {
    const commas = Math.max(0, headers.length - 1);
    const bytes = headers.map((header, at) => (header === last[at] ? lastBytes[at]! : headerBytes(header)));
    [last, lastBytes] = [headers, bytes];
    return bytes.reduce((sum, ofHeader) => sum + ofHeader, commas);
  };
}

function headerBytes([key, value]: Headers[number]): number {
  let bytes = jsonBytes(key) + '{:[]}'.length + Math.max(0, value.length - 1);
  for (const byte of value) bytes += digits(byte);
  return bytes;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Of a whole number in decimal, with its sign. */
function digits(value: number): number {
  if (value < 0) return 1 + digits(-value);
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count += 1;
  return count;
}

/** Base64 with padding: four characters for every three bytes begun. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
