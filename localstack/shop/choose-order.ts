import { type ProductId, productId, SALE_STATUSES, type UserId, userId } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { SqlClient } from './insert-rows.ts';
import type { OrderRequest } from './place-order.ts';
import type { Random } from './random.ts';

const GUEST_SHARE = 0.02;
const PENDING_SHARE = 0.1;
/** Share of customers drawn evenly; the others are drawn as often as they order. */
const ANY_CUSTOMER_SHARE = 0.1;
/** Chance that a line is something the customer bought before, and that it is at least related to that. */
const REPEAT_SHARE = 0.6;
const RELATED_SHARE = 0.3;
const LONGEST_BASKET = 5;
const ANOTHER_LINE = 0.4;
/** How many rows a choice looks at: the customer's latest order lines, the latest baskets with a product. */
const ROWS_LOOKED_AT = 60;

/**
 * The next order of some customer, from what the shop knows: mostly what that customer buys anyway, otherwise what others
 * buy with it, otherwise what sells. Only products that can be bought now. Repeatable for one seed and one state of the shop.
 * @throws PlatformError `nothing_to_sell`
 */
export async function chooseOrder(client: SqlClient, random: Random): Promise<OrderRequest> {
  const customer = random.chance(GUEST_SHARE) ? null : await chooseCustomer(client, random);
  const own = customer === null ? [] : await ownProducts(client, customer);
  const products = new Set<ProductId>();
  do products.add(await chooseProduct(client, own, random));
  while (products.size < LONGEST_BASKET && random.chance(ANOTHER_LINE));
  return {
    userId: customer,
    items: [...products].map((id) => ({ productId: id, quantity: 1 + random.weighted([70, 22, 8]) })),
    status: random.chance(PENDING_SHARE) ? 'pending' : 'paid',
  };
}

/** null where the shop has no customer. */
export async function chooseCustomer(client: SqlClient, random: Random): Promise<UserId | null> {
  const [source, where] = random.chance(ANY_CUSTOMER_SHARE)
    ? ['users', '']
    : ['orders', 'and user_id is not null'];
  const key = source === 'users' ? 'user_id' : 'order_id';
  const id =
    (await nearRandomKey(client, random, source, key, 'user_id', where)) ??
    (await nearRandomKey(client, random, 'users', 'user_id', 'user_id', ''));
  return id === null ? null : userId(id);
}

async function chooseProduct(
  client: SqlClient,
  own: readonly ProductId[],
  random: Random,
): Promise<ProductId> {
  const draw = random.next();
  if (own.length > 0 && draw < REPEAT_SHARE) return random.pick(own);
  if (own.length > 0 && draw < REPEAT_SHARE + RELATED_SHARE) {
    const related = await boughtWith(client, random.pick(own));
    if (related.length > 0) return random.pick(related);
  }
  return (await sellingProduct(client, random)) ?? (await anyProduct(client, random));
}

const SELLABLE = 'products.active and products.stock >= 3';

/** One entry per order line, so that a favourite is drawn more often. */
async function ownProducts(client: SqlClient, customer: UserId): Promise<ProductId[]> {
  return await productIds(
    client,
    `select product_id as id from order_items join orders using (order_id) join products using (product_id)
     where user_id = $1 and status = any($2) and ${SELLABLE}
     order by orders.created_at desc, order_item_id limit ${ROWS_LOOKED_AT}`,
    [customer, SALE_STATUSES],
  );
}

async function boughtWith(client: SqlClient, product: ProductId): Promise<ProductId[]> {
  return await productIds(
    client,
    `select other.product_id as id
     from (select order_id from order_items where product_id = $1 order by order_id desc limit ${ROWS_LOOKED_AT}) basket
     join order_items other using (order_id) join products on products.product_id = other.product_id
     where other.product_id <> $1 and ${SELLABLE} order by other.order_item_id desc limit ${ROWS_LOOKED_AT}`,
    [product],
  );
}

/** The product of some order line: drawn as often as it sells. */
async function sellingProduct(client: SqlClient, random: Random): Promise<ProductId | null> {
  const lines = 'order_items join products using (product_id)';
  const id = await nearRandomKey(client, random, lines, 'order_item_id', 'product_id', `and ${SELLABLE}`);
  return id === null ? null : productId(id);
}

async function anyProduct(client: SqlClient, random: Random): Promise<ProductId> {
  const ids = await productIds(
    client,
    `select product_id as id from products where ${SELLABLE} order by product_id`,
    [],
  );
  if (ids.length > 0) return random.pick(ids);
  throw new PlatformError('nothing_to_sell', 'no product is active and in stock; restock one first');
}

async function productIds(client: SqlClient, sql: string, values: unknown[]): Promise<ProductId[]> {
  const { rows } = await client.query<{ id: number }>(sql, values);
  return rows.map((row) => productId(row.id));
}

/** The row at or above a random key: one index lookup, where `order by random()` would read the table. */
async function nearRandomKey(
  client: SqlClient,
  random: Random,
  source: string,
  key: string,
  wanted: string,
  where: string,
): Promise<number | null> {
  const table = source.split(' ')[0];
  const bounds = await client.query<{ low: number | null; high: number | null }>(
    `select min(${key}) as low, max(${key}) as high from ${table}`,
  );
  const { low, high } = bounds.rows[0] ?? { low: null, high: null };
  if (low === null || high === null) return null;
  const { rows } = await client.query<{ id: number }>(
    `select ${wanted} as id from ${source} where ${key} >= $1 ${where} order by ${key} limit 1`,
    [random.integer(low, high)],
  );
  return rows[0]?.id ?? null;
}
