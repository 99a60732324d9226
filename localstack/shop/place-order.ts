import {
  centsOf,
  type Money,
  moneyOfCents,
  type OrderId,
  orderId,
  type ProductId,
  productId,
  type UserId,
  userId,
} from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { inTransaction, type SqlClient } from './insert-rows.ts';
import type { OrderStatus } from './rows.ts';

export interface OrderRequest {
  /** null: a guest, without an account. */
  readonly userId: UserId | null;
  /** Lines that name one product twice are added up. */
  readonly items: readonly { readonly productId: ProductId; readonly quantity: number }[];
  /** `paid` where left out. */
  readonly status?: Exclude<OrderStatus, 'cancelled'>;
  /** The database's clock where left out. */
  readonly at?: Date;
}

export interface PlacedItem {
  readonly productId: ProductId;
  readonly name: string;
  readonly quantity: number;
  readonly pricePerUnit: Money;
}

export type OrderOutcome =
  | {
      readonly outcome: 'placed';
      readonly orderId: OrderId;
      readonly total: Money;
      readonly items: readonly PlacedItem[];
    }
  | { readonly outcome: 'unknown_user'; readonly userId: UserId }
  | { readonly outcome: 'unknown_product'; readonly productId: ProductId }
  | { readonly outcome: 'inactive_product'; readonly productId: ProductId; readonly name: string }
  | {
      readonly outcome: 'out_of_stock';
      readonly productId: ProductId;
      readonly name: string;
      readonly stock: number;
      readonly wanted: number;
    };

/**
 * Places an order in one transaction: prices are the products' own, stock is counted down. A refused order changes nothing.
 * @throws PlatformError `invalid_order` for no items or a quantity that is not a whole number from 1
 */
export async function placeOrder(client: SqlClient, request: OrderRequest): Promise<OrderOutcome> {
  const wanted = wantedQuantities(request);
  return await inTransaction(client, async () => {
    const refusal = await refuseUnknownUser(client, request.userId);
    if (refusal !== null) return refusal;
    const decision = decideOrder(wanted, await lockProducts(client, [...wanted.keys()]));
    if (decision.outcome !== 'accepted') return decision;
    await client.query(
      `update products set stock = stock - wanted.quantity
       from unnest($1::integer[], $2::integer[]) as wanted (product_id, quantity)
       where products.product_id = wanted.product_id`,
      [[...wanted.keys()], [...wanted.values()]],
    );
    return await insertOrder(client, request, decision.items);
  });
}

/** The customer whose id is closest to one that does not exist; null in a shop without customers. */
export async function nearestCustomer(client: SqlClient, wanted: UserId): Promise<UserId | null> {
  const { rows } = await client.query<{ id: number }>(
    'select user_id as id from users order by abs(user_id::bigint - $1), user_id limit 1',
    [wanted],
  );
  return rows[0] === undefined ? null : userId(rows[0].id);
}

interface StockedProduct {
  readonly productId: ProductId;
  readonly name: string;
  readonly price: Money;
  readonly stock: number;
  readonly active: boolean;
}

type Refusal = Exclude<OrderOutcome, { outcome: 'placed' }>;

function wantedQuantities({ items }: OrderRequest): Map<ProductId, number> {
  if (items.length === 0) throw new PlatformError('invalid_order', 'an order needs at least one item');
  const wanted = new Map<ProductId, number>();
  for (const { productId, quantity } of items) {
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw new PlatformError(
        'invalid_order',
        `quantity of product ${productId} must be a whole number from 1, got ${quantity}`,
      );
    }
    wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
  }
  return wanted;
}

async function refuseUnknownUser(client: SqlClient, userId: UserId | null): Promise<Refusal | null> {
  if (userId === null) return null;
  const { rowCount } = await client.query('select from users where user_id = $1', [userId]);
  return rowCount === 0 ? { outcome: 'unknown_user', userId } : null;
}

/** Locked in the order of their ids, so that two orders of the same products cannot wait for each other. */
async function lockProducts(
  client: SqlClient,
  ids: readonly ProductId[],
): Promise<Map<ProductId, StockedProduct>> {
  const { rows } = await client.query<{
    id: number;
    name: string;
    price: Money;
    stock: number;
    active: boolean;
  }>(
    `select product_id as id, name, price, stock, active from products
     where product_id = any($1::integer[]) order by product_id for no key update`,
    [ids],
  );
  return new Map(rows.map(({ id, ...row }) => [productId(id), { productId: productId(id), ...row }]));
}

function decideOrder(
  wanted: ReadonlyMap<ProductId, number>,
  products: ReadonlyMap<ProductId, StockedProduct>,
): Refusal | { readonly outcome: 'accepted'; readonly items: readonly PlacedItem[] } {
  const items: PlacedItem[] = [];
  for (const [id, quantity] of wanted) {
    const product = products.get(id);
    if (product === undefined) return { outcome: 'unknown_product', productId: id };
    const { name, price, stock, active } = product;
    if (!active) return { outcome: 'inactive_product', productId: id, name };
    if (stock < quantity) return { outcome: 'out_of_stock', productId: id, name, stock, wanted: quantity };
    items.push({ productId: id, name, quantity, pricePerUnit: price });
  }
  return { outcome: 'accepted', items };
}

async function insertOrder(
  client: SqlClient,
  { userId, status = 'paid', at }: OrderRequest,
  items: readonly PlacedItem[],
): Promise<OrderOutcome> {
  const total = moneyOfCents(
    items.reduce((sum, item) => sum + centsOf(item.pricePerUnit) * BigInt(item.quantity), 0n),
  );
  const inserted = await client.query<{ id: number }>(
    `insert into orders (user_id, total_amount, status, created_at)
     values ($1, $2, $3, coalesce($4, now())) returning order_id as id`,
    [userId, total, status, at ?? null],
  );
  const id = orderId(inserted.rows[0]?.id);
  await client.query(
    `insert into order_items (order_id, product_id, quantity, price_per_unit)
     select $1, item.* from unnest($2::integer[], $3::integer[], $4::numeric[]) as item`,
    [
      id,
      items.map((item) => item.productId),
      items.map((item) => item.quantity),
      items.map((item) => item.pricePerUnit),
    ],
  );
  return { outcome: 'placed', orderId: id, total, items };
}
