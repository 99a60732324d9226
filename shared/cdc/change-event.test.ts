import { describe, expect, it } from 'vitest';
import { readChange } from './change-event.ts';

const envelope = {
  before: null,
  after: { order_id: 1, total_amount: '12.50' },
  source: {
    version: '3.7.0.Final',
    connector: 'postgresql',
    name: 'ecommerce',
    ts_ms: 1_795_393_909_282,
    snapshot: null,
    db: 'shop',
    sequence: '["24023119","24023128"]',
    schema: 'public',
    table: 'orders',
    txId: 555,
    lsn: 24_023_128,
    xmin: null,
  },
  transaction: null,
  op: 'c',
  ts_ms: 1_795_393_909_294,
};

function read(value: unknown, headers: Record<string, string> = {}) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
  const pairs = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  return readChange({ key: null, value: bytes, headers: pairs });
}

describe('reading a change', () => {
  it('takes an envelope of debezium, whose commit is known only by the one before it', () => {
    expect(read(envelope)).toEqual({
      kind: 'change',
      change: {
        table: 'orders',
        op: 'c',
        before: null,
        after: { order_id: 1, total_amount: '12.50' },
        commitAt: 1_795_393_909_282,
        lsn: 24_023_128n,
        commitLsn: 24_023_119n,
        txIndex: null,
      },
    });
  });

  it('takes the identity of a change from our headers', () => {
    expect(read(envelope, { commit_lsn: '18446744073709551615', tx_index: '4' })).toMatchObject({
      change: { commitLsn: 18_446_744_073_709_551_615n, txIndex: 4 },
    });
  });

  it('takes the place of a snapshot row, and of no other, from the header of its connector', () => {
    const header = { snapshot_lsn: '24023000' };
    expect(read({ ...envelope, op: 'r' }, header)).toMatchObject({ change: { lsn: 24_023_000n } });
    expect(read(envelope, header)).toMatchObject({ change: { lsn: 24_023_128n } });
  });

  it('takes the wrapper of converters with schemas', () => {
    expect(read({ schema: { type: 'struct' }, payload: envelope })).toEqual(read(envelope));
    expect(read({ schema: { type: 'struct' }, payload: null })).toEqual({ kind: 'tombstone' });
  });

  it('keeps positions beyond 2^53 exact, with and without a sequence', () => {
    const source = { ...envelope.source, sequence: '[null,"9223372036854775807"]', lsn: 0 };
    expect(read({ ...envelope, source })).toMatchObject({ change: { lsn: 9_223_372_036_854_775_807n } });
    const text = JSON.stringify({ ...envelope, source: { ...envelope.source, sequence: null, lsn: 7 } });
    expect(read(text.replace('"lsn":7', '"lsn":9007199254740993'))).toMatchObject({
      change: { lsn: 9_007_199_254_740_993n, commitLsn: 9_007_199_254_740_993n },
    });
  });

  it.each([
    ['no value', null],
    ['an empty value', Buffer.alloc(0)],
    ['JSON null', Buffer.from('null')],
  ])('takes %s as a tombstone', (_, value) => {
    expect(readChange({ key: null, value, headers: [] })).toEqual({ kind: 'tombstone' });
  });

  it.each<[string, unknown, string]>([
    ['text', 'not json', 'value is not JSON'],
    ['a list', '[]', 'value is not a JSON object'],
    ['an unknown op', { ...envelope, op: 'x' }, 'op must be one of c, u, d, r, t, got "x"'],
    ['a logical message', { ...envelope, op: 'm' }, 'op must be one of'],
    ['no source', { ...envelope, source: undefined }, 'source must be an object'],
    [
      'no table',
      { ...envelope, source: { ...envelope.source, table: 7 } },
      'source.table must be a name, got 7',
    ],
    [
      'no time',
      { ...envelope, source: { ...envelope.source, ts_ms: '1' } },
      'source.ts_ms must be whole milliseconds',
    ],
    [
      'no position',
      { ...envelope, source: { ...envelope.source, sequence: null, lsn: null } },
      'source.lsn must be',
    ],
    ['an insert without a row', { ...envelope, after: null }, 'after is missing for op c'],
    ['a delete without a row', { ...envelope, op: 'd', after: null }, 'before is missing for op d'],
    ['a row that is no object', { ...envelope, after: [1] }, 'before and after must be objects or null'],
  ])('calls %s malformed, with the reason', (_, value, reason) => {
    expect(read(value)).toEqual({ kind: 'malformed', reason: expect.stringContaining(reason) });
  });

  it('calls bytes that are not UTF-8 malformed', () => {
    expect(readChange({ key: null, value: Buffer.from([0x7b, 0xff]), headers: [] })).toEqual({
      kind: 'malformed',
      reason: 'value is not UTF-8',
    });
  });
});
