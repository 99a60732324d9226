import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnText, decodePgOutput, type PgOutputMessage, UNCHANGED_TOAST } from './pgoutput.ts';

const oid = fc.integer({ min: 0, max: 0xffffffff });
const lsn = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
/** Whole range of Postgres' timestamps, in microseconds since 1970. */
const micros = fc.bigInt({ min: -210_000_000_000_000_000n, max: 9_000_000_000_000_000_000n });
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes('\0'));
const columnText: fc.Arbitrary<ColumnText> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constant(null),
  fc.constant(UNCHANGED_TOAST),
);
const tuple = fc.array(columnText, { maxLength: 12 });
const oldTuple = fc.record({ content: fc.constantFrom('key' as const, 'full' as const), values: tuple });

const message: fc.Arbitrary<PgOutputMessage> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), commitLsn: lsn, commitMicros: micros, xid: oid }),
  fc.record({ kind: fc.constant('commit' as const), commitLsn: lsn, endLsn: lsn, commitMicros: micros }),
  fc.record({ kind: fc.constant('origin' as const), lsn, name }),
  fc.record({
    kind: fc.constant('relation' as const),
    oid,
    schema: name,
    name,
    replicaIdentity: fc.constantFrom('d' as const, 'n' as const, 'f' as const, 'i' as const),
    columns: fc.array(
      fc.record({
        name,
        typeOid: oid,
        typeModifier: fc.integer({ min: -1, max: 0x7fffffff }),
        inIdentity: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  }),
  fc.record({ kind: fc.constant('type' as const), oid, schema: name, name }),
  fc.record({ kind: fc.constant('insert' as const), relationOid: oid, new: tuple }),
  fc.record({
    kind: fc.constant('update' as const),
    relationOid: oid,
    old: fc.option(oldTuple, { nil: null }),
    new: tuple,
  }),
  fc.record({ kind: fc.constant('delete' as const), relationOid: oid, old: oldTuple }),
  fc.record({
    kind: fc.constant('truncate' as const),
    relationOids: fc.array(oid, { maxLength: 5 }),
    cascade: fc.boolean(),
    restartIdentity: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('message' as const),
    transactional: fc.boolean(),
    lsn,
    prefix: name,
    content: fc.uint8Array({ maxLength: 40 }),
  }),
);

describe('pgoutput', () => {
  it('decodes every message as it was encoded', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodePgOutput(encode(sent))).toEqual(sent);
      }),
    );
  });

  it('keeps nothing of the buffer', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const bytes = encode(sent);
        const decoded = decodePgOutput(bytes);
        bytes.fill(0);
        expect(decoded).toEqual(sent);
      }),
    );
  });

  it('refuses a message that is cut anywhere, with a coded error', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, at) => {
        const bytes = encode(sent);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(() => decodePgOutput(cut)).toThrow(expect.objectContaining({ code: 'invalid_pgoutput' }));
      }),
    );
  });

  it('decodes the bytes of a begin message of the protocol page', () => {
    const bytes = Buffer.from('42000000000157cb600002d2a0b2a3c4d50000022b', 'hex');
    expect(decodePgOutput(bytes)).toEqual({
      kind: 'begin',
      commitLsn: 0x157cb60n,
      commitMicros: 0x0002d2a0b2a3c4d5n + 946_684_800_000_000n,
      xid: 555,
    });
  });

  it.each([
    ['an unknown tag', Buffer.from('S')],
    ['an empty message', Buffer.alloc(0)],
    ['bytes left over', Buffer.concat([encode({ kind: 'origin', lsn: 1n, name: 'a' }), Buffer.from([0])])],
    ['binary values', Buffer.from('4900000001' + '4e' + '0001' + '62' + '00000000', 'hex')],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodePgOutput(bytes)).toThrow(expect.objectContaining({ code: 'invalid_pgoutput' }));
  });
});

/** The other direction, written from the same protocol page. */
function encode(message: PgOutputMessage): Buffer {
  switch (message.kind) {
    case 'begin':
      return join('B', u64(message.commitLsn), time(message.commitMicros), u32(message.xid));
    case 'commit':
      return join('C', u8(0), u64(message.commitLsn), u64(message.endLsn), time(message.commitMicros));
    case 'origin':
      return join('O', u64(message.lsn), text(message.name));
    case 'relation':
      return join(
        'R',
        u32(message.oid),
        text(message.schema),
        text(message.name),
        Buffer.from(message.replicaIdentity),
        u16(message.columns.length),
        ...message.columns.map((column) =>
          Buffer.concat([
            u8(column.inIdentity ? 1 : 0),
            text(column.name),
            u32(column.typeOid),
            u32(column.typeModifier >>> 0),
          ]),
        ),
      );
    case 'type':
      return join('Y', u32(message.oid), text(message.schema), text(message.name));
    case 'insert':
      return join('I', u32(message.relationOid), Buffer.from('N'), tupleBytes(message.new));
    case 'update': {
      const { old } = message;
      const before =
        old === null ? [] : [Buffer.from(old.content === 'key' ? 'K' : 'O'), tupleBytes(old.values)];
      return join('U', u32(message.relationOid), ...before, Buffer.from('N'), tupleBytes(message.new));
    }
    case 'delete':
      return join(
        'D',
        u32(message.relationOid),
        Buffer.from(message.old.content === 'key' ? 'K' : 'O'),
        tupleBytes(message.old.values),
      );
    case 'truncate':
      return join(
        'T',
        u32(message.relationOids.length),
        u8((message.cascade ? 1 : 0) | (message.restartIdentity ? 2 : 0)),
        ...message.relationOids.map(u32),
      );
    case 'message':
      return join(
        'M',
        u8(message.transactional ? 1 : 0),
        u64(message.lsn),
        text(message.prefix),
        u32(message.content.length),
        Buffer.from(message.content),
      );
  }
}

function tupleBytes(values: readonly ColumnText[]): Buffer {
  return Buffer.concat([
    u16(values.length),
    ...values.map((value) => {
      if (value === null || value === UNCHANGED_TOAST) {
        return Buffer.from(value === null ? 'n' : 'u');
      }
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from('t'), u32(bytes.length), bytes]);
    }),
  ]);
}

function join(tag: string, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(tag), ...parts]);
}

function u8(value: number): Buffer {
  return Buffer.from([value]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function time(microsSince1970: bigint): Buffer {
  return u64(BigInt.asUintN(64, microsSince1970 - 946_684_800_000_000n));
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value), Buffer.from([0])]);
}
