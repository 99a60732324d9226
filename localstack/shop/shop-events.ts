import {
  centsOf,
  type Money,
  moneyOfCents,
  type OrderId,
  type ProductId,
  type UserId,
} from '../../shared/domain/index.ts';
import { chooseCustomer } from './choose-order.ts';
import { inTransaction, type SqlClient } from './insert-rows.ts';
import { inventPerson } from './people.ts';
import type { OrderOutcome, OrderRequest } from './place-order.ts';
import type { Random } from './random.ts';
import type { OrderStatus } from './rows.ts';

/** Something that happened in the shop, in one transaction. */
export type ShopEvent =
  | { readonly type: 'order'; readonly request: OrderRequest; readonly result: OrderOutcome }
  | { readonly type: 'status'; readonly orderId: OrderId; readonly status: OrderStatus }
  | { readonly type: 'purge'; readonly orderId: OrderId }
  | { readonly type: 'restock'; readonly productId: ProductId; readonly stock: number }
  | { readonly type: 'price'; readonly productId: ProductId; readonly price: Money }
  | { readonly type: 'signup'; readonly userId: UserId }
  | { readonly type: 'visit'; readonly userId: UserId };

/** What happens besides ordering, and how often per order: between them all tables are inserted into, updated and deleted from. */
export const SIDE_EVENTS: readonly {
  readonly chance: number;
  /** null where the shop has nothing that it could happen to. */
  readonly run: (client: SqlClient, random: Random) => Promise<ShopEvent | null>;
}[] = [
  { chance: 0.5, run: advanceOrder },
  { chance: 0.05, run: cancelOrder },
  { chance: 0.03, run: purgeUnpaidOrder },
  { chance: 0.1, run: restock },
  { chance: 0.04, run: changePrice },
  { chance: 0.04, run: signUp },
  { chance: 0.2, run: visit },
];

const NEXT_STATUS = { pending: 'paid', paid: 'shipped', shipped: 'completed' } as const;
const CANDIDATES = 30;

/** Pays, ships or completes one of the orders that have waited longest. */
async function advanceOrder(client: SqlClient, random: Random): Promise<ShopEvent | null> {
  const { rows } = await client.query<{ id: OrderId; status: keyof typeof NEXT_STATUS }>(
    `select order_id as id, status from orders where status in ('pending', 'paid', 'shipped')
     order by created_at, order_id limit ${CANDIDATES}`,
  );
  if (rows.length === 0) return null;
  const { id, status } = random.pick(rows);
  const { rowCount } = await client.query(
    'update orders set status = $3 where order_id = $1 and status = $2',
    [id, status, NEXT_STATUS[status]],
  );
  return rowCount === 0 ? null : { type: 'status', orderId: id, status: NEXT_STATUS[status] };
}

/** Cancels one of the latest orders; its goods go back into stock. */
export async function cancelOrder(client: SqlClient, random: Random): Promise<ShopEvent | null> {
  const { rows } = await client.query<{ id: OrderId }>(
    `select order_id as id from orders where status <> 'cancelled' order by created_at desc, order_id desc limit ${CANDIDATES}`,
  );
  if (rows.length === 0) return null;
  const { id } = random.pick(rows);
  return inTransaction(client, async () => {
    if (!(await lockOrder(client, id, `status <> 'cancelled'`))) return null;
    await returnToStock(client, id);
    await client.query(`update orders set status = 'cancelled' where order_id = $1`, [id]);
    return { type: 'status', orderId: id, status: 'cancelled' };
  });
}

/** Deletes the oldest order that was never paid, with its items. */
export async function purgeUnpaidOrder(client: SqlClient): Promise<ShopEvent | null> {
  const { rows } = await client.query<{ id: OrderId }>(
    `select order_id as id from orders where status = 'pending' order by created_at, order_id limit 1`,
  );
  const id = rows[0]?.id;
  if (id === undefined) return null;
  return inTransaction(client, async () => {
    if (!(await lockOrder(client, id, `status = 'pending'`))) return null;
    await returnToStock(client, id);
    await client.query('delete from order_items where order_id = $1', [id]);
    await client.query('delete from orders where order_id = $1', [id]);
    return { type: 'purge', orderId: id };
  });
}

/** An order before its products, by everybody: two that are at one order cannot wait for each other. False where it is not so any more. */
async function lockOrder(client: SqlClient, id: OrderId, condition: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from orders where order_id = $1 and ${condition} for update`,
    [id],
  );
  return rowCount === 1;
}

/** Products in the order of their ids, as an order that is placed locks them. */
async function returnToStock(client: SqlClient, id: OrderId): Promise<void> {
  await client.query(
    `select from products where product_id in (select product_id from order_items where order_id = $1)
     order by product_id for no key update`,
    [id],
  );
  await client.query(
    `update products set stock = stock + returned.quantity
     from (select product_id, sum(quantity)::integer as quantity from order_items where order_id = $1 group by product_id) returned
     where products.product_id = returned.product_id`,
    [id],
  );
}

/** Refills one of the products that are nearest to running out. */
async function restock(client: SqlClient, random: Random): Promise<ShopEvent | null> {
  const { rows } = await client.query<{ id: ProductId }>(
    `select product_id as id from products where active order by stock, product_id limit ${CANDIDATES}`,
  );
  if (rows.length === 0) return null;
  const { id } = random.pick(rows);
  const updated = await client.query<{ stock: number }>(
    'update products set stock = stock + $2 where product_id = $1 returning stock',
    [id, random.integer(50, 200)],
  );
  return { type: 'restock', productId: id, stock: updated.rows[0]?.stock ?? 0 };
}

/** Up or down by up to a tenth, at least to one cent. */
async function changePrice(client: SqlClient, random: Random): Promise<ShopEvent | null> {
  const { rows } = await client.query<{ id: ProductId; price: Money }>(
    'select product_id as id, price from products where active order by product_id',
  );
  if (rows.length === 0) return null;
  const { id, price } = random.pick(rows);
  const cents = Math.max(1, Math.round(Number(centsOf(price)) * random.between(0.9, 1.1)));
  const changed = moneyOfCents(BigInt(cents));
  await client.query('update products set price = $2 where product_id = $1', [id, changed]);
  return { type: 'price', productId: id, price: changed };
}

async function signUp(client: SqlClient, random: Random): Promise<ShopEvent> {
  const { rows } = await client.query<{ id: UserId }>(
    `select nextval(pg_get_serial_sequence('users', 'user_id'))::integer as id`,
  );
  const id = rows[0]?.id as UserId;
  const { name, email } = inventPerson(random, id);
  await client.query('insert into users (user_id, name, email, last_login) values ($1, $2, $3, now())', [
    id,
    name,
    email,
  ]);
  return { type: 'signup', userId: id };
}

async function visit(client: SqlClient, random: Random): Promise<ShopEvent | null> {
  const customer = await chooseCustomer(client, random);
  if (customer === null) return null;
  await client.query('update users set last_login = now() where user_id = $1', [customer]);
  return { type: 'visit', userId: customer };
}
