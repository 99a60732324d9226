import type { BatchRow } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, type Schema, schemaOf } from '../schema/schema.ts';

export const SALES: Schema = schemaOf(
  field('shop', 'string'),
  field('day', 'date'),
  field('id', 'integer'),
  field('note', 'string'),
  field('total', 'decimal(20,4)'),
  field('at', 'timestamp'),
);

/** Several rows a shop and day; `total` and `at` differ in each. */
export function sale(id: number, changed: BatchRow = {}): BatchRow {
  return {
    shop: SHOPS[id % SHOPS.length] ?? null,
    day: 20_000 + (id % 3),
    id,
    note: id % 4 === 0 ? null : `note ${id} 😀`,
    total: `${id % 2 === 0 ? '-' : ''}${id}.0001`,
    at: BigInt(id) * 1_000_001n - 5_000_000n,
    ...changed,
  };
}

const SHOPS: readonly (string | null)[] = ['a', 'a/b c', '100% = ünï?#', 'it\'s "x"', null, '😀\\:*', '+%20'];

export const salesFrom = (first: number, count: number): BatchRow[] =>
  Array.from({ length: count }, (_, offset) => sale(first + offset));

export const idIs = (value: number): Predicate => ({ op: '=', column: 'id', value });
export const idFrom = (value: number): Predicate => ({ op: '>=', column: 'id', value });

export const SALES_QUERIES: readonly Predicate[] = [
  idIs(5),
  idFrom(12),
  { op: 'is-null', column: 'note' },
  {
    op: 'and',
    of: [
      { op: '>', column: 'total', value: '3.0001' },
      { op: '<', column: 'at', value: 5_000_000n },
    ],
  },
];

export const PARTITIONED_QUERIES: readonly Predicate[] = [
  ...SALES_QUERIES,
  { op: 'is-null', column: 'shop' },
  { op: '<=', column: 'day', value: 20_001 },
];

export const SHOP_QUERIES = SHOPS.filter((shop) => shop !== null).map(
  (value): Predicate => ({ op: '=', column: 'shop', value }),
);
