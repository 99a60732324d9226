// The event that AWS Lambda hands to a function for an Apache Kafka source, in both directions.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html (example event) and .../with-msk.html.
import { type EpochMillis, epochMillis, isJsonObject } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Headers, KafkaRecord, TopicPartition } from './record.ts';

/** Where the records of an event come from, as the event itself tells it. */
export interface LambdaEventSource {
  readonly eventSource: 'SelfManagedKafka' | 'aws:kafka';
  /** `host:port`, joined by commas. */
  readonly bootstrapServers: string;
  /** Given by MSK only. */
  readonly eventSourceArn?: string;
}

export interface LambdaKafkaEvent extends LambdaEventSource {
  /** Keyed by `<topic>-<partition>`; each list is in offset order. */
  readonly records: Readonly<Record<string, readonly LambdaKafkaRecord[]>>;
}

export interface LambdaKafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Base64; absent for a record without a key. */
  readonly key?: string;
  /** Base64; absent for a tombstone. */
  readonly value?: string;
  /** One object per header, each with one key; the bytes as numbers. */
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
}

/** The event with these records, in the order given. */
export function toLambdaEvent(source: LambdaEventSource, records: readonly KafkaRecord[]): LambdaKafkaEvent {
  const byPartition: Record<string, LambdaKafkaRecord[]> = {};
  const headerOf = sharedHeaders();
  for (const record of records) {
    const name = eventKey(record);
    byPartition[name] ??= [];
    byPartition[name].push(toLambdaRecord(record, headerOf));
  }
  return { ...source, records: byPartition };
}

/**
 * The records of an event, partition by partition. Lenient where AWS and its emulators differ: an absent, null or empty
 * value is a tombstone, an absent or null key is no key, header bytes may be signed or unsigned.
 * @throws PlatformError `invalid_kafka_event` naming the field.
 */
export function recordsOfEvent(event: unknown): KafkaRecord[] {
  const byPartition = isJsonObject(event) ? event.records : undefined;
  if (!isJsonObject(byPartition)) {
    throw invalidEvent('records', 'an object of record lists by topic and partition', byPartition);
  }
  const records: KafkaRecord[] = [];
  const known: KnownHeaders = new Map();
  for (const [name, list] of Object.entries(byPartition)) {
    if (!Array.isArray(list)) throw invalidEvent(`records.${name}`, 'a list', list);
    for (let index = 0; index < list.length; index += 1) {
      records.push(fromLambdaRecord(list[index], `records.${name}[${index}]`, known));
    }
  }
  return records;
}

/** The name under which an event lists the records of a partition; also the `partition` of an item identifier. */
export function eventKey(at: TopicPartition): string {
  return `${at.topic}-${at.partition}`;
}

type LambdaHeader = LambdaKafkaRecord['headers'][number];

/**
 * Most headers are the same on every record of a batch. Equal ones become one object, which structured cloning (a worker
 * thread's messages) carries once: with an array per header, those arrays were most of what an event cost.
 */
function sharedHeaders(): (key: string, value: Uint8Array) => LambdaHeader {
  const made = new Map<string, LambdaHeader>();
  return (key, value) => {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    const text = `${key.length} ${key}${bytes}`;
    const known = made.get(text);
    if (known !== undefined) return known;
    const header = { [key]: Array.from(value) };
    made.set(text, header);
    return header;
  };
}

function toLambdaRecord(
  record: KafkaRecord,
  headerOf: (key: string, value: Uint8Array) => LambdaHeader,
): LambdaKafkaRecord {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    timestampType: 'CREATE_TIME',
    ...(record.key !== null && { key: base64(record.key) }),
    ...(record.value !== null && { value: base64(record.value) }),
    headers: record.headers.map(([key, value]) => headerOf(key, value)),
  };
}

/** Header objects that an event names more than once, read already. */
type KnownHeaders = Map<object, Headers>;

function fromLambdaRecord(record: unknown, path: string, known: KnownHeaders): KafkaRecord {
  if (!isJsonObject(record)) throw invalidEvent(path, 'an object', record);
  const { topic, key, value } = record;
  if (typeof topic !== 'string' || topic === '') throw invalidEvent(`${path}.topic`, 'a topic name', topic);
  return {
    topic,
    partition: wholeNumber(record.partition, `${path}.partition`),
    offset: wholeNumber(record.offset, `${path}.offset`),
    timestamp: timestampOf(record.timestamp, `${path}.timestamp`),
    key: bytesOf(key, `${path}.key`),
    value: value === '' ? null : bytesOf(value, `${path}.value`),
    headers: headersOf(record.headers, `${path}.headers`, known),
  };
}

function bytesOf(text: unknown, path: string): Uint8Array | null {
  if (text === undefined || text === null) return null;
  if (typeof text !== 'string') throw invalidEvent(path, 'base64 text', text);
  return Buffer.from(text, 'base64');
}

function headersOf(list: unknown, path: string, known: KnownHeaders): Headers {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw invalidEvent(path, 'a list of one-key objects', list);
  return list.flatMap((header: unknown, index) => {
    if (!isJsonObject(header)) throw invalidEvent(`${path}[${index}]`, 'a one-key object', header);
    const read = known.get(header) ?? headerEntries(header, `${path}[${index}]`);
    known.set(header, read);
    return read;
  });
}

function headerEntries(header: Record<string, unknown>, path: string): Headers {
  return Object.entries(header).map(([key, bytes]) => [key, byteArray(bytes, `${path}.${key}`)] as const);
}

/** `Uint8Array.from` wraps modulo 256, so Java's signed bytes and unsigned bytes give the same. */
function byteArray(bytes: unknown, path: string): Uint8Array {
  if (!Array.isArray(bytes) || !bytes.every(isByte))
    throw invalidEvent(path, 'numbers from -128 to 255', bytes);
  return Uint8Array.from(bytes);
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -128 && (value as number) <= 255;
}

function timestampOf(value: unknown, path: string): EpochMillis {
  if (!Number.isSafeInteger(value)) throw invalidEvent(path, 'whole milliseconds', value);
  return epochMillis(value as number);
}

function wholeNumber(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidEvent(path, 'a whole number from 0', value);
  }
  return value as number;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function invalidEvent(path: string, expected: string, got: unknown): PlatformError {
  const shown = JSON.stringify(got)?.slice(0, 80);
  return new PlatformError('invalid_kafka_event', `kafka event: ${path} must be ${expected}, got ${shown}`, {
    details: { path },
  });
}
