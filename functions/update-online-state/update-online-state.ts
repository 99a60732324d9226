import {
  type ChangeEvent,
  currentRow,
  type OrderId,
  orderId,
  orderItemId,
  parseMoney,
  productId,
  type Row,
  rowVersion,
  timestampMillis,
  type UserId,
  userId,
} from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  createdProductCodec,
  type FieldWrite,
  keys,
  type OnlineStore,
  PRODUCT_FIELD,
  productCodec,
} from '../../shared/online/index.ts';
import { encodeSide, factsOf, itemField, ORDER_FIELD, removalsOf } from './order-link.ts';

export interface OnlineUpdateReport {
  readonly changes: number;
  readonly facts: number;
}

interface LinkPlan {
  /** What the changes say of products and of the two sides of orders. */
  readonly writes: readonly FieldWrite[];
  /** Orders whose facts may now be complete or different: those of some items (link fields), or null for all of them. */
  readonly orders: ReadonlyMap<OrderId, ReadonlySet<string> | null>;
  /** Orders that left a customer: deleted, or moved to another one. */
  readonly departures: readonly { readonly order: OrderId; readonly formerOwner: UserId }[];
}

/**
 * Brings the online store up to date with a batch of changes of products, orders and order items. Every write carries
 * the version of its row, so replays, duplicates and any order of arrival leave the same state.
 */
export async function updateOnlineState(
  changes: readonly ChangeEvent[],
  { online }: { readonly online: OnlineStore },
): Promise<OnlineUpdateReport> {
  const plan = planLinks(changes);
  await online.putFields(plan.writes);
  const orders = [...plan.orders.keys()];
  const links = new Map(
    (await online.read(orders.map(keys.order))).map((hash, i) => [orders[i] as OrderId, hash] as const),
  );
  const facts: FieldWrite[] = [];
  for (const { order, formerOwner } of plan.departures) {
    facts.push(...removalsOf(order, links.get(order) ?? new Map(), formerOwner));
  }
  for (const [order, link] of links) facts.push(...factsOf(order, link, plan.orders.get(order) ?? null));
  await online.putFields(facts);
  return { changes: changes.length, facts: facts.length };
}

function planLinks(changes: readonly ChangeEvent[]): LinkPlan {
  const writes: FieldWrite[] = [];
  const orders = new Map<OrderId, Set<string> | null>();
  const departures: { order: OrderId; formerOwner: UserId }[] = [];
  for (const change of changes) {
    if (change.op === 't') continue;
    if (change.table === 'products') writes.push(...productWrites(change));
    else if (change.table === 'orders') {
      const { write, order, formerOwner } = orderWrite(change);
      writes.push(write);
      orders.set(order, null);
      if (formerOwner !== null) departures.push({ order, formerOwner });
    } else if (change.table === 'order_items') {
      for (const { write, order } of itemWrites(change)) {
        writes.push(write);
        const items = orders.get(order);
        if (items === undefined) orders.set(order, new Set([write.field]));
        else items?.add(write.field);
      }
    }
  }
  return { writes, orders, departures };
}

/** A row that was there before its changes were captured tells nothing of when it came. */
function productWrites(change: ChangeEvent): FieldWrite[] {
  const row = currentRow(change);
  const id = productId(imageOf(change).product_id);
  const version = rowVersion(change);
  const state: FieldWrite = {
    key: keys.product(id),
    field: PRODUCT_FIELD,
    version,
    value:
      row === null
        ? null
        : productCodec.encode({
            name: text(row, 'name'),
            category: text(row, 'category'),
            price: parseMoney(row.price),
            stock: integer(row, 'stock'),
            active: row.active === true,
          }),
  };
  if (change.op !== 'c') return [state];
  const created = createdProductCodec.encode({ createdAt: change.commitAt });
  return [state, { key: keys.productsCreated(change.commitAt), field: String(id), version, value: created }];
}

function orderWrite(change: ChangeEvent) {
  const order = orderId(imageOf(change).order_id);
  const row = currentRow(change);
  const owner = row === null ? null : ownerOf(row);
  const former = change.before === null ? null : ownerOf(change.before);
  const side = {
    version: rowVersion(change),
    order:
      row === null
        ? null
        : { userId: owner, status: text(row, 'status'), createdAt: instant(row, 'created_at') },
  };
  return {
    order,
    write: { key: keys.order(order), field: ORDER_FIELD, version: side.version, value: encodeSide(side) },
    formerOwner: former !== null && former !== owner ? former : null,
  };
}

/** An item that moved to another order is removed from the one and added to the other. */
function itemWrites(change: ChangeEvent): { order: OrderId; write: FieldWrite }[] {
  const id = orderItemId(imageOf(change).order_item_id);
  const version = rowVersion(change);
  const row = currentRow(change);
  const writeTo = (order: OrderId, present: Row | null) => ({
    order,
    write: {
      key: keys.order(order),
      field: itemField(id),
      version,
      value: encodeSide({
        version,
        item:
          present === null
            ? null
            : {
                productId: productId(present.product_id),
                quantity: integer(present, 'quantity'),
                price: parseMoney(present.price_per_unit),
              },
      }),
    },
  });
  const home = row === null ? null : orderId(row.order_id);
  const former = change.before === null ? null : orderId(change.before.order_id);
  return [
    ...(former !== null && former !== home ? [writeTo(former, null)] : []),
    ...(home !== null ? [writeTo(home, row)] : []),
  ];
}

/** The row that names the change's key: after, or before for a delete. */
function imageOf(change: ChangeEvent): Row {
  return change.after ?? change.before ?? {};
}

/** null: a guest's order, which has no customer. */
function ownerOf(row: Row): UserId | null {
  return row.user_id === null || row.user_id === undefined ? null : userId(row.user_id);
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrongColumn(column, 'text', value);
  return value;
}

function integer(row: Row, column: string): number {
  const value = row[column];
  if (!Number.isSafeInteger(value)) throw wrongColumn(column, 'an integer', value);
  return value as number;
}

function instant(row: Row, column: string): number {
  const at = timestampMillis(text(row, column));
  if (at === null) throw wrongColumn(column, 'a time', row[column]);
  return at;
}

function wrongColumn(column: string, expected: string, got: unknown): PlatformError {
  return new PlatformError(
    'malformed_change',
    `column ${column} must be ${expected}, got ${JSON.stringify(got)}`,
  );
}
