import { readFile } from 'node:fs/promises';
import { PlatformError } from '../../shared/errors.ts';
import {
  continueNumbering,
  insertRows,
  inTransaction,
  ORDER_ITEMS,
  ORDERS,
  PRODUCTS,
  type SqlClient,
  USERS,
} from './insert-rows.ts';
import type { ShopRows } from './rows.ts';

/** Creates what schema.sql names and the database lacks. */
export async function applySchema(client: SqlClient): Promise<void> {
  await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
}

/**
 * Loads a whole shop into the empty tables, all of it or nothing.
 * @throws PlatformError `shop_not_empty`
 */
export async function loadShop(client: SqlClient, rows: ShopRows): Promise<void> {
  await requireEmptyShop(client);
  await inTransaction(client, async () => {
    await insertRows(client, USERS, rows.users);
    await insertRows(client, PRODUCTS, rows.products);
    await insertRows(client, ORDERS, rows.orders);
    await insertRows(client, ORDER_ITEMS, rows.orderItems);
    await continueNumbering(client);
  });
  await client.query('analyze users, products, orders, order_items');
}

/** Whether the shop has any row; a shop that does is kept as it is by a second start. */
export async function isShopEmpty(client: SqlClient): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(
    'select not (exists (select from users) or exists (select from products) or exists (select from orders)) as empty',
  );
  return rows[0]?.empty ?? true;
}

/** @throws PlatformError `shop_not_empty` */
export async function requireEmptyShop(client: SqlClient): Promise<void> {
  if (await isShopEmpty(client)) return;
  throw new PlatformError(
    'shop_not_empty',
    'the shop already has data; run `npm run reset` to start with another one',
  );
}
