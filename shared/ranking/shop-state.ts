import { positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { basketsOf, type History } from './baskets.ts';
import { GrowingColumn } from './growing-column.ts';
import {
  type NeighbourOptions,
  type NeighbourTable,
  nearestByCosine,
  type ProductGroups,
} from './neighbour-table.ts';

/** Windows of recent sales, in days. */
export const SALES_WINDOWS = [1, 7, 14, 28, 60] as const;

/** Windows of first purchases, in days. */
export const DISCOVERY_WINDOWS = [7, 14, 28] as const;

/** Statistics of a product; a column holds one number for every position of `ShopState.products`. */
export const PRODUCT_COLUMNS = [
  /** Orders with the product in the days before the moment; lines of one order count once. */
  'orders1d',
  'orders7d',
  'orders14d',
  'orders28d',
  'orders60d',
  'orders',
  'customers',
  /** Customers who bought the product for the first time in the days before the moment. */
  'newCustomers7d',
  'newCustomers14d',
  'newCustomers28d',
  /** Share of the product's customers who bought it in two orders or more, drawn towards the shop's own share. */
  'repeatShare',
  /** Days between two purchases by one customer, drawn towards the shop's own; NaN where nobody bought anything twice. */
  'repurchaseDays',
  /** Mean price of one piece over orders; NaN where it is not known. */
  'price',
  /** Milliseconds since 1970 UTC. */
  'firstAt',
  'lastAt',
] as const;
export type ProductColumn = (typeof PRODUCT_COLUMNS)[number];

/** What the shop as a whole knew at one moment: a plain value, built from the purchases strictly before that moment. */
export interface ShopState {
  /** Milliseconds since 1970 UTC. */
  readonly asOf: number;
  /** Every product that was sold, ids ascending; a position in it is a product's row in everything below. */
  readonly products: Int32Array;
  readonly statistics: Readonly<Record<ProductColumn, Float64Array>>;
  /** Code of each product's category, dense from 0 by ascending name; `UNKNOWN_CATEGORY` where it has none. */
  readonly categoryOf: Int32Array;
  /** Orders in the windows of `SALES_WINDOWS`, and in all: what a product's orders are shares of. */
  readonly ordersIn: readonly number[];
  /** Products of one basket. */
  readonly together: NeighbourTable;
  /** Products of one customer. */
  readonly neighbours: NeighbourTable;
}

export const UNKNOWN_CATEGORY = -1;

/** Baskets of more lines are orders of resellers. */
const TOGETHER: NeighbourOptions = { largestGroup: 150, minSupport: 2, shrinkage: 5, perProduct: 100 };
const NEIGHBOURS: NeighbourOptions = { largestGroup: 1000, minSupport: 2, shrinkage: 10, perProduct: 100 };
/** How many customers, or gaps, of the shop's mean a product's own are mixed with. */
const PRIOR = 5;

/**
 * @param histories of every customer; what lies at or after `asOf` is not looked at
 * @param categories name of a product's category, by product id, where it is known
 */
export function shopStateOf(
  histories: Iterable<History>,
  asOf: number,
  categories: ReadonlyMap<number, string> = new Map(),
): ShopState {
  const { products, baskets } = soldBefore(histories, asOf);
  const ordersSince = (moment: number): number =>
    baskets.at.reduce((orders, at) => (at >= moment ? orders + 1 : orders), 0);
  return {
    asOf,
    products,
    statistics: statisticsOf(baskets, products.length, asOf),
    categoryOf: categoryCodes(products, categories),
    ordersIn: [...SALES_WINDOWS.map((days) => ordersSince(asOf - days * DAY_MS)), baskets.at.length],
    together: nearestByCosine(
      { starts: baskets.starts, members: baskets.positions },
      products.length,
      TOGETHER,
    ),
    neighbours: nearestByCosine(perCustomer(baskets, products.length), products.length, NEIGHBOURS),
  };
}

/** Every basket of a shop in typed columns, as millions of lines are too many for objects. */
interface SoldBaskets {
  /** Baskets `customers[c]` up to `customers[c + 1]` are of one customer, latest first. */
  readonly customers: Int32Array;
  /** Moment of each basket. */
  readonly at: Float64Array;
  /** Lines `starts[b]` up to `starts[b + 1]` are of basket `b`, each of another product. */
  readonly starts: Int32Array;
  /** Of each line, the place of its product. */
  readonly positions: Int32Array;
  /** Of each line, of one piece; NaN where it is not known. */
  readonly prices: Float64Array;
}

function soldBefore(
  histories: Iterable<History>,
  asOf: number,
): { readonly products: Int32Array; readonly baskets: SoldBaskets } {
  const customers = new GrowingColumn(Int32Array);
  const moments = new GrowingColumn(Float64Array);
  const starts = new GrowingColumn(Int32Array);
  const ids = new GrowingColumn(Int32Array);
  const prices = new GrowingColumn(Float64Array);
  const distinct = new Set<number>();
  for (const history of histories) {
    const baskets = basketsOf(history.filter(({ at }) => at < asOf));
    if (baskets.length > 0) customers.add(moments.length);
    for (const { at, lines } of baskets) {
      moments.add(at);
      starts.add(ids.length);
      for (const [id, { price }] of lines) {
        distinct.add(id);
        ids.add(id);
        prices.add(price);
      }
    }
  }
  customers.add(moments.length);
  starts.add(ids.length);
  const products = Int32Array.from(distinct).sort();
  const positions = ids.take();
  positions.forEach((id, line) => {
    positions[line] = positionOf(products, id);
  });
  return {
    products,
    baskets: {
      customers: customers.take(),
      at: moments.take(),
      starts: starts.take(),
      positions,
      prices: prices.take(),
    },
  };
}

function statisticsOf(
  { customers, at: moments, starts, positions, prices }: SoldBaskets,
  productCount: number,
  asOf: number,
): Record<ProductColumn, Float64Array> {
  const columns = Object.fromEntries(
    PRODUCT_COLUMNS.map((name) => [name, new Float64Array(productCount)]),
  ) as Record<ProductColumn, Float64Array>;
  const windows = SALES_WINDOWS.map((days) => ({
    from: asOf - days * DAY_MS,
    column: columns[`orders${days}d`],
  }));
  const discoveries = DISCOVERY_WINDOWS.map((days) => ({
    from: asOf - days * DAY_MS,
    column: columns[`newCustomers${days}d`],
  }));
  const repeaters = new Float64Array(productCount);
  const gaps = new Float64Array(productCount);
  const gapDays = new Float64Array(productCount);
  const priced = new Float64Array(productCount);
  columns.firstAt.fill(Number.POSITIVE_INFINITY);
  for (let customer = 0; customer + 1 < customers.length; customer++) {
    const own = new Map<number, { orders: number; firstAt: number; lastAt: number }>();
    for (let basket = customers[customer]!; basket < customers[customer + 1]!; basket++) {
      const at = moments[basket]!;
      for (let line = starts[basket]!; line < starts[basket + 1]!; line++) {
        const position = positions[line]!;
        const price = prices[line]!;
        columns.orders[position]! += 1;
        for (const { from, column } of windows) if (at >= from) column[position]! += 1;
        columns.firstAt[position] = Math.min(columns.firstAt[position]!, at);
        columns.lastAt[position] = Math.max(columns.lastAt[position]!, at);
        if (price > 0) {
          columns.price[position]! += price;
          priced[position]! += 1;
        }
        const earlier = own.get(position);
        own.set(position, {
          orders: (earlier?.orders ?? 0) + 1,
          firstAt: at,
          lastAt: earlier?.lastAt ?? at,
        });
      }
    }
    for (const [position, { orders, firstAt, lastAt }] of own) {
      columns.customers[position]! += 1;
      for (const { from, column } of discoveries) if (firstAt >= from) column[position]! += 1;
      if (orders === 1) continue;
      repeaters[position]! += 1;
      gaps[position]! += orders - 1;
      gapDays[position]! += (lastAt - firstAt) / DAY_MS;
    }
  }
  const sum = (column: Float64Array): number => column.reduce((total, value) => total + value, 0);
  const shopShare = sum(repeaters) / Math.max(1, sum(columns.customers));
  const shopGap = sum(gapDays) / sum(gaps);
  for (let position = 0; position < productCount; position++) {
    columns.repeatShare[position] =
      (repeaters[position]! + PRIOR * shopShare) / (columns.customers[position]! + PRIOR);
    columns.repurchaseDays[position] = (gapDays[position]! + PRIOR * shopGap) / (gaps[position]! + PRIOR);
    // No order with a price: 0 / 0 is NaN.
    columns.price[position]! /= priced[position]!;
  }
  return columns;
}

function categoryCodes(products: Int32Array, categories: ReadonlyMap<number, string>): Int32Array {
  const names = new Set<string>();
  for (const product of products) {
    const name = categories.get(product);
    if (name !== undefined) names.add(name);
  }
  const codes = new Map([...names].sort().map((name, code) => [name, code]));
  return products.map((product) => codes.get(categories.get(product) ?? '') ?? UNKNOWN_CATEGORY);
}

/** The products of each customer, each once. */
function perCustomer({ customers, starts, positions }: SoldBaskets, productCount: number): ProductGroups {
  const groupStarts = new Int32Array(customers.length);
  const members = new Int32Array(positions.length);
  /** The customer, from 1, by whom a product was met last. */
  const metBy = new Int32Array(productCount);
  let count = 0;
  for (let customer = 0; customer + 1 < customers.length; customer++) {
    const [from, to] = [starts[customers[customer]!]!, starts[customers[customer + 1]!]!];
    for (let line = from; line < to; line++) {
      const position = positions[line]!;
      if (metBy[position] === customer + 1) continue;
      metBy[position] = customer + 1;
      members[count++] = position;
    }
    groupStarts[customer + 1] = count;
  }
  return { starts: groupStarts, members: members.subarray(0, count) };
}
