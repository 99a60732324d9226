// The event that AWS Lambda hands to a function for an Apache Kafka source, in both directions.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html (example event) and .../with-msk.html.
import { type EpochMillis, epochMillis, isJsonObject } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import { ByteArena } from './byte-arena.ts';
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

/**
 * The event with these records, in the order given. Its record lists are made at every reading, so that nobody who keeps the
 * event (serverless-offline does, until the function has answered) keeps megabytes of base64.
 */
export function toLambdaEvent(source: LambdaEventSource, records: readonly KafkaRecord[]): LambdaKafkaEvent {
  return {
    ...source,
    get records() {
      return recordLists(records);
    },
  };
}

/**
 * The records of an event, partition by partition. Lenient where AWS and its emulators differ: an absent, null or empty
 * value is a tombstone, an absent or null key is no key, header bytes may be signed or unsigned.
 * @throws PlatformError `invalid_kafka_event` naming the field.
 */
export function recordsOfEvent(event: unknown): KafkaRecord[] {
  return [...recordsInEvent(event)];
}

/** The same one by one: what is no longer needed of a record is free before the next one is read. */
export function* recordsInEvent(event: unknown): Generator<KafkaRecord, void, undefined> {
  const byPartition = isJsonObject(event) ? event.records : undefined;
  if (!isJsonObject(byPartition)) {
    throw invalidEvent('records', 'an object of record lists by topic and partition', byPartition);
  }
  const reader: EventReader = { arena: new ByteArena(), headers: new Map() };
  for (const [name, list] of Object.entries(byPartition)) {
    if (!Array.isArray(list)) throw invalidEvent(`records.${name}`, 'a list', list);
    const place = { list: name, index: 0 };
    for (; place.index < list.length; place.index += 1) {
      yield fromLambdaRecord(list[place.index], place, reader);
    }
  }
}

/** The name under which an event lists the records of a partition; also the `partition` of an item identifier. */
export function eventKey(at: TopicPartition): string {
  return `${at.topic}-${at.partition}`;
}

function recordLists(records: readonly KafkaRecord[]): Record<string, LambdaKafkaRecord[]> {
  const byPartition: Record<string, LambdaKafkaRecord[]> = {};
  const headersOf = headerWriter();
  let last: KafkaRecord | null = null;
  let list: LambdaKafkaRecord[] = [];
  for (const record of records) {
    if (record.topic !== last?.topic || record.partition !== last.partition) {
      const name = eventKey(record);
      list = byPartition[name] ?? [];
      byPartition[name] = list;
    }
    list.push(toLambdaRecord(record, headersOf(record.headers)));
    last = record;
  }
  return byPartition;
}

type LambdaHeader = LambdaKafkaRecord['headers'][number];

/**
 * Most headers are the same on every record of a batch. Equal ones become one object, which structured cloning (a worker
 * thread's messages) carries once: with an array per header, those arrays were most of what an event cost.
 */
function headerWriter(): (headers: Headers) => LambdaHeader[] {
  const byObject = new Map<Headers[number], LambdaHeader>();
  const byContent = new Map<string, LambdaHeader>();
  const write = ([key, value]: Headers[number]): LambdaHeader => {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    const content = `${key.length} ${key}${bytes}`;
    const known = byContent.get(content);
    if (known !== undefined) return known;
    const header = { [key]: Array.from(value) };
    byContent.set(content, header);
    return header;
  };
  return (headers) =>
    headers.map((header) => {
      let written = byObject.get(header);
      if (written === undefined) {
        written = write(header);
        byObject.set(header, written);
      }
      return written;
    });
}

function toLambdaRecord(record: KafkaRecord, headers: readonly LambdaHeader[]): LambdaKafkaRecord {
  const { topic, partition, offset, timestamp, key, value } = record;
  const timestampType = 'CREATE_TIME';
  if (key !== null && value !== null) {
    return {
      topic,
      partition,
      offset,
      timestamp,
      timestampType,
      key: base64(key),
      value: base64(value),
      headers,
    };
  }
  return {
    ...{ topic, partition, offset, timestamp, timestampType },
    ...(key !== null && { key: base64(key) }),
    ...(value !== null && { value: base64(value) }),
    headers,
  };
}

/** What the records of an event share while they are read. */
interface EventReader {
  readonly arena: ByteArena;
  /** Header objects that an event names more than once, read already. */
  readonly headers: Map<object, Headers>;
}

/** Where a record stands in its event; told only where something is wrong with it. */
interface RecordPlace {
  readonly list: string;
  readonly index: number;
}

function fromLambdaRecord(record: unknown, place: RecordPlace, reader: EventReader): KafkaRecord {
  if (!isJsonObject(record)) throw invalidField(place, '', 'an object', record);
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  if (typeof topic !== 'string' || topic === '') throw invalidField(place, '.topic', 'a topic name', topic);
  return {
    topic,
    partition: wholeNumber(partition, place, '.partition'),
    offset: wholeNumber(offset, place, '.offset'),
    timestamp: timestampOf(timestamp, place),
    key: bytesOf(key, place, '.key', reader),
    value: value === '' ? null : bytesOf(value, place, '.value', reader),
    headers: headersOf(headers, place, reader),
  };
}

function bytesOf(
  text: unknown,
  place: RecordPlace,
  field: string,
  { arena }: EventReader,
): Uint8Array | null {
  if (text === undefined || text === null) return null;
  if (typeof text !== 'string') throw invalidField(place, field, 'base64 text', text);
  return arena.base64(text);
}

function headersOf(list: unknown, place: RecordPlace, { headers: known }: EventReader): Headers {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw invalidField(place, '.headers', 'a list of one-key objects', list);
  const headers: (readonly [string, Uint8Array])[] = [];
  for (const header of list as readonly unknown[]) {
    let read = typeof header === 'object' && header !== null ? known.get(header) : undefined;
    if (read === undefined) {
      const field = `.headers[${list.indexOf(header)}]`;
      if (!isJsonObject(header)) throw invalidField(place, field, 'a one-key object', header);
      read = headerEntries(header, place, field);
      known.set(header, read);
    }
    for (const entry of read) headers.push(entry);
  }
  return headers;
}

function headerEntries(header: Record<string, unknown>, place: RecordPlace, field: string): Headers {
  return Object.entries(header).map(
    ([key, bytes]) => [key, byteArray(bytes, place, `${field}.${key}`)] as const,
  );
}

/** `Uint8Array.from` wraps modulo 256, so Java's signed bytes and unsigned bytes give the same. */
function byteArray(bytes: unknown, place: RecordPlace, field: string): Uint8Array {
  if (!Array.isArray(bytes) || !bytes.every(isByte))
    throw invalidField(place, field, 'numbers from -128 to 255', bytes);
  return Uint8Array.from(bytes);
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -128 && (value as number) <= 255;
}

function timestampOf(value: unknown, place: RecordPlace): EpochMillis {
  if (!Number.isSafeInteger(value)) throw invalidField(place, '.timestamp', 'whole milliseconds', value);
  return epochMillis(value as number);
}

function wholeNumber(value: unknown, place: RecordPlace, field: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidField(place, field, 'a whole number from 0', value);
  }
  return value as number;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function invalidField(place: RecordPlace, field: string, expected: string, got: unknown): PlatformError {
  return invalidEvent(`records.${place.list}[${place.index}]${field}`, expected, got);
}

function invalidEvent(path: string, expected: string, got: unknown): PlatformError {
  const shown = JSON.stringify(got)?.slice(0, 80);
  return new PlatformError('invalid_kafka_event', `kafka event: ${path} must be ${expected}, got ${shown}`, {
    details: { path },
  });
}
