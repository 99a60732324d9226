import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChangeEvent, epochMillis } from '../domain/index.ts';
import { type BatchRow, rowsOfBatch } from '../lake/index.ts';
import { memoryObjectStore } from '../lake/store/memory-object-store.ts';
import { countingEnvironment, rowsOf } from '../lake/testing.ts';
import { openTable } from '../lake/write/table.ts';
import { rawTable } from './catalogue.ts';
import { type PositionedChange, rawBatch } from './raw-batch.ts';
import { SHOP_TABLES } from './shop-tables.ts';

const ORDER = {
  order_id: 7,
  user_id: 42,
  total_amount: '12.5',
  status: 'paid',
  created_at: '2026-11-22T10:00:00.500000Z',
};

function change(overrides: Partial<ChangeEvent> = {}, offset = 3): PositionedChange {
  return {
    change: {
      table: 'orders',
      op: 'c',
      before: null,
      after: ORDER,
      commitAt: epochMillis(1_795_393_913_764),
      lsn: 9007199254740993n,
      commitLsn: 9007199254740999n,
      txIndex: 2,
      ...overrides,
    },
    position: { topic: 'ecommerce.public.orders', partition: 1, offset },
  };
}

const SOURCE_COLUMNS = {
  _ts: 1_795_393_913_764_000n,
  _commit_lsn: 9007199254740999n,
  _lsn: 9007199254740993n,
  _tx_index: 2,
  _topic: 'ecommerce.public.orders',
  _partition: 1,
  _offset: 3n,
};

const onlyRow = (changes: readonly PositionedChange[]): BatchRow | undefined => {
  const { batch, rejected } = rawBatch('orders', changes);
  expect(rejected).toEqual([]);
  return rowsOfBatch(batch)[0];
};

describe('a row of raw/orders', () => {
  const columns = { ...ORDER, created_at: 1_795_341_600_500_000n };

  it.each(['c', 'u', 'r'] as const)('of operation %s is the row after the change', (op) => {
    expect(onlyRow([change({ op })])).toEqual({ ...columns, _op: op, ...SOURCE_COLUMNS });
  });

  it('of a delete is the row before it', () => {
    expect(onlyRow([change({ op: 'd', before: ORDER, after: null })])).toEqual({
      ...columns,
      _op: 'd',
      ...SOURCE_COLUMNS,
    });
  });

  it('of a truncate is no row at all, only its position', () => {
    const row = onlyRow([change({ op: 't', after: null })]);
    expect(row).toEqual({
      order_id: null,
      user_id: null,
      total_amount: null,
      status: null,
      created_at: null,
      _op: 't',
      ...SOURCE_COLUMNS,
    });
  });

  it('may lack what the source does not tell, and what is null', () => {
    const row = onlyRow([change({ txIndex: null, after: { ...ORDER, user_id: null } })]);
    expect(row).toMatchObject({ _tx_index: null, user_id: null });
  });

  it('takes a large value that was left as it was from the row before', () => {
    const unchanged = { ...ORDER, status: '__debezium_unavailable_value' };
    expect(onlyRow([change({ op: 'u', before: ORDER, after: unchanged })])).toMatchObject({ status: 'paid' });
  });
});

describe('a change that does not fit', () => {
  it.each<[string, Partial<ChangeEvent>, string]>([
    [
      'amount as a number',
      { after: { ...ORDER, total_amount: 12.5 } },
      'column total_amount must be decimal(10,2), got 12.5',
    ],
    [
      'amount with three digits',
      { after: { ...ORDER, total_amount: '1.005' } },
      'total_amount must be decimal(10,2)',
    ],
    [
      'amount too large',
      { after: { ...ORDER, total_amount: '100000000.00' } },
      'total_amount must be decimal(10,2)',
    ],
    [
      'id beyond 32 bits',
      { after: { ...ORDER, order_id: 2 ** 31 } },
      'column order_id must be integer, got 2147483648',
    ],
    ['id as text', { after: { ...ORDER, order_id: '7' } }, 'column order_id must be integer, got "7"'],
    [
      'time without zone',
      { after: { ...ORDER, created_at: '2026-11-22T10:00:00' } },
      'created_at must be timestamp',
    ],
    ['status as object', { after: { ...ORDER, status: {} } }, 'column status must be string, got {}'],
    ['no key', { after: { ...ORDER, order_id: null } }, 'key column order_id is null'],
    ['a missing column', { after: { order_id: 7 } }, 'column user_id must be integer, got nothing'],
    ['no row after an insert', { after: null }, 'operation c has no row after it'],
    ['no row before a delete', { op: 'd', after: null }, 'operation d has no row before it'],
    ['another table', { table: 'users' }, 'the change is of table users, not orders'],
    [
      'a value that no one captured',
      { op: 'u', after: { ...ORDER, status: '__debezium_unavailable_value' } },
      'status must be string',
    ],
  ])('(%s) is rejected with the reason', (_, overrides, reason) => {
    const { batch, rejected } = rawBatch('orders', [change(overrides)]);
    expect(batch.rowCount).toBe(0);
    expect(rejected).toEqual([{ index: 0, reason: expect.stringContaining(reason) }]);
  });

  it('names a column that the table does not have, and keeps the row', () => {
    const { batch, rejected, unknownColumns } = rawBatch('orders', [
      change({ after: { ...ORDER, coupon: 'X' } }),
    ]);
    expect([batch.rowCount, rejected, unknownColumns]).toEqual([1, [], ['coupon']]);
  });

  it('does not take its neighbours with it, nor leave parts of itself in their rows', () => {
    const half = { ...ORDER, order_id: 99, created_at: 'never' };
    const changes = [
      change({}, 1),
      change({ after: half }, 2),
      change({ after: { ...ORDER, order_id: 8 } }, 3),
    ];
    const { batch, rejected } = rawBatch('orders', changes);
    expect(rejected.map(({ index }) => index)).toEqual([1]);
    expect(rowsOfBatch(batch).map((row) => [row.order_id, row._offset])).toEqual([
      [7, 1n],
      [8, 3n],
    ]);
  });
});

describe('whatever a topic holds', () => {
  const anyValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue(),
    fc.integer(),
    fc.constantFrom('1.50', ORDER.created_at),
  );
  const names = [
    'order_id',
    'user_id',
    'name',
    'price',
    'status',
    'created_at',
    'total_amount',
    'quantity',
    'x',
  ];
  const anyRow = fc.option(fc.dictionary(fc.constantFrom(...names), anyValue));
  const plausible = fc.record({
    order_id: fc.oneof(fc.integer({ min: 1, max: 99 }), anyValue),
    user_id: fc.constantFrom(1, null),
    total_amount: fc.oneof(fc.constant('1.50'), anyValue),
    status: fc.oneof(fc.string({ unit: 'binary' }), anyValue),
    created_at: fc.constant(ORDER.created_at),
  });
  const anyChange = fc.record({
    op: fc.constantFrom('c', 'u', 'd', 'r', 't'),
    before: fc.oneof(anyRow, plausible),
    after: fc.oneof(anyRow, plausible),
    lsn: fc.bigInt(0n, 2n ** 64n),
  });

  it('every change is a row or a reason, and the lake takes every row as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChange, { minLength: 1, maxLength: 20 }), async (overrides) => {
        const changes = overrides.map((override, offset) => change(override as Partial<ChangeEvent>, offset));
        const { batch, rejected } = rawBatch('orders', changes);
        expect(batch.rowCount + rejected.length).toBe(changes.length);
        const store = memoryObjectStore();
        const { schema, name } = rawTable('orders');
        const written = await openTable(store, name, countingEnvironment()).append({
          schema,
          batches: [batch],
        });
        if (written.outcome !== 'committed') throw new Error('not committed');
        const normal = rowsOfBatch(batch).map(({ total_amount: _, ...row }) => row);
        expect((await rowsOf(store, written.snapshot)).map(({ total_amount: _, ...row }) => row)).toEqual(
          normal,
        );
      }),
      { numRuns: 200 },
    );
  });
});

it('every shop table has a raw table that begins with its columns and ends with where the change came from', () => {
  for (const table of SHOP_TABLES) {
    const { schema, primaryKey } = rawTable(table);
    expect(schema.fields.every((column) => column.nullable)).toBe(true);
    expect(schema.fields.slice(-8).map((column) => column.name)).toEqual([
      '_op',
      ...Object.keys(SOURCE_COLUMNS),
    ]);
    expect(primaryKey).toEqual(['_topic', '_partition', '_offset']);
  }
});
