import type { RowVersion } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Contribution } from '../online/index.ts';

/**
 * Binary entries of the LMDB online store. Integers are unsigned LEB128 (protobuf "Base 128 Varints",
 * https://protobuf.dev/programming-guides/encoding/#varints), signed ones zigzag first; text is a length, then UTF-8.
 *
 *     key    u16 big-endian byte length of the first part, first part, second part (the rest)
 *     field  format u8, kind u8 (0 removed, 1 value), version, value text to the end
 *     fact   format u8, version, count of adds, then per add: key text, field text, amount zigzag
 */
const FORMAT = 1;
const REMOVED = 0;
const VALUE = 1;

/** LMDB's own limit is 1,978 bytes with 4 KiB pages; a round figure below it leaves room for the length. */
export const MAX_KEY_BYTES = 1_900;

export interface FieldEntry {
  readonly version: RowVersion;
  /** null: the field was removed at this version. */
  readonly value: string | null;
}

export type FactEntry = Pick<Contribution, 'version' | 'adds'>;

/** Key of one field of one hash, or of one fact of one shard. Refuses what LMDB cannot hold. */
export function encodeKey(first: string, second: string): Buffer {
  const firstBytes = Buffer.byteLength(first);
  const secondBytes = Buffer.byteLength(second);
  if (firstBytes + secondBytes > MAX_KEY_BYTES) {
    throw new PlatformError(
      'online_key_too_long',
      `key and field take ${firstBytes + secondBytes} bytes together, at most ${MAX_KEY_BYTES} fit: shorten ${JSON.stringify(first.slice(0, 80))}`,
    );
  }
  const key = Buffer.allocUnsafe(2 + firstBytes + secondBytes);
  key.writeUInt16BE(firstBytes);
  key.write(first, 2);
  key.write(second, 2 + firstBytes);
  return key;
}

/** Bounds `[start, end)` of all keys with this first part. */
export function keyRange(first: string): { readonly start: Buffer; readonly end: Buffer } {
  const start = encodeKey(first, '');
  const end = Buffer.from(start);
  // The last byte is UTF-8 or, for an empty first part, the length's zero: below 0xff either way.
  end[end.length - 1] = start[start.length - 1]! + 1;
  return { start, end };
}

/** The second part of a key that lies from `start` to `end`. */
export function secondOfKey(bytes: Buffer, start = 0, end = bytes.length): string {
  return bytes.toString('utf8', start + 2 + bytes.readUInt16BE(start), end);
}

export function encodeField(entry: FieldEntry): Buffer {
  const head = [FORMAT, entry.value === null ? REMOVED : VALUE];
  pushUnsigned(head, entry.version);
  return Buffer.concat([Buffer.from(head), Buffer.from(entry.value ?? '')]);
}

export function decodeField(bytes: Buffer): FieldEntry {
  checkFormat(bytes);
  const kind = bytes[1];
  if (kind !== REMOVED && kind !== VALUE) throw malformed(`kind ${kind}`);
  const { value: version, end } = readUnsigned(bytes, 2);
  return { version, value: kind === REMOVED ? null : bytes.toString('utf8', end) };
}

/** The value alone, for the read path: skips building the version. */
export function decodeFieldValue(bytes: Buffer): string | null {
  checkFormat(bytes);
  if (bytes[1] === REMOVED) return null;
  if (bytes[1] !== VALUE) throw malformed(`kind ${bytes[1]}`);
  return bytes.toString('utf8', endOfUnsigned(bytes, 2));
}

export function encodeFact(fact: FactEntry): Buffer {
  const parts: number[] = [FORMAT];
  pushUnsigned(parts, fact.version);
  pushUnsigned(parts, BigInt(fact.adds.length));
  for (const add of fact.adds) {
    pushText(parts, add.key);
    pushText(parts, add.field);
    pushUnsigned(parts, add.amount >= 0n ? add.amount * 2n : -add.amount * 2n - 1n);
  }
  return Buffer.from(parts);
}

export function decodeFact(bytes: Buffer): FactEntry {
  checkFormat(bytes);
  const version = readUnsigned(bytes, 1);
  const count = readUnsigned(bytes, version.end);
  const adds: { key: string; field: string; amount: bigint }[] = [];
  let at = count.end;
  for (let left = count.value; left > 0n; left -= 1n) {
    const key = readText(bytes, at);
    const field = readText(bytes, key.end);
    const zigzag = readUnsigned(bytes, field.end);
    const amount = zigzag.value % 2n === 0n ? zigzag.value / 2n : -(zigzag.value + 1n) / 2n;
    adds.push({ key: key.value, field: field.value, amount });
    at = zigzag.end;
  }
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes after the last add`);
  return { version: version.value, adds };
}

interface Read<T> {
  readonly value: T;
  readonly end: number;
}

function pushUnsigned(out: number[], value: bigint): void {
  if (value < 0n) {
    throw new PlatformError('invalid_version', `a row version must not be negative, got ${value}`);
  }
  let rest = value;
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

function endOfUnsigned(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at]! >= 128) at += 1;
  if (at >= bytes.length) throw malformed(`an integer at byte ${start} does not end`);
  return at + 1;
}

function readUnsigned(bytes: Buffer, start: number): Read<bigint> {
  const end = endOfUnsigned(bytes, start);
  let value = 0n;
  for (let at = end - 1; at >= start; at -= 1) value = (value << 7n) | BigInt(bytes[at]! & 127);
  return { value, end };
}

function pushText(out: number[], text: string): void {
  const bytes = Buffer.from(text);
  pushUnsigned(out, BigInt(bytes.length));
  for (const byte of bytes) out.push(byte);
}

function readText(bytes: Buffer, start: number): Read<string> {
  const length = readUnsigned(bytes, start);
  const end = length.end + Number(length.value);
  if (end > bytes.length) throw malformed(`text of ${length.value} bytes at byte ${start} does not end`);
  return { value: bytes.toString('utf8', length.end, end), end };
}

function checkFormat(bytes: Buffer): void {
  if (bytes[0] !== FORMAT) {
    throw new PlatformError(
      'unknown_online_format',
      `online store entry has format ${bytes[0]}, this program reads format ${FORMAT}: use the program that wrote it, or delete the store and replay the topics`,
    );
  }
}

function malformed(what: string): PlatformError {
  return new PlatformError('malformed_online_entry', `online store entry is damaged: ${what}`);
}
