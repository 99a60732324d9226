import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { type ChangeEvent, epochMillis } from '../../shared/domain/index.ts';
import type { NewRecord } from '../../shared/kafka/index.ts';
import { keys, type OnlineStore, REVENUE_FIELDS } from '../../shared/online/index.ts';
import { ChangeBuilder, orderRow } from '../../shared/testing/changes.ts';
import { aggregateRevenue } from './aggregate-revenue.ts';

let folder: string;
let opened = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'revenue-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (minute: number) => `2026-11-23T02:${String(minute).padStart(2, '0')}:30Z`;
const windowKey = (minute: number) => keys.revenue(epochMillis(Date.parse(at(minute))), 0);

async function withShop(work: (shop: Shop) => Promise<void>) {
  const online = openLmdbOnlineStore({ path: join(folder, String(opened++)) });
  const published: NewRecord[] = [];
  const eventLog = {
    append: async (records: readonly NewRecord[]) => {
      published.push(...records);
      return [];
    },
  };
  const apply = (...changes: ChangeEvent[]) =>
    aggregateRevenue(
      changes.map((change) => ({ change, position: { topic: 'orders', partition: 0 } })),
      { online, eventLog, now: () => epochMillis(0) },
    );
  try {
    await work({ online, published, apply });
  } finally {
    await online.close();
  }
}

interface Shop {
  readonly online: OnlineStore;
  readonly published: NewRecord[];
  readonly apply: (...changes: ChangeEvent[]) => Promise<unknown>;
}

async function revenueOf(online: OnlineStore, minute: number): Promise<[cents: string, orders: string]> {
  const [hash = new Map()] = await online.read([windowKey(minute)]);
  return [hash.get(REVENUE_FIELDS.cents) ?? '0', hash.get(REVENUE_FIELDS.orders) ?? '0'];
}

describe('aggregateRevenue', () => {
  it.each(['10', '2026-11-23', 'soon'])('refuses %j as a time, as the lake does', async (created_at) => {
    await withShop(async ({ apply }) => {
      const change = new ChangeBuilder().insert('orders', orderRow(1, { created_at }));
      await expect(apply(change)).rejects.toThrow(/created_at must be a time/);
    });
  });

  it('subtracts a cancellation from the minute in which the order was booked', async () => {
    await withShop(async ({ online, apply }) => {
      const db = new ChangeBuilder();
      const order = orderRow(1, { total_amount: '12.50', created_at: at(10) });
      await apply(
        db.insert('orders', order),
        db.insert('orders', orderRow(2, { total_amount: '7.50', created_at: at(10) })),
      );
      expect(await revenueOf(online, 10)).toEqual(['2000', '2']);
      await apply(db.update('orders', order, { ...order, status: 'cancelled' }));
      expect(await revenueOf(online, 10)).toEqual(['750', '1']);
    });
  });

  it('updates the window of a late order', async () => {
    await withShop(async ({ online, apply }) => {
      const db = new ChangeBuilder();
      await apply(db.insert('orders', orderRow(1, { created_at: at(20) })));
      await apply(db.insert('orders', orderRow(2, { created_at: at(5) })));
      expect(await revenueOf(online, 5)).toEqual(['1000', '1']);
    });
  });

  it('publishes the whole value of a touched window under one key', async () => {
    await withShop(async ({ published, apply }) => {
      const db = new ChangeBuilder();
      const order = orderRow(1, { total_amount: '12.50', created_at: at(10) });
      await apply(db.insert('orders', order));
      await apply(db.delete('orders', order));
      const values = published.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()));
      expect(values).toEqual([
        { window_start: '2026-11-23T02:10:00.000Z', partition: 0, revenue: '12.50', orders: 1 },
        { window_start: '2026-11-23T02:10:00.000Z', partition: 0, revenue: '0.00', orders: 0 },
      ]);
      expect(new Set(published.map(({ key }) => Buffer.from(key ?? []).toString())).size).toBe(1);
    });
  });

  it('counts a second snapshot of the same rows once', async () => {
    await withShop(async ({ online, apply }) => {
      const db = new ChangeBuilder();
      const row = orderRow(1, { created_at: at(10) });
      await apply(db.change('orders', 'r', null, row));
      await apply(db.change('orders', 'r', null, row));
      expect(await revenueOf(online, 10)).toEqual(['1000', '1']);
    });
  });

  it('equals the sum over the table after any history with duplicates', async () => {
    const change = fc.record({
      order: fc.integer({ min: 1, max: 4 }),
      minute: fc.integer({ min: 0, max: 2 }),
      cents: fc.integer({ min: 0, max: 99_999 }),
      status: fc.constantFrom('paid', 'cancelled', 'shipped', 'pending'),
      gone: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), fc.nat(19), async (history, again) => {
        await withShop(async ({ online, apply }) => {
          const db = new ChangeBuilder();
          const table = new Map<number, ReturnType<typeof orderRow>>();
          const changes: ChangeEvent[] = [];
          for (const { order, minute, cents, status, gone } of history) {
            const before = table.get(order);
            const after = orderRow(order, {
              total_amount: (cents / 100).toFixed(2),
              status,
              created_at: at(minute),
            });
            if (before !== undefined && gone) {
              table.delete(order);
              changes.push(db.delete('orders', before));
              continue;
            }
            table.set(order, after);
            changes.push(
              before === undefined ? db.insert('orders', after) : db.update('orders', before, after),
            );
          }
          await apply(...changes);
          await apply(...changes.slice(again));
          for (const minute of [0, 1, 2]) {
            const sold = [...table.values()].filter(
              (row) => row.created_at === at(minute) && (row.status === 'paid' || row.status === 'shipped'),
            );
            const cents = sold.reduce((sum, row) => sum + Math.round(Number(row.total_amount) * 100), 0);
            expect(await revenueOf(online, minute)).toEqual([String(cents), String(sold.length)]);
          }
        });
      }),
      { numRuns: 40 },
    );
  });
});
