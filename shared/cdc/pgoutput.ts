/**
 * Decoder of the messages that Postgres' output plugin `pgoutput` sends, protocol version 1, text format.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
import { PlatformError } from '../errors.ts';
import type { Lsn } from './lsn.ts';

/** Stands where an update did not touch a value that is stored out of line, so that Postgres did not send it. */
export const UNCHANGED_TOAST: unique symbol = Symbol('unchanged toast value');

/** A column's value in Postgres' text form. */
export type ColumnText = string | null | typeof UNCHANGED_TOAST;

export type Tuple = readonly ColumnText[];

/** d: primary key, n: nothing, f: the whole row, i: the columns of an index. */
export type ReplicaIdentity = 'd' | 'n' | 'f' | 'i';

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  /** -1: none. */
  readonly typeModifier: number;
  /** Part of the replica identity; under `f` every column is. */
  readonly inIdentity: boolean;
}

export interface RelationMessage {
  readonly kind: 'relation';
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly replicaIdentity: ReplicaIdentity;
  readonly columns: readonly RelationColumn[];
}

/** The row before a change. `key`: only the columns of the replica identity carry values, the others are null. */
export interface OldTuple {
  readonly content: 'key' | 'full';
  readonly values: Tuple;
}

export type PgOutputMessage =
  | {
      readonly kind: 'begin';
      /** Start of the transaction's commit record: unique per transaction and in commit order. */
      readonly commitLsn: Lsn;
      /** Microseconds since 1970-01-01 UTC. */
      readonly commitMicros: bigint;
      readonly xid: number;
    }
  | {
      readonly kind: 'commit';
      readonly commitLsn: Lsn;
      /** First byte after the commit record; the next transaction's first change may start right here. */
      readonly endLsn: Lsn;
      readonly commitMicros: bigint;
    }
  | { readonly kind: 'origin'; readonly lsn: Lsn; readonly name: string }
  | RelationMessage
  | { readonly kind: 'type'; readonly oid: number; readonly schema: string; readonly name: string }
  | { readonly kind: 'insert'; readonly relationOid: number; readonly new: Tuple }
  | {
      readonly kind: 'update';
      readonly relationOid: number;
      readonly old: OldTuple | null;
      readonly new: Tuple;
    }
  | { readonly kind: 'delete'; readonly relationOid: number; readonly old: OldTuple }
  | {
      readonly kind: 'truncate';
      readonly relationOids: readonly number[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  | {
      readonly kind: 'message';
      readonly transactional: boolean;
      readonly lsn: Lsn;
      readonly prefix: string;
      readonly content: Uint8Array;
    };

/** Decodes one message; nothing of the result refers to `bytes`, so the caller may reuse it. */
export function decodePgOutput(bytes: Buffer): PgOutputMessage {
  const reader = new Reader(bytes);
  try {
    const message = decodeMessage(reader);
    if (reader.rest() !== 0) {
      throw new PlatformError('invalid_pgoutput', `${reader.rest()} bytes are left after the message`);
    }
    return message;
  } catch (cause) {
    const tag = bytes.length === 0 ? 'empty' : JSON.stringify(String.fromCharCode(bytes[0]!));
    throw new PlatformError(
      'invalid_pgoutput',
      `cannot decode the ${tag} message of ${bytes.length} bytes: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

function decodeMessage(reader: Reader): PgOutputMessage {
  const tag = reader.char();
  switch (tag) {
    case 'B':
      return { kind: 'begin', commitLsn: reader.lsn(), commitMicros: reader.time(), xid: reader.uint32() };
    case 'C':
      reader.uint8(); // flags, unused
      return { kind: 'commit', commitLsn: reader.lsn(), endLsn: reader.lsn(), commitMicros: reader.time() };
    case 'O':
      return { kind: 'origin', lsn: reader.lsn(), name: reader.cstring() };
    case 'R':
      return decodeRelation(reader);
    case 'Y':
      return { kind: 'type', oid: reader.uint32(), schema: schemaName(reader), name: reader.cstring() };
    case 'I': {
      const relationOid = reader.uint32();
      reader.expect('N');
      return { kind: 'insert', relationOid, new: decodeTuple(reader) };
    }
    case 'U': {
      const relationOid = reader.uint32();
      const part = reader.char();
      const old = part === 'N' ? null : decodeOldTuple(reader, part);
      if (old !== null) {
        reader.expect('N');
      }
      return { kind: 'update', relationOid, old, new: decodeTuple(reader) };
    }
    case 'D': {
      const relationOid = reader.uint32();
      return { kind: 'delete', relationOid, old: decodeOldTuple(reader, reader.char()) };
    }
    case 'T': {
      const count = reader.uint32();
      const options = reader.uint8();
      return {
        kind: 'truncate',
        cascade: (options & 1) !== 0,
        restartIdentity: (options & 2) !== 0,
        relationOids: Array.from({ length: count }, () => reader.uint32()),
      };
    }
    case 'M':
      return {
        kind: 'message',
        transactional: (reader.uint8() & 1) !== 0,
        lsn: reader.lsn(),
        prefix: reader.cstring(),
        content: reader.copyOfBytes(reader.uint32()),
      };
    default:
      throw new PlatformError('invalid_pgoutput', 'the tag is not one of protocol version 1');
  }
}

function decodeRelation(reader: Reader): RelationMessage {
  const oid = reader.uint32();
  const schema = schemaName(reader);
  const name = reader.cstring();
  const replicaIdentity = reader.char();
  if (!isReplicaIdentity(replicaIdentity)) {
    throw new PlatformError(
      'invalid_pgoutput',
      `replica identity ${JSON.stringify(replicaIdentity)} is not one of d, n, f, i`,
    );
  }
  const columns = Array.from({ length: reader.uint16() }, () => ({
    inIdentity: (reader.uint8() & 1) !== 0,
    name: reader.cstring(),
    typeOid: reader.uint32(),
    typeModifier: reader.int32(),
  }));
  return { kind: 'relation', oid, schema, name, replicaIdentity, columns };
}

/** Postgres sends its own catalog's name as nothing. */
function schemaName(reader: Reader): string {
  return reader.cstring() || 'pg_catalog';
}

function decodeOldTuple(reader: Reader, part: string): OldTuple {
  if (part !== 'K' && part !== 'O') {
    throw new PlatformError('invalid_pgoutput', `${JSON.stringify(part)} stands where a K or O tuple starts`);
  }
  return { content: part === 'K' ? 'key' : 'full', values: decodeTuple(reader) };
}

function decodeTuple(reader: Reader): Tuple {
  const count = reader.uint16();
  const values: ColumnText[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const form = reader.char();
    if (form === 't') {
      values[i] = reader.text(reader.uint32());
    } else if (form === 'n') {
      values[i] = null;
    } else if (form === 'u') {
      values[i] = UNCHANGED_TOAST;
    } else {
      throw new PlatformError(
        'invalid_pgoutput',
        `column ${i} has form ${JSON.stringify(form)}, only text is asked for`,
      );
    }
  }
  return values;
}

function isReplicaIdentity(text: string): text is ReplicaIdentity {
  return text === 'd' || text === 'n' || text === 'f' || text === 'i';
}

/** Microseconds from 1970-01-01 to 2000-01-01, where Postgres' clock starts. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  rest(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  lsn(): Lsn {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  time(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8)) + POSTGRES_EPOCH_MICROS;
  }

  char(): string {
    return String.fromCharCode(this.uint8());
  }

  expect(tag: string): void {
    const found = this.char();
    if (found !== tag) {
      throw new PlatformError('invalid_pgoutput', `expected ${tag}, found ${JSON.stringify(found)}`);
    }
  }

  cstring(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) {
      throw new PlatformError('invalid_pgoutput', `the string at byte ${this.#at} does not end`);
    }
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  text(length: number): string {
    const start = this.#advance(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  copyOfBytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return Uint8Array.from(this.#bytes.subarray(start, start + length));
  }

  #advance(length: number): number {
    if (length > this.rest()) {
      throw new PlatformError(
        'invalid_pgoutput',
        `${length} bytes are needed at byte ${this.#at}, ${this.rest()} are left`,
      );
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
