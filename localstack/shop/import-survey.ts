import {
  DAY_MS,
  epochMillis,
  moneyOfCents,
  type OrderId,
  orderId,
  type ProductId,
  productId,
  type UserId,
  userId,
} from '../../shared/domain/index.ts';
import { type JudgedLine, judgeLine } from './import-line.ts';
import { numbered } from './numbered.ts';
import type { OrderLine } from './order-lines.ts';
import type { OrderRow, ProductRow, UserRow } from './rows.ts';

type ItemLine = Extract<JudgedLine, { kind: 'item' }>;

/**
 * What the first pass over a file gathers: its customers, products and orders, but not its lines, so that memory grows
 * with the shop and not with its history.
 */
export class ImportSurvey {
  readonly #customers = new Map<string, { firstAt: number; lastAt: number }>();
  readonly #products = new Map<string, SeenProduct>();
  readonly #orders = new Map<string, SeenOrder>();
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #items = 0;

  /** Takes a line in, or tells why it cannot be sold goods. */
  add(line: OrderLine): JudgedLine {
    const judged = judgeLine(line);
    if (judged.kind === 'rejected') return judged;
    this.#items++;
    this.#firstAt = Math.min(this.#firstAt, line.at);
    this.#lastAt = Math.max(this.#lastAt, line.at);
    this.#addCustomer(line);
    this.#addProduct(line, judged);
    this.#addOrder(line, judged);
    return judged;
  }

  /** @param lastOrderAt where the last order is moved to, all others with it; null leaves times as they are */
  plan(lastOrderAt: number | null): ImportPlan {
    const shiftMs = lastOrderAt === null || this.#items === 0 ? 0 : lastOrderAt - this.#lastAt;
    const userIds = numbered(this.#customers.keys(), (customer) => customer, userId);
    const productIds = numbered(this.#products.keys(), () => '', productId);
    const orderIds = numbered(
      this.#orders.keys(),
      (key) => this.#orders.get(key)?.invoice.replace(/^\D+/, '') ?? '',
      orderId,
    );
    const weeks = Math.max(1, (this.#lastAt - this.#firstAt) / (7 * DAY_MS));
    return {
      shiftMs,
      items: this.#items,
      users: [...this.#customers].map(([customer, seen]) => userRow(customer, seen, userIds, shiftMs)),
      products: [...this.#products].map(([code, seen]) => productRow(code, seen, productIds, weeks)),
      orders: [...this.#orders].map(([key, seen]) => ({
        orderId: orderIds.get(key) as OrderId,
        userId: seen.customerId === null ? null : (userIds.get(seen.customerId) as UserId),
        totalAmount: moneyOfCents(BigInt(seen.cents)),
        status: seen.cancelled ? 'cancelled' : 'completed',
        createdAt: epochMillis(seen.at + shiftMs),
      })),
      orderIdOf: (line) => orderIds.get(orderKey(line)),
      productIdOf: (stockCode) => productIds.get(stockCode),
    };
  }

  #addCustomer({ customerId, at }: OrderLine): void {
    if (customerId === null) return;
    const seen = this.#customers.get(customerId);
    if (seen === undefined) this.#customers.set(customerId, { firstAt: at, lastAt: at });
    else {
      seen.firstAt = Math.min(seen.firstAt, at);
      seen.lastAt = Math.max(seen.lastAt, at);
    }
  }

  #addProduct(line: OrderLine, item: ItemLine): void {
    const seen = this.#products.get(item.stockCode) ?? {
      names: new Map<string, number>(),
      category: null,
      cents: item.cents,
      pricedAt: line.at,
      unitsSold: 0,
    };
    this.#products.set(item.stockCode, seen);
    if (line.description !== '')
      seen.names.set(line.description, (seen.names.get(line.description) ?? 0) + 1);
    if (line.category !== null) seen.category = line.category;
    if (item.cancelled) return;
    seen.unitsSold += item.quantity;
    if (line.at >= seen.pricedAt) {
      seen.cents = item.cents;
      seen.pricedAt = line.at;
    }
  }

  #addOrder(line: OrderLine, item: ItemLine): void {
    const key = orderKey(line);
    const cents = item.cents * item.quantity;
    const seen = this.#orders.get(key);
    if (seen === undefined) {
      const { invoice, customerId, at } = line;
      this.#orders.set(key, { invoice, customerId, at, cents, cancelled: item.cancelled });
    } else {
      seen.at = Math.min(seen.at, line.at);
      seen.cents += cents;
    }
  }
}

export interface ImportPlan {
  readonly shiftMs: number;
  /** Lines that become order items. */
  readonly items: number;
  readonly users: readonly UserRow[];
  readonly products: readonly ProductRow[];
  readonly orders: readonly OrderRow[];
  /** undefined for a line that the survey did not see. */
  readonly orderIdOf: (line: OrderLine) => OrderId | undefined;
  readonly productIdOf: (stockCode: string) => ProductId | undefined;
}

interface SeenProduct {
  readonly names: Map<string, number>;
  category: string | null;
  cents: number;
  pricedAt: number;
  unitsSold: number;
}

interface SeenOrder {
  readonly invoice: string;
  readonly customerId: string | null;
  at: number;
  cents: number;
  readonly cancelled: boolean;
}

/** Codes under which the UCI shop books postage, fees, discounts and corrections: nothing that can be recommended. */
const SERVICE_CODES: ReadonlySet<string> = new Set([
  'POST',
  'DOT',
  'C2',
  'M',
  'D',
  'S',
  'B',
  'BANK CHARGES',
  'AMAZONFEE',
  'CRUK',
]);
const SERVICE_CATEGORY = 'Services';
const NO_CATEGORY = 'Uncategorised';
const WEEKS_IN_STOCK = 8;

/** An invoice that names two customers becomes two orders. */
function orderKey({ invoice, customerId }: OrderLine): string {
  return JSON.stringify([invoice.toUpperCase(), customerId]);
}

/** The file knows customers by number only. */
function userRow(
  customer: string,
  seen: { readonly firstAt: number; readonly lastAt: number },
  userIds: ReadonlyMap<string, UserId>,
  shiftMs: number,
): UserRow {
  const id = userIds.get(customer) as UserId;
  return {
    userId: id,
    name: `Customer ${customer}`,
    email: `customer.${id}@example.com`,
    createdAt: epochMillis(seen.firstAt + shiftMs),
    lastLogin: epochMillis(seen.lastAt + shiftMs),
  };
}

/** Stock is not in the file: what the product sells in eight average weeks, and ten pieces. */
function productRow(
  code: string,
  seen: SeenProduct,
  productIds: ReadonlyMap<string, ProductId>,
  weeks: number,
): ProductRow {
  const isService = SERVICE_CODES.has(code);
  return {
    productId: productIds.get(code) as ProductId,
    name: mostFrequent(seen.names) ?? code,
    price: moneyOfCents(BigInt(seen.cents)),
    category: seen.category ?? (isService ? SERVICE_CATEGORY : NO_CATEGORY),
    stock: isService ? 0 : Math.min(1_000_000, Math.ceil((seen.unitsSold / weeks) * WEEKS_IN_STOCK) + 10),
    active: !isService,
  };
}

/** The first of those that are equally frequent. */
function mostFrequent(counts: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  let most = 0;
  for (const [text, count] of counts) {
    if (count > most) {
      best = text;
      most = count;
    }
  }
  return best;
}
