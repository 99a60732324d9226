// Between kafkajs's messages and our records. kafkajs gives headers as an object: the values of one name keep their order,
// names do not when one is repeated apart or looks like a whole number.
import type { KafkaMessage, Message } from 'kafkajs';
import { epochMillis } from '../domain/index.ts';
import type { Headers, KafkaRecord, NewRecord, TopicPartition } from '../kafka/index.ts';

export function recordOfMessage({ topic, partition }: TopicPartition, message: KafkaMessage): KafkaRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: epochMillis(Number(message.timestamp)),
    key: message.key,
    value: message.value,
    headers: headersOf(message.headers),
  };
}

export function messageOfRecord({ key, value, timestamp, headers }: NewRecord, partition: number): Message {
  return {
    partition,
    key: key === null ? null : bufferOf(key),
    value: value === null ? null : bufferOf(value),
    timestamp: String(timestamp),
    ...(headers !== undefined && headers.length > 0 && { headers: headersObject(headers) }),
  };
}

/** Bytes of a record that count towards the size of a delivery. */
export function payloadBytes({ key, value }: Pick<KafkaRecord, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** Upper bound of a record's bytes in a record batch (https://kafka.apache.org/documentation/#record). */
export function encodedBytes({ key, value, headers = [] }: NewRecord): number {
  const ofHeaders = headers.reduce(
    (sum, [name, bytes]) => sum + Buffer.byteLength(name) + bytes.length + 10,
    0,
  );
  return payloadBytes({ key, value }) + ofHeaders + RECORD_OVERHEAD_BYTES;
}

/** Cuts a list, in order, into lists of at most `most` bytes, each of at least one. */
export function cutByBytes<T>(items: readonly T[], bytesOf: (item: T) => number, most: number): T[][] {
  const pieces: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    const last = pieces.at(-1);
    if (last !== undefined && bytes <= most) {
      last.push(item);
    } else {
      pieces.push([item]);
      bytes = bytesOf(item);
    }
  }
  return pieces;
}

/** Length, attributes, timestamp and offset deltas, lengths of key and value, number of headers: varints of at most 5 bytes, one of 10. */
const RECORD_OVERHEAD_BYTES = 36;

function headersOf(headers: KafkaMessage['headers']): Headers {
  if (headers === undefined) return [];
  return Object.entries(headers).flatMap(([name, values]) =>
    // The list holds what kafkajs found under an inherited name such as `constructor` too: only bytes are values.
    [values].flat().flatMap((value) => (Buffer.isBuffer(value) ? [[name, value] as const] : [])),
  );
}

/** Without a prototype, so that `__proto__` is a name like any other. */
function headersObject(headers: Headers): Record<string, Buffer[]> {
  const byName: Record<string, Buffer[]> = Object.create(null);
  for (const [name, value] of headers) {
    const values = byName[name] ?? [];
    values.push(bufferOf(value));
    byName[name] = values;
  }
  return byName;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
