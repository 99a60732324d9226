/** The reading side: records of Debezium, or of our own capture, to change events. Light, for tens of thousands a second. */
import { type ChangeEvent, epochMillis, isJsonObject, type Operation, type Row } from '../domain/index.ts';
import type { Headers } from '../kafka/index.ts';
import { COMMIT_LSN_HEADER, TX_INDEX_HEADER } from './change-writer.ts';

/**
 * On the records of a Debezium connector that took a snapshot: the log position before its slot was made. Debezium gives
 * snapshot rows the slot's consistent point, which lies above changes that the slot streams all the same: those of a
 * transaction that was open at that point.
 */
export const SNAPSHOT_LSN_HEADER = 'snapshot_lsn';

/** What of a record is needed to read it. */
export interface EncodedChange {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

export type ReadChange =
  | { readonly kind: 'change'; readonly change: ChangeEvent }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Reads one record, with or without the `{schema, payload}` wrapper; never throws on bad content. */
export function readChange(record: EncodedChange): ReadChange {
  if (record.value === null || record.value.length === 0) {
    return { kind: 'tombstone' };
  }
  const text = decodeUtf8(record.value);
  if (text === null) {
    return malformed('value is not UTF-8');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return malformed(`value is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (isJsonObject(parsed) && 'payload' in parsed && 'schema' in parsed) {
    parsed = parsed.payload;
  }
  if (parsed === null) {
    return { kind: 'tombstone' };
  }
  return isJsonObject(parsed)
    ? readEnvelope(parsed, text, record.headers)
    : malformed('value is not a JSON object');
}

function readEnvelope(envelope: JsonObject, text: string, headers: Headers): ReadChange {
  const { op, source, before = null, after = null } = envelope;
  if (!isOperation(op)) {
    return malformed(`op must be one of c, u, d, r, t, got ${JSON.stringify(op)}`);
  }
  if (!isJsonObject(source)) {
    return malformed('source must be an object');
  }
  const { table, ts_ms: commitAt } = source;
  if (typeof table !== 'string' || table === '') {
    return malformed(`source.table must be a name, got ${JSON.stringify(table)}`);
  }
  if (typeof commitAt !== 'number' || !Number.isSafeInteger(commitAt)) {
    return malformed(`source.ts_ms must be whole milliseconds, got ${JSON.stringify(commitAt)}`);
  }
  if (!isRowOrNull(before) || !isRowOrNull(after)) {
    return malformed('before and after must be objects or null');
  }
  if ((op === 'c' || op === 'u' || op === 'r') && after === null) {
    return malformed(`after is missing for op ${op}`);
  }
  if (op === 'd' && before === null) {
    return malformed('before is missing for op d');
  }
  const [lastCommit, ownLsn] = sequenceOf(source.sequence);
  const snapshotLsn = op === 'r' ? positionOf(headerBytes(headers, SNAPSHOT_LSN_HEADER)) : null;
  const lsn = snapshotLsn ?? (ownLsn === null ? exactLsn(source.lsn, text) : BigInt(ownLsn));
  if (lsn === null) {
    return malformed(`source.lsn must be a position, got ${JSON.stringify(source.lsn)}`);
  }
  const index = headerBytes(headers, TX_INDEX_HEADER);
  return {
    kind: 'change',
    change: {
      table,
      op,
      before,
      after,
      commitAt: epochMillis(commitAt),
      lsn,
      commitLsn:
        positionOf(headerBytes(headers, COMMIT_LSN_HEADER)) ??
        (lastCommit === null ? lsn : BigInt(lastCommit)),
      txIndex: index === null ? null : smallDecimal(index),
    },
  };
}

type JsonObject = { readonly [key: string]: unknown };

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function isRowOrNull(value: unknown): value is Row | null {
  return value === null || isJsonObject(value);
}

function isOperation(value: unknown): value is Operation {
  return value === 'c' || value === 'u' || value === 'd' || value === 'r' || value === 't';
}

/** `["<end of the commit before>","<lsn>"]`, decimal text in JSON in text; either may be null. */
function sequenceOf(sequence: unknown): readonly [string | null, string | null] {
  const match =
    typeof sequence === 'string' ? /^\[(?:null|"(\d{1,20})"),(?:null|"(\d{1,20})")\]$/.exec(sequence) : null;
  return [match?.[1] ?? null, match?.[2] ?? null];
}

/** Up to twenty decimal digits. */
function positionOf(digits: Uint8Array | null): bigint | null {
  if (digits === null) return null;
  const small = smallDecimal(digits);
  if (small !== null) return BigInt(small);
  const text = Buffer.from(digits).toString('latin1');
  return /^\d{1,20}$/.test(text) ? BigInt(text) : null;
}

/** Up to fifteen decimal digits, which a double holds exactly; null for anything else. */
function smallDecimal(digits: Uint8Array): number | null {
  if (digits.length === 0 || digits.length > 15) return null;
  let value = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits[at]! - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

/** JSON.parse rounds beyond 2^53; then the digits are taken from the text. */
function exactLsn(lsn: unknown, text: string): bigint | null {
  if (typeof lsn !== 'number' || lsn < 0) {
    return null;
  }
  if (Number.isSafeInteger(lsn)) {
    return BigInt(lsn);
  }
  const digits = /"source"\s*:\s*\{[^{}]*"lsn"\s*:\s*(\d{1,20})(?!\d)/.exec(text)?.[1];
  return digits === undefined ? null : BigInt(digits);
}

function headerBytes(headers: Headers, name: string): Uint8Array | null {
  for (const [key, value] of headers) if (key === name) return value;
  return null;
}

function malformed(reason: string): ReadChange {
  return { kind: 'malformed', reason };
}
