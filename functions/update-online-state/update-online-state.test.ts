import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLmdbOnlineStore } from '../../shared/adapters/lmdb-online-store.ts';
import { type ChangeEvent, isSale, type Row, userId } from '../../shared/domain/index.ts';
import {
  createdProductCodec,
  keys,
  type OnlineStore,
  PRODUCT_FIELD,
  productCodec,
  recentFactCodec,
} from '../../shared/online/index.ts';
import { ChangeBuilder, itemRow, orderRow } from '../../shared/testing/changes.ts';
import { updateOnlineState } from './update-online-state.ts';

let folder: string;
let online: OnlineStore;
let opened = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'online-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inFreshStore<T>(work: () => Promise<T>): Promise<T> {
  online = openLmdbOnlineStore({ path: join(folder, String(opened++)) });
  try {
    return await work();
  } finally {
    await online.close();
  }
}

/** Products that a customer's facts name, sorted. */
async function productsOf(user: number): Promise<number[]> {
  const [hash = new Map()] = await online.read([keys.userRecent(userId(user))]);
  return [...hash.values()].map((text) => recentFactCodec.decode(text).productId).sort((a, b) => a - b);
}

const apply = (...changes: ChangeEvent[]) => updateOnlineState(changes, { online });

describe('updateOnlineState', () => {
  it.each(['order first', 'item first'])(
    'completes a fact whichever side arrives last: %s',
    async (which) => {
      await inFreshStore(async () => {
        const db = new ChangeBuilder();
        const order = db.insert('orders', orderRow(1));
        const item = db.insert('order_items', itemRow(11, 1, { product_id: 17 }));
        for (const change of which === 'order first' ? [order, item] : [item, order]) await apply(change);
        expect(await productsOf(1)).toEqual([17]);
      });
    },
  );

  it.each(['10', '2026-11-23', 'soon'])('refuses %j as a time, as the lake does', async (created_at) => {
    await inFreshStore(async () => {
      const change = new ChangeBuilder().insert('orders', orderRow(1, { created_at }));
      await expect(apply(change)).rejects.toThrow(/created_at must be a time/);
    });
  });

  it('takes a cancelled order out of the history and puts it back when it is paid after all', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      const paid = orderRow(1);
      const cancelled = orderRow(1, { status: 'cancelled' });
      await apply(db.insert('orders', paid), db.insert('order_items', itemRow(11, 1)));
      await apply(db.update('orders', paid, cancelled));
      expect(await productsOf(1)).toEqual([]);
      await apply(db.update('orders', cancelled, paid));
      expect(await productsOf(1)).toEqual([7]);
    });
  });

  it('leaves the facts with a customer who gives an order away and gets it back within one batch', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      const theirs = orderRow(1, { user_id: 2 });
      await apply(db.insert('orders', orderRow(1)), db.insert('order_items', itemRow(11, 1)));
      await apply(db.update('orders', orderRow(1), theirs), db.update('orders', theirs, orderRow(1)));
      expect([await productsOf(1), await productsOf(2)]).toEqual([[7], []]);
    });
  });

  it('moves the facts of an order that is handed to another customer', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      await apply(db.insert('orders', orderRow(1)), db.insert('order_items', itemRow(11, 1)));
      await apply(db.update('orders', orderRow(1), orderRow(1, { user_id: 2 })));
      expect([await productsOf(1), await productsOf(2)]).toEqual([[], [7]]);
    });
  });

  it('gives a guest order to nobody', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      await apply(
        db.insert('orders', orderRow(1, { user_id: null })),
        db.insert('order_items', itemRow(11, 1)),
      );
      expect(await productsOf(1)).toEqual([]);
    });
  });

  it('keeps stock and activity of a product, and forgets a deleted one', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      const row = { product_id: 7, name: 'Lamp', category: 'Home', price: '19.90', stock: 3, active: true };
      const read = async () => (await online.read(['product:7']))[0]?.get(PRODUCT_FIELD);
      await apply(db.insert('products', row), db.update('products', row, { ...row, stock: 0 }));
      expect(productCodec.decode((await read()) ?? '')).toMatchObject({
        stock: 0,
        active: true,
        price: '19.90',
      });
      await apply(db.delete('products', row));
      expect(await read()).toBeUndefined();
    });
  });

  it('remembers when a product was created, in which month, and not of those that were there before', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder(Date.UTC(2026, 9, 31, 23));
      const later = new ChangeBuilder(Date.UTC(2026, 10, 1));
      const row = (product_id: number) => {
        return { product_id, name: 'Lamp', category: 'Home', price: '19.90', stock: 3, active: true };
      };
      const changes = [
        db.change('products', 'r', null, row(6)),
        db.insert('products', row(7)),
        later.update('products', row(7), { ...row(7), stock: 0 }),
        later.insert('products', row(8)),
      ];
      await apply(...changes);
      await apply(...changes);
      const months = await online.read(['index:products-created:2026-10', 'index:products-created:2026-11']);
      const createdIn = months.map((month) =>
        [...month].map(([id, text]) => [id, createdProductCodec.decode(text).createdAt]),
      );
      expect(createdIn).toEqual([[['7', Date.UTC(2026, 9, 31, 23)]], [['8', Date.UTC(2026, 10, 1)]]]);
    });
  });

  it('refuses a change that is no row of its table, naming the column', async () => {
    await inFreshStore(async () => {
      const db = new ChangeBuilder();
      await expect(apply(db.insert('orders', orderRow(1, { created_at: 'soon' })))).rejects.toThrow(
        'created_at',
      );
    });
  });

  it('agrees with the tables after any history, in any interleaving of the topics, with replays', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.infiniteStream(fc.nat()),
        async (steps, dice) => {
          await inFreshStore(async () => {
            const { topics, expected } = runHistory(steps);
            for (const change of interleave(topics, dice)) await apply(change);
            for (const topic of topics) await apply(...topic);
            for (const user of [1, 2]) expect(await productsOf(user)).toEqual(expected(user));
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});

type Step = {
  kind: 'order' | 'item' | 'status' | 'owner' | 'drop-item' | 'drop-order';
  order: number;
  item: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('order', 'item', 'item', 'status', 'owner', 'drop-item', 'drop-order'),
  order: fc.integer({ min: 1, max: 3 }),
  item: fc.integer({ min: 1, max: 5 }),
});

/** Runs the steps on two tables in memory; the change events come in two topics, as they would from the database. */
function runHistory(steps: readonly Step[]) {
  const db = new ChangeBuilder();
  const orders = new Map<number, Row>();
  const items = new Map<number, Row>();
  const topics: [ChangeEvent[], ChangeEvent[]] = [[], []];
  for (const { kind, order, item } of steps) {
    const orderBefore = orders.get(order);
    const itemBefore = items.get(item);
    if (kind === 'order' && orderBefore === undefined) {
      orders.set(order, orderRow(order));
      topics[0].push(db.insert('orders', orderRow(order)));
    } else if ((kind === 'status' || kind === 'owner') && orderBefore !== undefined) {
      const after =
        kind === 'status'
          ? { ...orderBefore, status: isSale(orderBefore.status) ? 'cancelled' : 'paid' }
          : { ...orderBefore, user_id: orderBefore.user_id === 1 ? 2 : 1 };
      orders.set(order, after);
      topics[0].push(db.update('orders', orderBefore, after));
    } else if (kind === 'drop-order' && orderBefore !== undefined) {
      orders.delete(order);
      topics[0].push(db.delete('orders', orderBefore));
    } else if (kind === 'item') {
      const after = itemRow(item, order, { product_id: 10 + item });
      items.set(item, after);
      topics[1].push(
        itemBefore === undefined
          ? db.insert('order_items', after)
          : db.update('order_items', itemBefore, after),
      );
    } else if (kind === 'drop-item' && itemBefore !== undefined) {
      items.delete(item);
      topics[1].push(db.delete('order_items', itemBefore));
    }
  }
  const expected = (user: number) =>
    [...items.values()]
      .filter((item) => {
        const order = orders.get(item.order_id as number);
        return order?.user_id === user && isSale(order.status);
      })
      .map((item) => item.product_id as number)
      .sort((a, b) => a - b);
  return { topics, expected };
}

/** Keeps the order within each topic, as a partition does. */
function* interleave(topics: readonly ChangeEvent[][], dice: Iterator<number>): Generator<ChangeEvent> {
  const queues = topics.map((topic) => [...topic]);
  for (;;) {
    const open = queues.filter((queue) => queue.length > 0);
    if (open.length === 0) return;
    yield open[(dice.next().value as number) % open.length]?.shift() as ChangeEvent;
  }
}
