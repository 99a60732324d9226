import {
  type ChangeEvent,
  DAY_MS,
  type EpochMillis,
  epochMillis,
  HOUR_MS,
  MINUTE_MS,
  type Operation,
  type Row,
} from '../../shared/domain/index.ts';
import { type Random, seededRandom } from '../shop/index.ts';

/** Months of a shop whose orders are corrected in every way after they were placed, as the changes that its database commits. */
export interface CorrectedShop {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly customers: readonly number[];
  /** In the order of their commits. */
  readonly changes: readonly ChangeEvent[];
  /** How often each kind of correction happened. */
  readonly corrections: Readonly<Record<Correction, number>>;
}

export interface CorrectedShopSize {
  readonly customers: number;
  readonly products: number;
  readonly days: number;
}

const CORRECTIONS = [
  'cancelled',
  'paid after all',
  'quantity',
  'price',
  'other product',
  'line removed',
  'line added',
  'line under another key',
  'line of another order',
  'order of another customer',
  'order of nobody',
  'order of another time',
  'order deleted',
] as const;
export type Correction = (typeof CORRECTIONS)[number];

const START = epochMillis(Date.UTC(2026, 1, 2));

export function correctedShop({ customers, products, days }: CorrectedShopSize): CorrectedShop {
  const random = seededRandom('corrected shop');
  const shop = new ShopHistory(random);
  const ids = Array.from({ length: customers }, (_, i) => i + 1);
  for (const customer of ids) {
    const gap = random.between(6, 25) * DAY_MS;
    // Favourites come again and again, so that there are rhythms, prices and neighbours to tell of.
    const favourites = Array.from({ length: 8 }, () => random.integer(1, products));
    const first = START + random.between(0, days / 3) * DAY_MS;
    for (let at = first; at < START + days * DAY_MS; at += gap * random.between(0.5, 1.5))
      shop.placeOrder(customer, at, () =>
        random.chance(0.7) ? random.pick(favourites) : random.integer(1, products),
      );
  }
  shop.correct(ids, products);
  return {
    start: START,
    end: epochMillis(START + days * DAY_MS),
    customers: ids,
    changes: shop.changes(),
    corrections: shop.corrections,
  };
}

interface Order {
  row: Row;
  lines: Row[];
  /** Epoch milliseconds of its latest commit. */
  changedAt: number;
}

interface Commit {
  readonly at: number;
  readonly rows: readonly (readonly [table: string, op: Operation, before: Row | null, after: Row | null])[];
}

/** Writes what a database would commit. */
class ShopHistory {
  readonly corrections = Object.fromEntries(CORRECTIONS.map((kind) => [kind, 0])) as Record<
    Correction,
    number
  >;
  readonly #random: Random;
  readonly #orders: Order[] = [];
  readonly #commits: Commit[] = [];
  #lines = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One order in ten holds a product in several lines. */
  placeOrder(customer: number, at: number, drawProduct: () => number): void {
    const random = this.#random;
    const id = this.#orders.length + 1;
    const products = Array.from({ length: random.integer(1, 5) }, drawProduct);
    if (random.chance(0.1)) products.push(products[0]!, products[0]!);
    const row = {
      order_id: id,
      user_id: random.chance(0.03) ? null : customer,
      total_amount: '10.00',
      status: random.pick(['pending', 'paid', 'paid', 'shipped', 'completed']),
      created_at: timestamp(at, random),
    };
    const order = { row, lines: products.map((product) => this.#line(id, product)), changedAt: at };
    this.#orders.push(order);
    this.#commit(order, at + random.between(1, 900), [
      ['orders', 'c', null, row],
      ...order.lines.map((line) => ['order_items', 'c', null, line] as const),
    ]);
    if (row.status === 'pending')
      this.#changeOrder(order, { status: 'paid' }, order.changedAt + random.between(1, 3 * HOUR_MS));
  }

  /** Corrects two orders in three, some more than once, minutes to weeks after they were placed. */
  correct(customers: readonly number[], products: number): void {
    const random = this.#random;
    for (const order of this.#orders) {
      while (random.chance(0.65)) {
        const at = order.changedAt + random.between(MINUTE_MS, random.pick([HOUR_MS, DAY_MS, 30 * DAY_MS]));
        this.#apply(random.pick(CORRECTIONS), order, at, customers, products);
        if (order.lines.length === 0) break;
      }
    }
  }

  changes(): ChangeEvent[] {
    const inOrder = this.#commits.toSorted((a, b) => a.at - b.at);
    let lsn = 1_000n;
    return inOrder.flatMap(({ at, rows }) =>
      rows.map(([table, op, before, after], txIndex) => {
        lsn += 8n;
        const commitLsn = lsn + BigInt(8 * (rows.length - txIndex));
        return { table, op, before, after, commitAt: epochMillis(at), lsn, commitLsn, txIndex };
      }),
    );
  }

  #apply(kind: Correction, order: Order, at: number, customers: readonly number[], products: number): void {
    const random = this.#random;
    const line = random.integer(0, order.lines.length - 1);
    const effects: Record<Correction, () => void> = {
      cancelled: () => this.#changeOrder(order, { status: 'cancelled' }, at),
      'paid after all': () => this.#changeOrder(order, { status: 'paid' }, at),
      quantity: () => this.#changeLine(order, line, { quantity: random.integer(1, 12) }, at),
      price: () => this.#changeLine(order, line, { price_per_unit: price(random) }, at),
      'other product': () => this.#changeLine(order, line, { product_id: random.integer(1, products) }, at),
      'line removed': () => {
        const [removed] = order.lines.splice(line, 1);
        this.#commit(order, at, [['order_items', 'd', removed!, null]]);
      },
      'line added': () => {
        const added = this.#line(idOf(order), random.integer(1, products));
        order.lines.push(added);
        this.#commit(order, at, [['order_items', 'c', null, added]]);
      },
      'line under another key': () => {
        const before = order.lines[line]!;
        const after = { ...before, order_item_id: this.#nextLineId() };
        order.lines[line] = after;
        // As Debezium tells of a change of key.
        this.#commit(order, at, [
          ['order_items', 'd', before, null],
          ['order_items', 'c', null, after],
        ]);
      },
      'line of another order': () => {
        const other = this.#orders.find(
          (one) => one !== order && one.lines.length > 0 && one.changedAt < at && random.chance(0.2),
        );
        if (other === undefined) return;
        const [moved] = order.lines.splice(line, 1);
        const after = { ...moved!, order_id: idOf(other) };
        other.lines.push(after);
        other.changedAt = at;
        this.#commit(order, at, [['order_items', 'u', moved!, after]]);
      },
      'order of another customer': () => this.#changeOrder(order, { user_id: random.pick(customers) }, at),
      'order of nobody': () => this.#changeOrder(order, { user_id: null }, at),
      'order of another time': () => {
        const earlier = Date.parse(String(order.row.created_at)) - random.between(0, 3 * DAY_MS);
        this.#changeOrder(order, { created_at: timestamp(earlier, random) }, at);
      },
      'order deleted': () => {
        const lines = order.lines.map((gone) => ['order_items', 'd', gone, null] as const);
        order.lines = [];
        this.#commit(order, at, [...lines, ['orders', 'd', order.row, null]]);
      },
    };
    this.corrections[kind] += 1;
    effects[kind]();
  }

  #changeOrder(order: Order, to: Row, at: number): void {
    const after = { ...order.row, ...to };
    this.#commit(order, at, [['orders', 'u', order.row, after]]);
    order.row = after;
  }

  #changeLine(order: Order, index: number, to: Row, at: number): void {
    const before = order.lines[index]!;
    const after = { ...before, ...to };
    this.#commit(order, at, [['order_items', 'u', before, after]]);
    order.lines[index] = after;
  }

  #line(order: number, product: number): Row {
    return {
      order_item_id: this.#nextLineId(),
      order_id: order,
      product_id: product,
      quantity: this.#random.integer(1, 9),
      price_per_unit: price(this.#random),
    };
  }

  /** Of two ranges, so that keys as text and keys as numbers come in different orders. */
  #nextLineId(): number {
    this.#lines += 1;
    return this.#lines + (this.#lines % 2) * 1_000_000;
  }

  #commit(order: Order, at: number, rows: Commit['rows']): void {
    order.changedAt = Math.ceil(at);
    this.#commits.push({ at: order.changedAt, rows });
  }
}

function idOf({ row }: Order): number {
  return row.order_id as number;
}

function price(random: Random): string {
  return (random.integer(0, 4_999) / 100).toFixed(2);
}

/** With microseconds, as a database has them. */
function timestamp(at: number, random: Random): string {
  const micros = String(random.integer(0, 999)).padStart(3, '0');
  return new Date(at).toISOString().replace('Z', `${micros}Z`);
}
