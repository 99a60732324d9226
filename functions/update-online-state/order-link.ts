import {
  epochMillis,
  isSale,
  type OrderId,
  type OrderItemId,
  type ProductId,
  parseMoney,
  type UserId,
} from '../../shared/domain/index.ts';
import {
  type FieldWrite,
  keys,
  type OnlineHash,
  recentFactCodec,
  recentField,
} from '../../shared/online/index.ts';

/**
 * An order item names no customer and an order names no products. Both sides are kept under `order:{id}`, and whichever
 * arrives second completes the facts. Each side writes first and reads after, so at least one of two racing writers sees
 * both; the versions of both sides add up to the version of the fact, so the fuller view wins in any order.
 */
export interface OrderSide {
  readonly version: bigint;
  /** null: the order was deleted. */
  readonly order: {
    readonly userId: UserId | null;
    readonly status: string;
    readonly createdAt: number;
  } | null;
}

export interface ItemSide {
  readonly version: bigint;
  /** null: the item was deleted, or belongs to another order. */
  readonly item: {
    readonly productId: ProductId;
    readonly quantity: number;
    readonly price: string;
  } | null;
}

export const ORDER_FIELD = 'order';
const ITEM_PREFIX = 'item:';
export const itemField = (id: OrderItemId): string => `${ITEM_PREFIX}${id}`;

/** Removed rows stay as text, because a removed field would hide from the reader that completes the facts. */
export function encodeSide(side: OrderSide | ItemSide): string {
  return JSON.stringify({ ...side, version: side.version.toString() });
}

/**
 * The facts that one linked order amounts to, or those of `items` (fields of the link) among them; empty while the order is
 * missing. When only items changed, only their facts did.
 */
export function factsOf(
  order: OrderId,
  link: OnlineHash,
  items: ReadonlySet<string> | null,
): readonly FieldWrite[] {
  const orderSide = decode<OrderSide>(link.get(ORDER_FIELD));
  const owner = orderSide?.order?.userId ?? null;
  return orderSide === null || owner === null
    ? []
    : writesFor(owner, order, orderSide, chosen(link, items), factText);
}

/** Takes the facts of an order from a customer to whom it no longer belongs; none where it has come back meanwhile. */
export function removalsOf(order: OrderId, link: OnlineHash, formerOwner: UserId): readonly FieldWrite[] {
  const orderSide = decode<OrderSide>(link.get(ORDER_FIELD));
  return orderSide === null || orderSide.order?.userId === formerOwner
    ? []
    : writesFor(formerOwner, order, orderSide, link, () => null);
}

function chosen(link: OnlineHash, items: ReadonlySet<string> | null): OnlineHash {
  return items === null ? link : new Map([...link].filter(([field]) => items.has(field)));
}

function writesFor(
  owner: UserId,
  order: OrderId,
  orderSide: OrderSide,
  link: OnlineHash,
  textOf: (order: OrderId, orderSide: OrderSide, itemSide: ItemSide) => string | null,
): FieldWrite[] {
  const writes: FieldWrite[] = [];
  for (const [field, text] of link) {
    const itemSide = field.startsWith(ITEM_PREFIX) ? decode<ItemSide>(text) : null;
    if (itemSide === null) continue;
    writes.push({
      key: keys.userRecent(owner),
      field: recentField(order, Number(field.slice(ITEM_PREFIX.length)) as OrderItemId),
      version: orderSide.version + itemSide.version,
      value: textOf(order, orderSide, itemSide),
    });
  }
  return writes;
}

function factText(order: OrderId, { order: sold }: OrderSide, { item }: ItemSide): string | null {
  if (sold === null || item === null || !isSale(sold.status)) return null;
  return recentFactCodec.encode({
    productId: item.productId,
    orderId: order,
    quantity: item.quantity,
    price: parseMoney(item.price),
    at: epochMillis(sold.createdAt),
  });
}

function decode<Side extends { version: bigint }>(text: string | undefined): Side | null {
  if (text === undefined) return null;
  const parsed = JSON.parse(text) as Omit<Side, 'version'> & { version: string };
  return { ...parsed, version: BigInt(parsed.version) } as unknown as Side;
}
