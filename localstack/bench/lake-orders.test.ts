import { expect, it } from 'vitest';
import { batchOfRows } from '../../shared/lake/index.ts';
import { BENCH_ORDERS, idsFrom, ordersBatch, summarize } from './lake-orders.ts';

async function* each<T>(...values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

it('sums every column exactly, across batches', async () => {
  const row = { order_id: 2n ** 62n, user_id: 7, amount: '0.10', status: 'paid', placed_at: 5n, note: 'abc' };
  const batch = batchOfRows(BENCH_ORDERS, [row, { ...row, amount: '12345678.95', status: 'x', note: null }]);
  expect(await summarize(each(batch, batch))).toEqual({
    rows: 4,
    orderIds: `${2n ** 64n}`,
    userIds: '28',
    amount: '24691358.10',
    placedAt: '20',
    paid: 2,
    notes: 2,
    noteLetters: 6,
  });
});

it('tells an updated order from the one it replaces', async () => {
  const [before, after] = [ordersBatch(idsFrom(10, 3)), ordersBatch(idsFrom(10, 3), 1)];
  expect(before.columns.order_id).toEqual(BigInt64Array.of(10n, 11n, 12n));
  expect(after.columns.order_id).toEqual(before.columns.order_id);
  expect(await summarize(each(after))).not.toEqual(await summarize(each(before)));
});
