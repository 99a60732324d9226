import { positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import { type Basket, basketsOf, type History } from './history.ts';
import { type NeighbourOptions, type NeighbourTable, nearestByCosine } from './neighbour-table.ts';

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
  const customers: Basket[][] = [];
  for (const history of histories) {
    const baskets = basketsOf(history.filter(({ at }) => at < asOf));
    if (baskets.length > 0) customers.push(baskets);
  }
  const baskets = customers.flat();
  const ids = new Set(baskets.flatMap(({ lines }) => [...lines.keys()]));
  const products = Int32Array.from(ids).sort();
  const perBasket = baskets.map(({ lines }) => [...lines.keys()].map((id) => positionOf(products, id)));
  const perCustomer: number[][] = [];
  let first = 0;
  for (const { length } of customers) {
    perCustomer.push([...new Set(perBasket.slice(first, first + length).flat())]);
    first += length;
  }
  return {
    asOf,
    products,
    statistics: statisticsOf(customers, products, asOf),
    categoryOf: categoryCodes(products, categories),
    ordersIn: [
      ...SALES_WINDOWS.map((days) => baskets.filter(({ at }) => at >= asOf - days * DAY_MS).length),
      baskets.length,
    ],
    together: nearestByCosine(groupsOf(perBasket), products.length, TOGETHER),
    neighbours: nearestByCosine(groupsOf(perCustomer), products.length, NEIGHBOURS),
  };
}

function statisticsOf(
  customers: readonly (readonly Basket[])[],
  products: Int32Array,
  asOf: number,
): Record<ProductColumn, Float64Array> {
  const columns = Object.fromEntries(
    PRODUCT_COLUMNS.map((name) => [name, new Float64Array(products.length)]),
  ) as Record<ProductColumn, Float64Array>;
  const windows = SALES_WINDOWS.map((days) => ({
    from: asOf - days * DAY_MS,
    column: columns[`orders${days}d`],
  }));
  const discoveries = DISCOVERY_WINDOWS.map((days) => ({
    from: asOf - days * DAY_MS,
    column: columns[`newCustomers${days}d`],
  }));
  const repeaters = new Float64Array(products.length);
  const gaps = new Float64Array(products.length);
  const gapDays = new Float64Array(products.length);
  const priced = new Float64Array(products.length);
  columns.firstAt.fill(Number.POSITIVE_INFINITY);
  for (const baskets of customers) {
    const own = new Map<number, { orders: number; firstAt: number; lastAt: number }>();
    for (const { at, lines } of baskets) {
      for (const [id, { price }] of lines) {
        const position = positionOf(products, id);
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
  for (let position = 0; position < products.length; position++) {
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

function groupsOf(rows: readonly (readonly number[])[]): { starts: Int32Array; members: Int32Array } {
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((row, index) => {
    starts[index + 1] = starts[index]! + row.length;
  });
  return { starts, members: Int32Array.from(rows.flat()) };
}
