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

export function sumOfCounts(counts: readonly ChangeCounts[]): ChangeCounts {
  const sumOf = (table: ChangedTable, op: 'c' | 'u' | 'd') =>
    counts.reduce((sum, { [table]: of }) => sum + of[op], 0);
  const ofTable = (table: ChangedTable) => ({
    c: sumOf(table, 'c'),
    u: sumOf(table, 'u'),
    d: sumOf(table, 'd'),
  });
  return { orders: ofTable('orders'), order_items: ofTable('order_items') };
}

/** Customers and products for orders to refer to; orders and their items are empty. */
export async function prepareShop(client: pg.Client): Promise<void> {
  await applySchema(client);
  await client.query(`
    insert into users (name, email) select 'Customer ' || i, 'customer' || i || '@shop.example'
      from generate_series(1, ${USERS}) i;
    insert into products (name, price, category, stock)
      select 'Product ' || i, (i % 9973) / 100.0, 'category ' || i % 40, 1000 from generate_series(1, ${PRODUCTS}) i`);
}

/** Ids of each writer's own rows begin so far apart. */
const IDS_PER_WRITER = 100_000_000;

/**
 * Changes of orders and order items in transactions of 1 to 1,000 rows, as many small as large ones by their logarithm. One
 * statement makes all rows of its kind, so that the database has little to do beside storing them. Each writer changes rows of
 * its own, so any number may work at a time.
 */
export class ShopWriter {
  readonly #client: pg.Client;
  readonly #random: Random;
  readonly #firstId: number;
  readonly #counts = { orders: { c: 0, u: 0, d: 0 }, order_items: { c: 0, u: 0, d: 0 } };
  transactions = 0;

  constructor(client: pg.Client, random: Random, index: number) {
    this.#client = client;
    this.#random = random;
    this.#firstId = 1 + index * IDS_PER_WRITER;
  }

  get counts(): ChangeCounts {
    return this.#counts;
  }

  /** How many rows the next transaction is to have. */
  drawRows(most: number): number {
    return Math.min(most, Math.round(LARGEST_TRANSACTION ** this.#random.next()));
  }

  /** One transaction of so many changes, committed when it returns. */
  async commit(rows: number): Promise<void> {
    const kind = this.#random.next() * 100;
    const { orders, order_items } = this.#counts;
    const hasEnough = order_items.c - order_items.d > 2 * rows && orders.c > 2 * rows;
    if (hasEnough && kind < UPDATES_ORDERS) {
      await this.#client.query(
        `update orders set status = case status when 'pending' then 'paid' when 'paid' then 'shipped' else 'completed' end
         where order_id ${this.#someOf(0, orders.c, rows)}`,
      );
      orders.u += rows;
    } else if (hasEnough && kind < UPDATES_ORDERS + UPDATES_ITEMS) {
      await this.#client.query(
        `update order_items set quantity = quantity % 9 + 1
         where order_item_id ${this.#someOf(order_items.d, order_items.c, rows)}`,
      );
      order_items.u += rows;
    } else if (hasEnough && kind < UPDATES_ORDERS + UPDATES_ITEMS + DELETES_ITEMS) {
      await this.#client.query(
        `delete from order_items where order_item_id ${this.#ids(order_items.d, rows)}`,
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
    const firstOrder = this.#firstId + orders.c;
    const firstItem = this.#firstId + order_items.c;
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

  /** A run of `rows` of the rows numbered from `first` to below `end`. */
  #someOf(first: number, end: number, rows: number): string {
    return this.#ids(first + Math.floor(this.#random.next() * (end - first + 1 - rows)), rows);
  }

  #ids(first: number, rows: number): string {
    const from = this.#firstId + first;
    return `between ${from} and ${from + rows - 1}`;
  }
}
