import { positionOf } from '../als/index.ts';
import { DAY_MS } from '../domain/index.ts';
import type { CustomerStatistics } from './customer-statistics.ts';
import { columnOf, type ScoreColumn, topOfRows } from './score-column.ts';
import { selectTop } from './select-top.ts';
import { type ShopState, UNKNOWN_CATEGORY } from './shop-state.ts';

/** What a customer's history says of one category of the shop. */
export interface CategoryAffinity {
  /** Baskets with each of its products, decayed by age, added up over the products. */
  readonly decayed: number;
  /** `decayed` over that of all products with a category. */
  readonly share: number;
  /** `share` over the category's share of all orders of the shop. */
  readonly lift: number;
  /** Since a product of it was bought last. */
  readonly daysSince: number;
}

/** Index into `HALF_LIVES` of the days after which a purchase counts half: a taste is longer-lived than a need. */
const AFFINITY_HALF_LIFE = 2;

/** By code of the category, those that the customer bought of. */
export type CategoryAffinities = ReadonlyMap<number, CategoryAffinity>;

/** Products that the shop did not know at its moment have no category. */
export function categoryAffinities(shop: ShopState, customer: CustomerStatistics): CategoryAffinities {
  const totals = categoryTotals(shop);
  const bought = new Map<number, { decayed: number; lastAt: number }>();
  let all = 0;
  for (const [product, { decayed, lastAt }] of customer.own) {
    const category = shop.categoryOf[positionOf(shop.products, product)] ?? UNKNOWN_CATEGORY;
    if (category === UNKNOWN_CATEGORY) continue;
    const weight = decayed[AFFINITY_HALF_LIFE]!;
    const earlier = bought.get(category);
    bought.set(category, {
      decayed: (earlier?.decayed ?? 0) + weight,
      lastAt: Math.max(earlier?.lastAt ?? lastAt, lastAt),
    });
    all += weight;
  }
  return new Map(
    [...bought].map(([category, { decayed, lastAt }]) => {
      // A whole of 0 is one that has decayed to nothing.
      const share = all > 0 ? decayed / all : 0;
      const lift = share / (totals.orders[category]! / totals.allOrders);
      return [category, { decayed, share, lift, daysSince: Math.max(0, customer.now - lastAt) / DAY_MS }];
    }),
  );
}

/**
 * Recent popularity in the customer's categories: how much of its purchases are of the category x how much of the category's recent
 * orders hold the product.
 */
export function categoryColumn(shop: ShopState, affinities: CategoryAffinities): ScoreColumn {
  const { categoryOf, statistics } = shop;
  const totals = categoryTotals(shop);
  const weights = new Float64Array(totals.recent.length);
  const listed: Int32Array[] = [];
  for (const [category, { share }] of affinities) {
    const recent = totals.recent[category]!;
    if (recent === 0) continue;
    weights[category] = share / recent;
    listed.push(totals.sellers[category]!);
  }
  const at = (positions: Int32Array): Float64Array =>
    columnOf(
      positions,
      (position) => (statistics.orders28d[position] ?? 0) * (weights[categoryOf[position]!] ?? 0),
    );
  return {
    at,
    top: (n, ties, without) => {
      const best = (sellers: Int32Array): Iterable<number> =>
        without === undefined ? sellers.subarray(0, n) : firstOf(sellers, n, without);
      const positions = Int32Array.from(listed.flatMap((sellers) => [...best(sellers)])).sort();
      return topOfRows(positions, at(positions), n, ties);
    },
  };
}

/** The first `n` that are not among some. */
export function firstOf(positions: Int32Array, n: number, without: ReadonlySet<number>): number[] {
  const found: number[] = [];
  for (let at = 0; at < positions.length && found.length < n; at++)
    if (!without.has(positions[at]!)) found.push(positions[at]!);
  return found;
}

interface CategoryTotals {
  /** Orders of the category's products, one for each product in an order, by code. */
  readonly orders: Float64Array;
  /** The same of the last 28 days. */
  readonly recent: Float64Array;
  /** Of all products with a category. */
  readonly allOrders: number;
  /** By code, positions of what was sold in the last 28 days, best first, then by orders since ever. */
  readonly sellers: readonly Int32Array[];
}

/** The same for every customer. */
const totalsOf = new WeakMap<ShopState, CategoryTotals>();

function categoryTotals(shop: ShopState): CategoryTotals {
  const known = totalsOf.get(shop);
  if (known !== undefined) return known;
  const { categoryOf, statistics } = shop;
  const categories = categoryOf.reduce((most, category) => Math.max(most, category + 1), 0);
  const orders = new Float64Array(categories);
  const recent = new Float64Array(categories);
  categoryOf.forEach((category, position) => {
    if (category === UNKNOWN_CATEGORY) return;
    orders[category]! += statistics.orders[position]!;
    recent[category]! += statistics.orders28d[position]!;
  });
  const allOrders = orders.reduce((sum, count) => sum + count, 0);
  const totals = { orders, recent, allOrders, sellers: sellersOf(shop, categories) };
  totalsOf.set(shop, totals);
  return totals;
}

function sellersOf({ categoryOf, statistics, products }: ShopState, categories: number): Int32Array[] {
  const sellers: number[][] = Array.from({ length: categories }, () => []);
  for (const position of selectTop(statistics.orders28d, statistics.orders, products.length, undefined, 0)) {
    const category = categoryOf[position]!;
    if (category !== UNKNOWN_CATEGORY) sellers[category]!.push(position);
  }
  return sellers.map((positions) => Int32Array.from(positions));
}
