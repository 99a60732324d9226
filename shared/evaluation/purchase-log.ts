import { positionOf } from '../als/index.ts';
import { GrowingColumn, linesByGroup, type Purchase } from '../ranking/index.ts';

export interface CustomerPurchase extends Purchase {
  readonly customer: number;
}

/** What customers bought, each history made when it is asked for. */
export interface Histories extends Iterable<readonly [customer: number, history: readonly Purchase[]]> {
  /** Of customers who bought something. */
  readonly size: number;
  has(customer: number): boolean;
  get(customer: number): readonly Purchase[] | undefined;
  /** Ascending, as everything that is iterated. */
  keys(): Iterable<number>;
  values(): Iterable<readonly Purchase[]>;
}

/**
 * What every customer of a shop bought before a moment, in typed columns: 36 bytes a purchase outside of the heap, whatever is
 * asked of it. Iterates by ascending customer, the purchases of one in the order in which they came.
 */
export class PurchaseLog implements Iterable<CustomerPurchase> {
  readonly #columns: Columns;
  /** Milliseconds since 1970 UTC; purchases at or after it are left out. */
  readonly #until: number;

  constructor(columns: Columns, until = Number.POSITIVE_INFINITY) {
    this.#columns = columns;
    this.#until = until;
  }

  /** Shares the columns. */
  before(moment: number): PurchaseLog {
    return new PurchaseLog(this.#columns, Math.min(moment, this.#until));
  }

  /** How many purchases there are, at most. */
  get capacity(): number {
    return this.#columns.at.length;
  }

  *[Symbol.iterator](): Generator<CustomerPurchase> {
    const { customers, starts } = this.#columns;
    for (let row = 0; row < customers.length; row++) {
      const customer = customers[row]!;
      for (let line = starts[row]!; line < starts[row + 1]!; line++)
        if (this.#isKnown(line)) yield { customer, ...this.#purchase(line) };
    }
  }

  get histories(): Histories {
    const { customers } = this.#columns;
    const bought = customers.filter((_, row) => this.#bought(row));
    const historyOf = (customer: number) => this.#history(positionOf(customers, customer));
    return {
      size: bought.length,
      has: (customer) => positionOf(bought, customer) >= 0,
      get: (customer) => (positionOf(bought, customer) < 0 ? undefined : historyOf(customer)),
      keys: () => bought,
      *values() {
        for (const customer of bought) yield historyOf(customer);
      },
      *[Symbol.iterator]() {
        for (const customer of bought) yield [customer, historyOf(customer)] as const;
      },
    };
  }

  #isKnown(line: number): boolean {
    return this.#columns.at[line]! < this.#until;
  }

  #bought(row: number): boolean {
    const { starts } = this.#columns;
    for (let line = starts[row]!; line < starts[row + 1]!; line++) if (this.#isKnown(line)) return true;
    return false;
  }

  #history(row: number): Purchase[] {
    const { starts } = this.#columns;
    const history: Purchase[] = [];
    for (let line = starts[row]!; line < starts[row + 1]!; line++)
      if (this.#isKnown(line)) history.push(this.#purchase(line));
    return history;
  }

  #purchase(line: number): Purchase {
    const { product, basket, at, quantity, price } = this.#columns;
    const paid = price[line]!;
    return {
      product: product[line]!,
      basket: basket[line]!,
      at: at[line]!,
      quantity: quantity[line]!,
      ...(Number.isNaN(paid) ? {} : { price: paid }),
    };
  }
}

export function purchaseLog(purchases: Iterable<CustomerPurchase>): PurchaseLog {
  if (purchases instanceof PurchaseLog) return purchases;
  const builder = new PurchaseLogBuilder();
  for (const purchase of purchases) builder.add(purchase);
  return builder.build();
}

/** Purchases of customer `customers[row]` are lines `starts[row]` up to `starts[row + 1]` of the other columns. */
interface Columns {
  /** Ascending. */
  readonly customers: Int32Array;
  readonly starts: Int32Array;
  readonly product: Int32Array;
  readonly basket: Float64Array;
  readonly at: Float64Array;
  readonly quantity: Float64Array;
  /** NaN where it is not known. */
  readonly price: Float64Array;
}

/** Takes purchases in any order; those of one customer keep theirs. */
export class PurchaseLogBuilder {
  readonly #customer = new GrowingColumn(Int32Array);
  readonly #product = new GrowingColumn(Int32Array);
  readonly #basket = new GrowingColumn(Float64Array);
  readonly #at = new GrowingColumn(Float64Array);
  readonly #quantity = new GrowingColumn(Float64Array);
  readonly #price = new GrowingColumn(Float64Array);

  add({ customer, product, basket, at, quantity, price = Number.NaN }: CustomerPurchase): void {
    this.#customer.add(customer);
    this.#product.add(product);
    this.#basket.add(basket);
    this.#at.add(at);
    this.#quantity.add(quantity);
    this.#price.add(price);
  }

  /** Empties the builder: each column is let go as soon as it is in order. */
  build(): PurchaseLog {
    const owners = this.#customer.take(null);
    const { customers, starts, order } = groupedByCustomer(owners);
    return new PurchaseLog({
      customers,
      starts,
      product: this.#product.take(order),
      basket: this.#basket.take(order),
      at: this.#at.take(order),
      quantity: this.#quantity.take(order),
      price: this.#price.take(order),
    });
  }
}

/** @returns `order` null where the lines of a customer lie together already, by ascending customer */
function groupedByCustomer(
  owners: Int32Array,
): Pick<Columns, 'customers' | 'starts'> & { readonly order: Uint32Array | null } {
  const isAscending = owners.every((customer, line) => line === 0 || owners[line - 1]! <= customer);
  const sorted = isAscending ? owners : owners.slice().sort();
  const starts: number[] = [];
  sorted.forEach((customer, line) => {
    if (line === 0 || sorted[line - 1] !== customer) starts.push(line);
  });
  const customers = Int32Array.from(starts, (line) => sorted[line]!);
  const rowOf = (customer: number): number => positionOf(customers, customer);
  return {
    customers,
    starts: Int32Array.from([...starts, sorted.length]),
    order: isAscending ? null : linesByGroup(owners.map(rowOf), customers.length).lines,
  };
}
