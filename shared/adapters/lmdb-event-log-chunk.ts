// A chunk: consecutive records of one partition in one LMDB value, so that LZ4 finds the repetition between records.
//
//   header  u8 version (1) | u32 count | f64 base offset | f64 running maximum timestamp
//   record  f64 timestamp | i32 key length (-1: no key) | i32 value length (-1: tombstone) | u16 headers
//           headers x (u16 name length, name in UTF-8, u32 length, bytes) | key | value
//
// Little endian. The running maximum is the highest timestamp of the partition up to the chunk's end; it never falls, so
// a timestamp can be looked up by bisection, as in Kafka's time index.
import { type EpochMillis, epochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Headers, KafkaRecord, NewRecord, RecordPosition, TopicPartition } from '../kafka/index.ts';

/** Records encoded, not yet placed: `stampChunk` writes where they came to lie. */
export interface UnplacedChunk {
  readonly bytes: Buffer;
  readonly count: number;
  readonly maxTimestamp: number;
}

export interface ChunkHeader {
  readonly count: number;
  readonly baseOffset: number;
  readonly runningMaxTimestamp: number;
}

/** A chunk is closed at this many bytes before compression; measured best of 16 KiB and 64 KiB for Debezium envelopes. */
const CHUNK_BYTES = 64 * 1024;

/** Cuts records of one partition into chunks of about `CHUNK_BYTES`. */
export function encodeChunks(records: readonly NewRecord[], chunkBytes = CHUNK_BYTES): UnplacedChunk[] {
  const chunks: UnplacedChunk[] = [];
  const headersBytes = headersSizer();
  let begin = 0;
  let bytes = HEADER_BYTES;
  for (let index = 0; index < records.length; index += 1) {
    const { key, value, headers = NO_HEADERS } = records[index]!;
    bytes += RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + headersBytes(headers);
    if (bytes >= chunkBytes || index === records.length - 1) {
      chunks.push(encodeChunk(records.slice(begin, index + 1), bytes));
      begin = index + 1;
      bytes = HEADER_BYTES;
    }
  }
  return chunks;
}

/** Writes the place of the chunk into its header. */
export function stampChunk(chunk: UnplacedChunk, baseOffset: number, runningMaxTimestamp: number): Buffer {
  chunk.bytes.writeDoubleLE(baseOffset, BASE_OFFSET_AT);
  chunk.bytes.writeDoubleLE(runningMaxTimestamp, RUNNING_MAX_AT);
  return chunk.bytes;
}

/** @throws PlatformError `event_log_version_unknown` when the chunk was written by another version of this layout. */
export function chunkHeader(bytes: Buffer): ChunkHeader {
  const version = bytes[0];
  if (version !== VERSION) {
    throw new PlatformError(
      'event_log_version_unknown',
      `event log chunk has layout version ${version}, this program reads ${VERSION}`,
    );
  }
  return {
    count: bytes.readUInt32LE(1),
    baseOffset: bytes.readDoubleLE(BASE_OFFSET_AT),
    runningMaxTimestamp: bytes.readDoubleLE(RUNNING_MAX_AT),
  };
}

/** Short headers that were read before, by their bytes in Latin-1: change records number theirs from 0 in every transaction. */
export type KnownHeaders = Map<string, Headers[number]>;

/** The records of a chunk. Keys and values are views into `bytes`, which must stay untouched. */
export function decodeChunk(
  bytes: Buffer,
  { topic, partition }: TopicPartition,
  known: KnownHeaders = new Map(),
): KafkaRecord[] {
  const { count, baseOffset } = chunkHeader(bytes);
  const records = new Array<KafkaRecord>(count);
  const decodeHeaders = headersDecoder(bytes, known);
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const timestamp = epochMillis(bytes.readDoubleLE(at));
    const keyLength = bytes.readInt32LE(at + 8);
    const valueLength = bytes.readInt32LE(at + 12);
    const headerCount = bytes.readUInt16LE(at + 16);
    at += RECORD_BYTES;
    let headers: Headers = NO_HEADERS;
    if (headerCount > 0) ({ headers, at } = decodeHeaders(at, headerCount));
    const place = { topic, partition, offset: baseOffset + index };
    records[index] = new ChunkRecord(place, timestamp, headers, bytes, at, keyLength, valueLength);
    at += Math.max(0, keyLength) + Math.max(0, valueLength);
  }
  return records;
}

/** Offset of the first record at or after `timestamp` in a chunk, or null. */
export function firstAtOrAfter(bytes: Buffer, at: TopicPartition, timestamp: EpochMillis): number | null {
  return decodeChunk(bytes, at).find((record) => record.timestamp >= timestamp)?.offset ?? null;
}

const VERSION = 1;
const BASE_OFFSET_AT = 5;
const RUNNING_MAX_AT = 13;
const HEADER_BYTES = 21;
const RECORD_BYTES = 18;
const NO_HEADERS: Headers = [];
const MAX_UINT16 = 0xffff;

/**
 * Cuts key and value out of its chunk when they are asked for: records wait by the ten thousand to be handed over, and a view of
 * bytes takes more memory than the numbers that say where they lie.
 */
class ChunkRecord implements KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: EpochMillis;
  readonly headers: Headers;
  readonly #chunk: Buffer;
  readonly #keyAt: number;
  readonly #keyLength: number;
  readonly #valueLength: number;

  /** @param keyAt where the key begins, the value right after it; a negative length stands for none */
  constructor(
    { topic, partition, offset }: RecordPosition,
    timestamp: EpochMillis,
    headers: Headers,
    chunk: Buffer,
    keyAt: number,
    keyLength: number,
    valueLength: number,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.headers = headers;
    this.#chunk = chunk;
    this.#keyAt = keyAt;
    this.#keyLength = keyLength;
    this.#valueLength = valueLength;
  }

  get key(): Uint8Array | null {
    return this.#keyLength < 0 ? null : this.#chunk.subarray(this.#keyAt, this.#keyAt + this.#keyLength);
  }

  get value(): Uint8Array | null {
    const at = this.#keyAt + Math.max(0, this.#keyLength);
    return this.#valueLength < 0 ? null : this.#chunk.subarray(at, at + this.#valueLength);
  }
}

function encodeChunk(records: readonly NewRecord[], size: number): UnplacedChunk {
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = VERSION;
  bytes.writeUInt32LE(records.length, 1);
  const writeHeaders = headersWriter(bytes);
  let at = HEADER_BYTES;
  let maxTimestamp = -Infinity;
  for (const { timestamp, key, value, headers = NO_HEADERS } of records) {
    maxTimestamp = Math.max(maxTimestamp, timestamp);
    bytes.writeDoubleLE(timestamp, at);
    bytes.writeInt32LE(key === null ? -1 : key.length, at + 8);
    bytes.writeInt32LE(value === null ? -1 : value.length, at + 12);
    bytes.writeUInt16LE(headers.length, at + 16);
    at += RECORD_BYTES;
    at = writeHeaders(headers, at);
    if (key !== null) {
      bytes.set(key, at);
      at += key.length;
    }
    if (value !== null) {
      bytes.set(value, at);
      at += value.length;
    }
  }
  return { bytes, count: records.length, maxTimestamp };
}

/** Writes headers one record after the other; those that the record before has at the same place are copied from there. */
function headersWriter(bytes: Buffer): (headers: Headers, at: number) => number {
  let last: Headers = NO_HEADERS;
  /** Where each of them begins, and where the last one ends. */
  let lastStarts: readonly number[] = [];
  return (headers, begin) => {
    const starts = [begin];
    let at = begin;
    let next = 0;
    while (next < headers.length) {
      const first = next;
      while (next < headers.length && headers[next] === last[next]) {
        starts.push(starts[next]! + lastStarts[next + 1]! - lastStarts[next]!);
        next += 1;
      }
      if (next > first) {
        bytes.copyWithin(at, lastStarts[first]!, lastStarts[next]!);
        at = starts[next]!;
      } else {
        at = writeHeader(bytes, headers[next]!, at);
        starts.push(at);
        next += 1;
      }
    }
    [last, lastStarts] = [headers, starts];
    return at;
  };
}

function writeHeader(bytes: Buffer, [name, content]: Headers[number], begin: number): number {
  const nameBytes = bytes.write(name, begin + 2);
  bytes.writeUInt16LE(nameBytes, begin);
  const at = begin + 2 + nameBytes;
  bytes.writeUInt32LE(content.length, at);
  bytes.set(content, at + 4);
  return at + 4 + content.length;
}

/**
 * Reads headers one record after the other. One that equals that of the record before at the same place becomes the same
 * object: most do, and whoever encodes records again knows an object that it has encoded already.
 */
function headersDecoder(
  bytes: Buffer,
  known: KnownHeaders,
): (begin: number, count: number) => { headers: Headers; at: number } {
  let last: Headers = NO_HEADERS;
  let lastStarts: readonly number[] = [];
  return (begin, count) => {
    const headers: (readonly [string, Uint8Array])[] = [];
    const starts = [begin];
    let at = begin;
    for (let index = 0; index < count; index += 1) {
      const nameEnd = at + 2 + bytes.readUInt16LE(at);
      const end = nameEnd + 4 + bytes.readUInt32LE(nameEnd);
      const before = last[index];
      headers.push(
        before !== undefined && isSame(bytes, at, end, lastStarts[index]!, lastStarts[index + 1]!)
          ? before
          : decodeHeader(bytes, at, nameEnd, end, known),
      );
      starts.push(end);
      at = end;
    }
    [last, lastStarts] = [headers, starts];
    return { headers, at };
  };
}

const MOST_KNOWN_HEADERS = 4096;
const MOST_KNOWN_BYTES = 32;

function decodeHeader(
  bytes: Buffer,
  begin: number,
  nameEnd: number,
  end: number,
  known: KnownHeaders,
): Headers[number] {
  const content = end - begin > MOST_KNOWN_BYTES ? null : bytes.toString('latin1', begin, end);
  const found = content === null ? undefined : known.get(content);
  if (found !== undefined) return found;
  // A copy: a view would keep its whole chunk for as long as the header is known.
  const value = Uint8Array.prototype.slice.call(bytes, nameEnd + 4, end);
  const header = [bytes.toString('utf8', begin + 2, nameEnd), value] as const;
  if (known.size === MOST_KNOWN_HEADERS) known.clear();
  if (content !== null) known.set(content, header);
  return header;
}

/** For a few dozen bytes a loop is faster than a call of `Buffer.compare`. */
function isSame(bytes: Buffer, begin: number, end: number, otherBegin: number, otherEnd: number): boolean {
  if (end - begin !== otherEnd - otherBegin) return false;
  for (let at = begin, other = otherBegin; at < end; at += 1, other += 1) {
    if (bytes[at] !== bytes[other]) return false;
  }
  return true;
}

function headersSizer(): (headers: Headers) => number {
  let last: Headers = NO_HEADERS;
  let lastBytes: readonly number[] = [];
  return (headers) => {
    if (headers.length > MAX_UINT16) {
      throw new PlatformError(
        'record_too_large',
        `a record may have ${MAX_UINT16} headers, got ${headers.length}`,
      );
    }
    const bytes = headers.map((header, at) => (header === last[at] ? lastBytes[at]! : headerBytes(header)));
    [last, lastBytes] = [headers, bytes];
    return bytes.reduce((sum, ofHeader) => sum + ofHeader, 0);
  };
}

function headerBytes([name, content]: Headers[number]): number {
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes > MAX_UINT16) {
    throw new PlatformError(
      'record_too_large',
      `a header name may have ${MAX_UINT16} bytes, got ${nameBytes}`,
    );
  }
  return 6 + nameBytes + content.length;
}
