import {
  DAY_MS,
  type EpochMillis,
  epochMillis,
  HOUR_MS,
  type Money,
  moneyOfCents,
  orderId,
  orderItemId,
  productId,
  type UserId,
  userId,
} from '../../shared/domain/index.ts';
import { type CatalogueChoice, type CatalogueProduct, chooseProducts } from './catalogue.ts';
import { inventPerson } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import type { OrderItemRow, OrderRow, OrderStatus, ProductRow, ShopRows, UserRow } from './rows.ts';
import { likelyMoment } from './season.ts';
import { type BasketLine, strangersBasket, visitsOf } from './shopping.ts';
import { drawTaste, type Shelf, shelfOf } from './taste.ts';

export type ShopSize = 'small' | 'default';

export interface GenerateOptions {
  readonly seed: string | number;
  readonly size: ShopSize;
  /** The history is the year before it. */
  readonly now: Date;
}

/**
 * A shop with a year of history that a recommender can learn from: hidden segments, tastes and favourites, popularity skew,
 * baskets of one theme, refills at a personal rhythm, seasons. Pure: the same seed, size and now give the same rows.
 * Orders, customers and order items are numbered by time.
 */
export function generateShop({ seed, size, now }: GenerateOptions): ShopRows {
  const random = seededRandom(seed);
  const end = epochMillis(now.getTime());
  const { customers: customerCount, catalogue } = SIZES[size];
  const shelf = shelfOf(
    random.fork('numbering').shuffled(chooseProducts(catalogue)),
    random.fork('popularity'),
  );
  const prices = shelf.products.map((product, index) =>
    priceHistory(product, end, random.fork(`price/${index}`)),
  );

  const customers = inventCustomers(customerCount, end, random);
  const orders: OrderDraft[] = customers.flatMap((customer, index) => {
    const taste = drawTaste(shelf, random.fork(`taste/${index}`));
    const visits = visitsOf(shelf, taste, customer.shops, random.fork(`visits/${index}`));
    return visits
      .filter((visit) => visit.at >= end - HISTORY_MS)
      .map((visit) => ({ ...visit, userId: customer.row.userId }));
  });
  orders.push(...guestOrders(shelf, Math.round(orders.length * GUEST_SHARE), end, random.fork('guests')));
  orders.sort((one, other) => one.at - other.at);

  const lastOrderAt = new Map(orders.map((order) => [order.userId, order.at]));
  return {
    users: customers.map(({ row }) => ({
      ...row,
      lastLogin: lastLogin(row, lastOrderAt.get(row.userId), end, random),
    })),
    products: shelf.products.map((product, index) => productRow(product, index, prices, random)),
    ...orderRows(orders, prices, end, random.fork('statuses')),
  };
}

const SIZES: Readonly<Record<ShopSize, { readonly customers: number; readonly catalogue: CatalogueChoice }>> =
  {
    small: {
      customers: 100,
      catalogue: { products: 50, categories: ['Electronics', 'Books', 'Clothing', 'Home'] },
    },
    default: { customers: 2_000, catalogue: { products: 500 } },
  };
const HISTORY_MS = 365 * DAY_MS;
/** Customers who joined before the history begins have habits when it does; what formed them is not kept. */
const HABITS_MS = 150 * DAY_MS;
const GUEST_SHARE = 0.02;
const JOINED_DURING_HISTORY = 0.4;
const LEFT_DURING_HISTORY = 0.15;
const NEWCOMERS = 0.02;

interface Customer {
  readonly row: UserRow;
  readonly shops: { readonly from: number; readonly until: number };
}

interface OrderDraft {
  readonly at: number;
  readonly userId: UserId | null;
  readonly lines: readonly BasketLine[];
}

function inventCustomers(count: number, end: number, random: Random): Customer[] {
  const joined = Array.from({ length: count }, (_, index) =>
    joinedAt(index, count, end, random.fork(`joined/${index}`)),
  );
  joined.sort((one, other) => one - other);
  return joined.map((createdAt, index) => {
    const own = random.fork(`customer/${index}`);
    const from = Math.max(createdAt, end - HISTORY_MS - HABITS_MS);
    const isNewcomer = index >= count - Math.ceil(count * NEWCOMERS);
    const left = own.chance(LEFT_DURING_HISTORY) ? own.between(end - HISTORY_MS, end) : end;
    return {
      row: {
        userId: userId(index + 1),
        ...inventPerson(own, index + 1),
        createdAt: epochMillis(createdAt),
        lastLogin: null,
      },
      shops: { from, until: isNewcomer ? from : Math.max(from, left) },
    };
  });
}

function joinedAt(index: number, count: number, end: number, random: Random): number {
  if (index < count * NEWCOMERS) return Math.floor(end - random.between(0, 7) * DAY_MS);
  const span = random.chance(JOINED_DURING_HISTORY) ? [0, HISTORY_MS] : [HISTORY_MS, 3 * HISTORY_MS];
  return Math.floor(end - random.between(span[0] as number, span[1] as number));
}

/** At the last order, or some days after it to look around; newcomers have been there once. */
function lastLogin(row: UserRow, lastOrderAt: number | undefined, end: number, random: Random): EpochMillis {
  const own = random.fork(`login/${row.userId}`);
  const lastBusiness = lastOrderAt ?? row.createdAt;
  const lookedAround = own.chance(0.5) ? own.next() * 20 * DAY_MS : 0;
  return epochMillis(Math.floor(Math.min(end, lastBusiness + lookedAround)));
}

function guestOrders(shelf: Shelf, count: number, end: number, random: Random): OrderDraft[] {
  const drafts: OrderDraft[] = [];
  for (let index = 0; index < count; index++) {
    const at = likelyMoment(end - random.next() * HISTORY_MS, random);
    if (at < end - HISTORY_MS || at >= end) continue;
    drafts.push({ at, userId: null, lines: strangersBasket(shelf, drawTaste(shelf, random), at, random) });
  }
  return drafts.filter((draft) => draft.lines.length > 0);
}

interface PriceHistory {
  readonly cents: number;
  readonly centsBefore: number;
  readonly changedAt: number;
}

/** Three products in ten changed their price once, by up to a tenth. */
function priceHistory(product: CatalogueProduct, end: number, random: Random): PriceHistory {
  const changed = random.chance(0.3);
  const centsBefore = changed
    ? Math.round(product.priceCents * random.between(0.9, 1.1))
    : product.priceCents;
  return { cents: product.priceCents, centsBefore, changedAt: end - random.next() * HISTORY_MS };
}

function productRow(
  product: CatalogueProduct,
  index: number,
  prices: readonly PriceHistory[],
  random: Random,
): ProductRow {
  const own = random.fork(`stock/${index}`);
  const active = !own.chance(0.03);
  const soldOut = own.chance(0.02);
  return {
    productId: productId(index + 1),
    name: product.name,
    price: moneyOfCents(BigInt(prices[index]?.cents ?? product.priceCents)),
    category: product.category,
    stock: soldOut ? 0 : Math.round(own.logNormal(product.repeatDays === null ? 60 : 250, 0.7)) + 5,
    active,
  };
}

function orderRows(
  drafts: readonly OrderDraft[],
  prices: readonly PriceHistory[],
  end: number,
  random: Random,
): { orders: OrderRow[]; orderItems: OrderItemRow[] } {
  const orders: OrderRow[] = [];
  const orderItems: OrderItemRow[] = [];
  for (const draft of drafts) {
    const id = orderId(orders.length + 1);
    let totalCents = 0;
    for (const { product, quantity } of draft.lines) {
      const price = prices[product] as PriceHistory;
      const cents = draft.at < price.changedAt ? price.centsBefore : price.cents;
      totalCents += cents * quantity;
      orderItems.push({
        orderItemId: orderItemId(orderItems.length + 1),
        orderId: id,
        productId: productId(product + 1),
        quantity,
        pricePerUnit: money(cents),
      });
    }
    orders.push({
      orderId: id,
      userId: draft.userId,
      totalAmount: money(totalCents),
      status: statusAfter(end - draft.at, random),
      createdAt: epochMillis(draft.at),
    });
  }
  return { orders, orderItems };
}

/** An order is paid within hours, shipped within two days and completed within a week, unless it is cancelled. */
function statusAfter(ageMs: number, random: Random): OrderStatus {
  if (ageMs > HOUR_MS && random.chance(0.035)) return 'cancelled';
  if (ageMs < 6 * HOUR_MS) return random.chance(0.3) ? 'pending' : 'paid';
  if (random.chance(0.005)) return 'pending';
  if (ageMs < 2 * DAY_MS) return 'paid';
  return ageMs < 6 * DAY_MS ? 'shipped' : 'completed';
}

function money(cents: number): Money {
  return moneyOfCents(BigInt(cents));
}
