import type pg from 'pg';
import { applySchema, type Random } from '../shop/index.ts';

const USERS = 10_000;
const PRODUCTS = 2_000;
const ITEMS_PER_ORDER = 4;
const LARGEST_TRANSACTION = 1_000;
/** Of a hundred transactions; the others insert orders with their items. */
const [UPDATES_ORDERS, UPDATES_ITEMS, DELETES_ITEMS] = [12, 8, 3];

export type ChangedTable = 'orders' | 'order_items';

/** Changes made so far, by table and by operation as the lake names it. */
export type ChangeCounts = Readonly<Record<ChangedTable, Readonly<Record<'c' | 'u' | 'd', number>>>>;

/** Customers and products for orders to refer to; orders and their items are empty. */
export async function prepareShop(client: pg.Client): Promise<void> {
  await applySchema(client);
  await client.query(`
    insert into users (name, email) select 'Customer ' || i, 'customer' || i || '@shop.example'
      from generate_series(1, ${USERS}) i;
    insert into products (name, price, category, stock)
      select 'Product ' || i, (i % 9973) / 100.0, 'category ' || i % 40, 1000 from generate_series(1, ${PRODUCTS}) i`);
}

/**
 * Changes of orders and order items in transactions of 1 to 1,000 rows, as many small as large ones by their logarithm. One
 * statement makes all rows of its kind, so that the database has little to do beside storing them.
 */
export class ShopWorkload {
  readonly #client: pg.Client;
  readonly #random: Random;
  readonly #counts = { orders: { c: 0, u: 0, d: 0 }, order_items: { c: 0, u: 0, d: 0 } };
  transactions = 0;

  constructor(client: pg.Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  get counts(): ChangeCounts {
    return this.#counts;
  }

  get changes(): number {
    const { orders, order_items } = this.#counts;
    return orders.c + orders.u + orders.d + order_items.c + order_items.u + order_items.d;
  }

  /** One transaction of at most `most` changes, committed when it returns. */
  async commitNext(most: number): Promise<void> {
    const rows = Math.min(most, Math.round(LARGEST_TRANSACTION ** this.#random.next()));
    const kind = this.#random.next() * 100;
    const { orders, order_items } = this.#counts;
    const oldestItem = order_items.d + 1;
    const hasEnough = order_items.c - order_items.d > 2 * rows && orders.c > 2 * rows;
    if (hasEnough && kind < UPDATES_ORDERS) {
      const [from, to] = this.#someOf(1, orders.c, rows);
      await this.#client.query(
        `update orders set status = case status when 'pending' then 'paid' when 'paid' then 'shipped' else 'completed' end
         where order_id between ${from} and ${to}`,
      );
      orders.u += rows;
    } else if (hasEnough && kind < UPDATES_ORDERS + UPDATES_ITEMS) {
      const [from, to] = this.#someOf(oldestItem, order_items.c, rows);
      await this.#client.query(
        `update order_items set quantity = quantity % 9 + 1 where order_item_id between ${from} and ${to}`,
      );
      order_items.u += rows;
    } else if (hasEnough && kind < UPDATES_ORDERS + UPDATES_ITEMS + DELETES_ITEMS) {
      await this.#client.query(
        `delete from order_items where order_item_id between ${oldestItem} and ${oldestItem + rows - 1}`,
      );
      order_items.d += rows;
    } else {
      await this.#insertOrders(rows);
    }
    this.transactions += 1;
  }

  async #insertOrders(rows: number): Promise<void> {
    const { orders, order_items } = this.#counts;
    const newOrders = Math.ceil(rows / (ITEMS_PER_ORDER + 1));
    const newItems = rows - newOrders;
    const [firstOrder, firstItem] = [orders.c + 1, order_items.c + 1];
    await this.#client.query(`
      begin;
      insert into orders (order_id, user_id, total_amount, status)
        select i, 1 + i % ${USERS}, (i % 100000) / 100.0, 'pending'
        from generate_series(${firstOrder}, ${firstOrder + newOrders - 1}) i;
      insert into order_items (order_item_id, order_id, product_id, quantity, price_per_unit)
        select i, ${firstOrder} + (i - ${firstItem}) / ${ITEMS_PER_ORDER}, 1 + i % ${PRODUCTS}, 1 + i % 9, (i % 5000) / 100.0
        from generate_series(${firstItem}, ${firstItem + newItems - 1}) i;
      commit`);
    orders.c += newOrders;
    order_items.c += newItems;
  }

  /** A run of `rows` ids in [first, last]. */
  #someOf(first: number, last: number, rows: number): readonly [from: number, to: number] {
    const from = first + Math.floor(this.#random.next() * (last - first + 2 - rows));
    return [from, from + rows - 1];
  }
}
