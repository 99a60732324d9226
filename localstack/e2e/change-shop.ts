import type pg from 'pg';

/** Far above every key that the shop gives out. */
const MOVED_KEY = 1_900_000_000;

/** Every way in which a shop's rows change that the simulation leaves out, each in a transaction of its own. */
const CHANGES: readonly { readonly what: string; readonly sql: readonly string[] }[] = [
  {
    what: 'a price change of 500 products in one statement',
    sql: [
      `update products set price = price + 0.01
       where product_id in (select product_id from products order by product_id limit 500)`,
    ],
  },
  {
    what: 'orders deleted with their items',
    sql: [
      `create temp table gone on commit drop as select order_id from orders where order_id % 997 = 0`,
      'delete from order_items where order_id in (select order_id from gone)',
      'delete from orders where order_id in (select order_id from gone)',
    ],
  },
  {
    what: 'an order item under another key',
    sql: [
      `update order_items set order_item_id = ${MOVED_KEY}
       where order_item_id = (select max(order_item_id) from order_items where order_item_id < ${MOVED_KEY})`,
    ],
  },
  {
    what: 'items that move to an order of another customer',
    sql: [
      `update order_items set order_id = (select max(order_id) from orders where user_id is not null)
       where order_item_id % 9973 = 0`,
    ],
  },
  {
    what: 'orders that move to another customer, or lose theirs',
    sql: [
      `update orders set user_id = case when order_id % 2 = 0 then (select min(user_id) from users) end
       where order_id % 499 = 0`,
    ],
  },
  {
    what: 'cancelled orders, and cancelled ones that are sales after all',
    sql: [
      `update orders set status = case status when 'cancelled' then 'paid' else 'cancelled' end
       where order_id % 101 = 0`,
    ],
  },
  {
    what: 'orders of another time and amount',
    sql: [
      `update orders set created_at = created_at - interval '1 day', total_amount = total_amount + 0.05
       where order_id % 103 = 0`,
    ],
  },
  {
    what: 'a row that changes often in one transaction, ending as it was deleted and made again',
    sql: [
      `insert into users (user_id, name, email) values (${MOVED_KEY}, 'Ada', 'ada@example.org')`,
      `update users set name = 'Ada L.' where user_id = ${MOVED_KEY}`,
      `delete from users where user_id = ${MOVED_KEY}`,
      `insert into users (user_id, name, email) values (${MOVED_KEY}, 'Ada Lovelace', 'ada@example.org')`,
    ],
  },
];

/** Gives how many rows were changed. @throws Error naming the change that had nothing to change */
export async function changeShop(client: pg.Client): Promise<number> {
  let changed = 0;
  for (const { what, sql } of CHANGES) {
    await client.query('begin');
    for (const statement of sql) {
      const { rowCount } = await client.query(statement);
      if (rowCount === 0) throw new Error(`the shop has no rows for: ${what}`);
      if (!statement.startsWith('create')) changed += rowCount ?? 0;
    }
    await client.query('commit');
  }
  return changed;
}
